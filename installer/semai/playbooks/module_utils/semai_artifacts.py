"""Which files of a release a host needs."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from typing import Any


def suits(artifact: Mapping[str, Any]) -> bool:
    """Tell whether this host, with the Python that runs this, needs `artifact` ({…, when: [{python, machine}]})."""
    python = "{}.{}".format(*sys.version_info[:2])
    conditions = artifact.get("when") or [{}]
    return any(
        condition.get("python", "") in ("", python) and condition.get("machine", "") in ("", platform.machine())
        for condition in conditions
    )
