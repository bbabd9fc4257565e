"""Whether a TCP port of this machine is free."""

from __future__ import annotations

import socket


def is_free(port: int, address: str = "127.0.0.1") -> bool:
    """Tell whether a service could listen on `port` now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True
