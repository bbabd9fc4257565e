"""Templates of a PHP app's configuration files: the mentor's own beside the release, and the presets of semai."""

from __future__ import annotations

from pathlib import Path

from semai.core.php_manifest import MAX_TEMPLATE_FILE, ConfigFile, tree_path_problem
from semai.messages import N_, translate

_FOLDER = Path(__file__).parents[1] / "data" / "php"


class TemplateProblem(ValueError):
    """Why a template cannot be used, in the reader's language."""


def preset_text(preset: str) -> str:
    """Return the template of a preset."""
    return (_FOLDER / f"{preset}.j2").read_text(encoding="utf-8")


def template_text(entry: ConfigFile, folder: Path) -> str:
    """Return the template of one configuration file of a release in `folder`; raises TemplateProblem."""
    if entry.preset:
        return preset_text(entry.preset)
    if not entry.template:
        return entry.text
    if problem := tree_path_problem(entry.template):
        raise TemplateProblem(translate(problem))
    path = folder / entry.template
    if path.is_symlink() or not path.is_file():
        raise TemplateProblem(translate(N_("there is no such file beside the release's file")))
    if path.stat().st_size > MAX_TEMPLATE_FILE:
        raise TemplateProblem(translate(N_("larger than {limit} KB"), limit=MAX_TEMPLATE_FILE // 1024))
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise TemplateProblem(translate(N_("not UTF-8 text"))) from error
