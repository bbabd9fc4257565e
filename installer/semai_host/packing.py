"""`bin/semai-host`: this package as one zip file that Python runs; the same bytes for the same source.

`python -m semai_host.packing TARGET` writes it; its sha256 is `tool_sha256` in the state, so a role sees at once
whether a host has this very tool.
"""

from __future__ import annotations

import io
import json
import sys
import zipfile
from pathlib import Path

from . import __version__, durable

SHEBANG = b"#!/usr/bin/env python3\n"
_MAIN = "import sys\nfrom semai_host.cli import main\nsys.exit(main())\n"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def pack() -> bytes:
    """Return the zipapp."""
    package = Path(__file__).parent
    files = {path.relative_to(package.parent).as_posix(): path.read_text() for path in package.rglob("*.py")}
    files["__main__.py"] = _MAIN
    files["semai_host/about.json"] = json.dumps({"version": __version__})
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            member = zipfile.ZipInfo(name, _EPOCH)
            member.external_attr = 0o644 << 16
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, files[name])
    return SHEBANG + buffer.getvalue()


def write(target: Path) -> None:
    """Put the zipapp at `target`, executable."""
    durable.make_folder(target.parent)
    durable.write(target, pack(), 0o755)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
