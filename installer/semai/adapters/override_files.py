"""The folder `overrides/` of an inventory: what a region sets in the place of releases' configuration.

`.shipped/` below it keeps what each release said when the override was last applied, so that a later release which
says something else is noticed. Both belong in git.
"""

from __future__ import annotations

import re
from pathlib import Path

from semai.adapters.files import make_folder, write_atomic
from semai.adapters.yaml_files import shown_path
from semai.core.overrides import MAX_FILE, Overrides, invalid_overrides
from semai.messages import N_, translate

SHIPPED = ".shipped"
_PART = re.compile(r"(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")


class OverrideFiles:
    """The overrides of one region."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self) -> Overrides:
        """Return {app: {path below shared/: text}}; raises InvalidInput `override-invalid` with each wrong file."""
        return _texts(self.folder)

    def former(self) -> Overrides:
        """Return what releases said in these places when the overrides were last applied."""
        return _texts(self.folder / SHIPPED)

    def remember(self, texts: Overrides) -> None:
        """Keep what releases say now; places that are overridden no more are forgotten."""
        former = self.former()
        for app, files in texts.items():
            for path, text in files.items():
                target = self.folder / SHIPPED / app / path
                if former.get(app, {}).get(path) != text:
                    make_folder(target.parent, 0o755)
                    write_atomic(target, text.encode())
        for app, files in former.items():
            for path in files:
                if path not in texts.get(app, {}):
                    (self.folder / SHIPPED / app / path).unlink()


def _texts(folder: Path) -> Overrides:
    found: dict[str, dict[str, str]] = {}
    problems: list[str] = []
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        parts = path.relative_to(folder).parts
        if parts[0] == SHIPPED or (path.is_dir() and not path.is_symlink()):
            continue
        text = _text(path, parts)
        if isinstance(text, str):
            found.setdefault(parts[0], {})["/".join(parts[1:])] = text
        else:
            problems.append(f"{shown_path(path)}: {text[0]}")
    if problems:
        raise invalid_overrides(problems)
    return found


def _text(path: Path, parts: tuple[str, ...]) -> str | tuple[str]:
    """Return the text of a file, or in a tuple why it cannot be one."""
    if path.is_symlink() or not path.is_file() or len(parts) < 2 or not all(map(_PART.fullmatch, parts)):
        return (translate(N_("is no plain file overrides/<app>/<file>")),)
    content = path.read_bytes()
    if len(content) > MAX_FILE:
        return (translate(N_("it is larger than {limit} kB"), limit=MAX_FILE // 1024),)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return (translate(N_("is not UTF-8 text")),)
