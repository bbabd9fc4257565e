"""Telling whether a port is free."""

from __future__ import annotations

import socket

from semai.adapters.ports import is_free


def test_a_port_someone_listens_on_is_not_free() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        assert not is_free(port)
    assert is_free(port)
