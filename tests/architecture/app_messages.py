"""The texts of the kit and of the apps that speak English, and the catalogues with their wordings.

`python -m tests.architecture.app_messages` (make messages) writes each catalogue anew: a new text comes in without
a wording, one that is gone goes, and the compiled catalogue follows. The text itself, in Indonesian, is the key.
"""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterator
from pathlib import Path

import yaml
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.template.base import Lexer, Token, TokenType

BUNDLE = Path(__file__).parents[2] / "bundle"
KIT = BUNDLE / "kit" / "semai_kit"
LANGUAGE = "en"
WIDTH = 116

Key = str | tuple[str, str]  # a text, or a singular and its plural
BETWEEN = "\x04"  # as in compiled catalogues: a context, then its text

LITERAL = re.compile(r"""_\((?P<quote>["'])(?P<text>.+?)(?P=quote)\)""")
TRANSLATED = re.compile(r"""^translate\s+(?P<quote>["'])(?P<text>.+?)(?P=quote)""")
SHOWN = (
    "title",
    "text",
    "help",
    "summary",
    "quarters",
    "level_titles",
)  # keys of data files whose texts pages show
CONTEXTS = {"level_titles": "level"}  # keys of data files whose texts have one: {{ title|translated:"level" }}
# These make documents and records, which stay Indonesian, as samples do.
OFFICIAL = re.compile(r"lkjip|numbering|accounts_|sample_")


def in_context(context: str, text: str) -> str:
    """The key of a text that is worded differently in one place: "Akun" of a budget is nobody's login."""
    return f"{context}{BETWEEN}{text}"


def key_of(message: Message) -> Key:
    return in_context(message.context, message.id) if message.context else message.id


def packages() -> list[Path]:
    """The kit, then each app that declares `languages` in its apps.py."""
    apps = [path.parent for path in sorted(BUNDLE.glob("*/*/apps.py")) if path.parent != KIT]
    return [KIT, *(package for package in apps if _speaks_english(package))]


def _speaks_english(package: Path) -> bool:
    for node in ast.walk(ast.parse((package / "apps.py").read_text(encoding="utf-8"))):
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if getattr(target, "id", "") == "languages":
            return LANGUAGE in ast.literal_eval(node.value)
    return False


def texts(package: Path) -> dict[Key, str]:
    """Each text to be worded with one file it stands in; an app's leave out what the kit words already."""
    found: dict[Key, str] = {}
    for path in _sources(package):
        for key in _READERS[path.suffix](path):
            found.setdefault(key, str(path.relative_to(package)))
    if package != KIT:
        shared = texts(KIT)
        found = {key: place for key, place in found.items() if key not in shared}
    return found


def _sources(package: Path) -> Iterator[Path]:
    for path in sorted(package.rglob("*")):
        if path.suffix in _READERS and _shown_to_people(path, package):
            yield path


def _shown_to_people(path: Path, package: Path) -> bool:
    return not {"tests", "testing", "migrations", "sample"} & set(path.relative_to(package).parts)


def templates(package: Path) -> list[Path]:
    """Templates of pages; those of official documents, in PDF or to be printed, stay Indonesian."""
    found = [path for path in sorted(package.rglob("templates/**/*.html")) if _shown_to_people(path, package)]
    return [path for path in found if not re.search("document|print", str(path.relative_to(package)))]


def _from_python(path: Path) -> Iterator[Key]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "{%" in node.value:
            yield from _in_template(node.value)  # the template of a table's column
        elif isinstance(node, ast.Call) and name in ("_", "lazy") and (text := _constant(node.args[0])):
            yield text
        elif isinstance(node, ast.Call) and name == "counted" and (text := _constant(node.args[0])):
            yield text, text
        elif isinstance(node, ast.Call) and name == "pgettext_lazy":
            yield in_context(node.args[0].value, node.args[1].value)


def _constant(node: ast.expr) -> str:
    """The text; "" for one that comes from elsewhere (titles of data files)."""
    assert not isinstance(node, ast.JoinedStr), (
        f"line {node.lineno}: an f-string cannot be translated, use format()"
    )
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _from_template(path: Path) -> Iterator[Key]:
    yield from _in_template(path.read_text(encoding="utf-8"))


def _in_template(source: str) -> Iterator[Key]:
    tokens = iter(Lexer(source).tokenize())
    for token in tokens:
        if token.token_type not in (TokenType.BLOCK, TokenType.VAR):
            continue
        yield from (found["text"] for found in LITERAL.finditer(token.contents))
        if found := TRANSLATED.match(token.contents):
            yield found["text"]
        elif token.token_type == TokenType.BLOCK and token.contents.startswith("blocktranslate"):
            yield _block(token, tokens)


def _block(opening: Token, tokens: Iterator[Token]) -> Key:
    """The key Django makes of a blocktranslate."""
    parts = [""]
    for token in tokens:
        if token.token_type == TokenType.BLOCK and token.contents == "endblocktranslate":
            break
        if token.token_type == TokenType.BLOCK:
            assert token.contents == "plural", token.contents
            parts.append("")
        elif token.token_type == TokenType.VAR:
            parts[-1] += f"%({token.contents})s"
        else:
            parts[-1] += token.contents.replace("%", "%%")
    if " trimmed" in opening.contents:
        parts = [" ".join(line.strip() for line in part.strip().splitlines()) for part in parts]
    return (parts[0], parts[1]) if len(parts) == 2 else parts[0]


def _from_data(path: Path) -> Iterator[Key]:
    if not OFFICIAL.match(path.name):
        yield from _shown(yaml.safe_load(path.read_text(encoding="utf-8")))


def _shown(node: object, under: str = "") -> Iterator[str]:
    """Texts below the keys that pages show, also in lists."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _shown(value, key if isinstance(key, str) else under)
    elif isinstance(node, list):
        for value in node:
            yield from _shown(value, under)
    elif isinstance(node, str) and node and under in SHOWN:
        yield in_context(CONTEXTS[under], node) if under in CONTEXTS else node


_READERS = {".py": _from_python, ".html": _from_template, ".yml": _from_data}


def catalogue(package: Path) -> Path:
    return package / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"


def wordings(package: Path) -> Catalog:
    with catalogue(package).open("rb") as file:
        return read_po(file, locale=LANGUAGE)


def compiled(package: Path) -> bytes:
    content = io.BytesIO()
    write_mo(content, wordings(package))
    return content.getvalue()


def renew(package: Path) -> int:
    """Write the catalogue anew; returns how many texts wait for a wording."""
    path = catalogue(package)
    known = wordings(package)
    fresh = Catalog(
        locale=LANGUAGE,
        header_comment=known.header_comment,
        project="semai",
        version="1",
        creation_date=known.creation_date,
        revision_date=known.revision_date,
        msgid_bugs_address="semai",
        last_translator="semai",
        language_team=LANGUAGE,
        fuzzy=False,
    )
    for key, place in texts(package).items():
        context, _, text = (key if isinstance(key, str) else key[0]).rpartition(BETWEEN)
        message = known.get(text, context or None)
        same_form = message and isinstance(message.string, str) == isinstance(key, str)
        string = message.string if same_form else None
        fresh.add(text if context else key, string, locations=[(place, 0)], context=context or None)
    with path.open("wb") as file:
        write_po(file, fresh, width=WIDTH, include_lineno=False, sort_by_file=True)
    path.with_suffix(".mo").write_bytes(compiled(package))
    return sum(not _worded(message.string) for message in fresh if message.id)


def _worded(wording: object) -> bool:
    return all(wording) if isinstance(wording, (tuple, list)) else bool(wording)


if __name__ == "__main__":
    waiting = {package.name: renew(package) for package in packages()}
    print("\n".join(f"{name}: {count} texts without a wording" for name, count in waiting.items() if count))
