"""The PHP half of `publish`: what the trees of a catalog's PHP apps hold that must not be published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from semai.adapters.catalog_source import CatalogSource, WrittenApp
from semai.adapters.php_contents import judge_content
from semai.adapters.php_names import Found
from semai.adapters.php_scan import scan_tree
from semai.adapters.php_tree import Entry, Tree
from semai.adapters.yaml_files import shown_path
from semai.errors import InvalidInput
from semai.messages import N_, translate

_MOST_ENTRIES, _MOST_BYTES = 50_000, 4 << 30  # hosts unpack no more
_MOST_LINES = 200  # of one app: what is more repeats itself


@dataclass(frozen=True)
class CheckedTree:
    """Problems and remarks of one app, each a `file:line: text` line."""

    problems: tuple[str, ...]
    remarks: tuple[str, ...]
    files: int


def tree_of(source: CatalogSource, app: WrittenApp) -> Tree:
    """Return the tree of a PHP app's newest release; raises InvalidInput (`source-missing`)."""
    php = app.newest.manifest.php
    replaced = tuple(php.config) if php else ()  # each region gets its own, so ours never leaves this machine
    return Tree(source.tree(app), app.file.build.exclude, replaced)


def check_tree(source: CatalogSource, app: WrittenApp) -> CheckedTree:
    """Look through a PHP app's tree and hold its manifest against it."""
    try:
        tree = tree_of(source, app)
    except InvalidInput as error:
        return CheckedTree((translate(error.message, **error.fields),), (), 0)
    release = app.newest
    scanned = scan_tree(tree, release.manifest.accepted)
    problems = [_line(tree.folder, found) for found in scanned.refused[:_MOST_LINES]]
    if (more := len(scanned.refused) - _MOST_LINES) > 0:
        problems.append(
            translate(N_("{count} more places in {folder}"), count=more, folder=shown_path(tree.folder))
        )
    unused = translate(N_("excuses nothing that is found now; remove it"))
    problems += [release.sheet.problem(unused, "accepted", number) for number in scanned.unused]
    problems += [*_templates(app), *_manifest(tree, app)]
    remarks = tuple(_line(tree.folder, found) for found in scanned.remarks[:_MOST_LINES])
    return CheckedTree(tuple(problems), remarks, scanned.files)


def _templates(app: WrittenApp) -> Iterator[str]:
    """Look through the templates of configuration files, which are published too."""
    php, folder = app.newest.manifest.php, app.newest.sheet.path.parent
    for place, entry in (php.config if php else {}).items():
        if entry.template:
            for found in judge_content(place, entry.text.encode()):
                yield _line(folder, replace(found, path=entry.template))


def _manifest(tree: Tree, app: WrittenApp) -> Iterator[str]:
    """Judge whether what the manifest names is in the tree."""
    sheet, php = app.newest.sheet, app.newest.manifest.php
    if app.file.build.parts or app.file.build.static:
        text = translate(N_("parts and static are of Python apps; a PHP tree is packed as it is"))
        yield app.sheet.problem(text, "build")
    if php is None:
        return
    packed = {entry.path: entry for entry in tree.entries()}
    yield from _size(app, packed)
    root = packed.get(php.root)
    if php.root != "." and (root is None or not root.is_folder):
        yield sheet.problem(
            translate(N_("no such folder in {folder}"), folder=shown_path(tree.folder)), "php", "root"
        )
    for number, path in enumerate(php.writable):
        if _behind_link(path, packed):
            text = translate(N_("is or lies behind a link of the tree"))
            yield sheet.problem(text, "php", "writable", number)
    for place in php.config:
        if problem := _place_problem(tree, place, packed):
            yield sheet.problem(problem, "php", "config", place)
    if php.import_sql and php.import_sql not in packed:
        text = translate(N_("no such file in {folder}"), folder=shown_path(tree.folder))
        yield sheet.problem(text, "php", "import")


def _size(app: WrittenApp, packed: Mapping[str, Entry]) -> Iterator[str]:
    size = sum(entry.status.st_size for entry in packed.values() if entry.is_file)
    if len(packed) > _MOST_ENTRIES or size > _MOST_BYTES:
        message = N_("{count} files and {size} MB; hosts take 50,000 and 4,096")
        yield app.sheet.problem(translate(message, count=len(packed), size=size >> 20), "build", "source")


def _place_problem(tree: Tree, place: str, packed: Mapping[str, Entry]) -> str | None:
    """Return why a configuration file cannot lie at `place`, or None."""
    parent = place.rpartition("/")[0]
    if parent and parent not in packed:
        return translate(N_("no such folder in {folder}"), folder=shown_path(tree.folder))
    if (tree.folder / place).is_dir():
        return translate(N_("is a folder in the tree"))
    return translate(N_("is or lies behind a link of the tree")) if _behind_link(place, packed) else None


def _behind_link(path: str, packed: Mapping[str, Entry]) -> bool:
    parts = path.split("/")
    heads = ("/".join(parts[:end]) for end in range(1, len(parts) + 1))
    return any(head in packed and packed[head].is_link for head in heads)


def _line(folder: Path, found: Found) -> str:
    text = translate(found.message, **dict(found.fields))
    where = f"{shown_path(folder / found.path)}:{found.line}: {text}"
    return f"{where} [{found.finding}]" if found.finding else where
