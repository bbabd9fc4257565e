"""Virtual environments, relocatable and made offline by the uv of the catalog.

Only wheels from the store, only with the hashes of the requirements. Wheels are linked under their own names in one
folder for all apps, so that uv's cache shares their files between releases by hard links; bytecode is compiled once
per wheel in the same way.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from . import archives, durable
from .layout import SYSTEMD, Layout
from .request import Artifact, Request
from .tether import Tether

UV_SECONDS = 900.0


class Venvs:
    """Makes the venv of one release."""

    def __init__(self, layout: Layout, tether: Tether) -> None:
        self.layout = layout
        self.tether = tether

    def make(self, request: Request, artifacts: Sequence[Artifact], partial: Path) -> None:
        """Make `partial`/venv."""
        by_kind = {artifact.kind: artifact for artifact in artifacts}
        uv = self._uv(by_kind["tool"])
        wheels = self._named_wheels(artifacts, partial)
        self._make_venv(uv, request, wheels, self.layout.artifact(by_kind["requirements"].sha256), partial / "venv")
        durable.remove_tree(partial / "wheels")
        if self._compiles:
            self._share_bytecode(partial / "venv")

    @property
    def _compiles(self) -> bool:
        """Tell whether bytecode is made now: where apps have users of their own, these may not write it."""
        return self.layout.keeper == SYSTEMD

    def _uv(self, tool: Artifact) -> Path:
        """Return the uv program of the catalog's wheel, unpacked once per digest."""
        folder = self.layout.tools / f"uv-{tool.sha256[:16]}"
        if not (folder / "uv").exists():
            partial = folder.with_name(folder.name + ".partial")
            durable.remove_tree(partial)
            durable.make_folder(partial)
            archives.unpack_uv(self.layout.artifact(tool.sha256), partial / "uv")
            durable.sync_file(partial / "uv")
            durable.remove_tree(folder)
            os.replace(partial, folder)
            durable.sync_folder(folder.parent)
        return folder / "uv"

    def _named_wheels(self, artifacts: Sequence[Artifact], partial: Path) -> Path:
        """Return a folder with the wheels under their file names: the shared one, or our own if names clash."""
        wheels = [artifact for artifact in artifacts if artifact.kind == "wheel"]
        shared = self.layout.tools / "wheels"
        durable.make_folder(shared)
        targets = {artifact.file: str(self.layout.artifact(artifact.sha256)) for artifact in wheels}
        for link in shared.iterdir():
            if link.is_symlink() and not link.exists():
                durable.remove(link)
        taken = {name for name in targets if (shared / name).is_symlink()}
        folder = shared
        if any(os.readlink(shared / name) != targets[name] for name in taken):
            folder, taken = partial / "wheels", set()
            durable.make_folder(folder)
        for name in sorted(targets.keys() - taken):
            (folder / name).symlink_to(targets[name])
        return folder

    def _share_bytecode(self, venv: Path) -> None:
        """Link bytecode that was compiled in a venv into uv's cache, from where the next venv gets it."""
        homes = {_inode(source): source.parent for source in self._sources_without_bytecode()}
        if homes:
            os.sync()  # a power cut must not leave half a file for all releases to come
        for compiled in venv.rglob("__pycache__/*.pyc"):
            source = compiled.parent.parent / (compiled.name.partition(".")[0] + ".py")
            home = homes.get(_inode(source)) if source.is_file() else None
            if home:
                (home / "__pycache__").mkdir(exist_ok=True)
                os.link(compiled, home / "__pycache__" / compiled.name)

    def _sources_without_bytecode(self) -> Iterator[Path]:
        """Yield the modules in uv's cache of those wheels of which nothing was compiled yet."""
        for wheel in (self.layout.tools / "uv-cache").glob("archive-v*/*"):
            if next(wheel.rglob("__pycache__"), None) is None:
                yield from wheel.rglob("*.py")

    def _make_venv(self, uv: Path, request: Request, wheels: Path, requirements: Path, venv: Path) -> None:
        env = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(self.layout.tools),
            "LC_ALL": "C.UTF-8",
            "UV_CACHE_DIR": str(self.layout.tools / "uv-cache"),
            "UV_OFFLINE": "1",
            "UV_NO_CONFIG": "1",
            "UV_PYTHON_DOWNLOADS": "never",
            "UV_NO_PROGRESS": "1",
        }
        make = [str(uv), "venv", "--quiet", "--relocatable", "--python", request.python, str(venv)]
        install = [
            str(uv),
            "pip",
            "install",
            "--quiet",
            "--python",
            str(venv / "bin" / "python"),
            "--no-index",
            "--find-links",
            str(wheels),
            "--require-hashes",
            "--no-build",
            "--link-mode",
            "hardlink",
            "--requirements",
            str(requirements),
        ]
        if self._compiles:
            install.append("--compile-bytecode")
        self.tether.run(make, env, self.layout.tools, UV_SECONDS, "making the virtual environment")
        self.tether.run(install, env, self.layout.tools, UV_SECONDS, "installing the wheels")


def _inode(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino
