"""A small signed apt repository in one folder, as `semai export` makes them."""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


def _run(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


@dataclass(frozen=True)
class Repository:
    """The folder, and a keyring that signs it."""

    folder: Path
    keys: Path

    @classmethod
    def make(cls, folder: Path, packages: Mapping[str, str]) -> Repository:
        """Make a repository of empty packages {name: version}."""
        folder.mkdir(parents=True)
        made = cls(folder, Path(tempfile.mkdtemp(prefix="gpg-")))  # a short path: gpg's agent has a socket there
        made._gpg("--quick-generate-key", "--passphrase", "", "semai test", "ed25519", "sign", "1d")
        made.key.write_text(made._gpg("--armor", "--export"))
        for name, version in packages.items():
            made.add(name, version)
        return made

    @property
    def key(self) -> Path:
        """Return the public key's file."""
        return self.folder / "key.asc"

    @property
    def served(self) -> list[Path]:
        """Return what a host is to have of it."""
        return [path for path in self.folder.iterdir() if path.name != "key.asc"]

    def add(self, name: str, version: str) -> None:
        """Put a package in, in place of its older versions, and sign anew."""
        for older in self.folder.glob(f"{name}_*.deb"):
            older.unlink()
        with tempfile.TemporaryDirectory() as scratch:
            control = Path(scratch) / "DEBIAN/control"
            control.parent.mkdir()
            lines = (f"Package: {name}", f"Version: {version}", "Architecture: all", "Maintainer: semai <a@b.id>")
            control.write_text("".join(f"{line}\n" for line in (*lines, "Description: a package of a test")))
            _run(
                "dpkg-deb", "--build", "--root-owner-group", scratch, str(self.folder / f"{name}_{version}_all.deb")
            )
        self._sign()

    def _sign(self) -> None:
        entries = []
        for deb in sorted(self.folder.glob("*.deb")):
            content = deb.read_bytes()
            digest = hashlib.sha256(content).hexdigest()
            control = _run("dpkg-deb", "--field", str(deb))
            entries.append(f"{control}Filename: ./{deb.name}\nSize: {len(content)}\nSHA256: {digest}\n")
        index = "\n".join(entries).encode()
        (self.folder / "Packages").write_bytes(index)
        line = f" {hashlib.sha256(index).hexdigest()} {len(index)} Packages"
        date = _run("date", "-Ru").strip()
        release = self.folder / "Release"
        release.write_text(f"Origin: semai\nLabel: semai\nSuite: ./\nDate: {date}\nSHA256:\n{line}\n")
        (self.folder / "InRelease").unlink(missing_ok=True)
        self._gpg("--clearsign", "--output", str(self.folder / "InRelease"), str(release))

    def _gpg(self, *words: str) -> str:
        return _run("gpg", "--homedir", str(self.keys), "--batch", "--quiet", "--pinentry-mode", "loopback", *words)
