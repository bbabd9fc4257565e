"""Write docs/errors.md and docs/errors.id.md: every error code of the command line, read from the source.

Run as `python -m tests.architecture.error_docs`. What is read: calls of the classes of semai.errors and of the few
records that become one of them, with their code, message and hint; then the errors of the host tool.
"""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from semai import errors
from semai.core.host_words import HINTS, MESSAGES

PROJECT = Path(__file__).parents[2]
SEMAI = PROJECT / "installer" / "semai"
TOOL = PROJECT / "installer" / "semai_host"
FOLLOWER = SEMAI / "playbooks" / "module_utils"  # what follows the tool says what became of one that says nothing
DOCS = {"en": PROJECT / "docs" / "errors.md", "id": PROJECT / "docs" / "errors.id.md"}

EXITS = {name: kind.exit_code for name, kind in vars(errors).items() if getattr(kind, "exit_code", None)}
# Records that become a HostRefused: name -> where the code stands among the arguments.
RECORDS = {"Unready": 1, "Shortage": 0, "Failure": 0}
TOOL_ERRORS = ("HostError", "Corrupt", "HostileArchive", "kind", "Refused", "LockedOut")
# A request the tool cannot read is a defect of the installer, told to whoever writes requests.
TECHNICAL = ("request-invalid", "request-unreadable", "root-invalid")


@dataclass(frozen=True, order=True)
class Row:
    """One way an error is told."""

    exit: int
    code: str
    message: str
    hints: tuple[str, ...] = ()


@dataclass
class Scope:
    """What names stand for in one function: the last text or table assigned to them before a line."""

    constants: Mapping[str, str]
    assigned: list[tuple[int, str, ast.expr]] = field(default_factory=list)

    def value(self, node: ast.expr | None) -> ast.expr | None:
        """Follow a name to what it was assigned."""
        if not isinstance(node, ast.Name):
            return node
        found = [(line, value) for line, name, value in self.assigned if name == node.id and line <= node.lineno]
        return max(found, key=lambda pair: pair[0])[1] if found else node

    def texts(self, node: ast.expr | None) -> list[str]:
        """Return the texts `node` may be: a constant, `N_(…)`, either arm of a choice, a named constant."""
        node = self.value(node)
        if isinstance(node, ast.Constant):
            return [node.value] if isinstance(node.value, str) else []
        if isinstance(node, ast.IfExp):
            return [*self.texts(node.body), *self.texts(node.orelse)]
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("N_", "translate") and node.args:
            return self.texts(node.args[0])
        if isinstance(node, ast.BoolOp):
            return [text for value in node.values for text in self.texts(value)]
        if isinstance(node, ast.Name) and node.id in self.constants:
            return [self.constants[node.id]]
        if isinstance(node, ast.JoinedStr):
            return ["".join(str(p.value) if isinstance(p, ast.Constant) else _field(p) for p in node.values)]
        return []

    def table(self, node: ast.expr | None) -> dict[str, str]:
        """Return {code: text} of a dict literal."""
        node = self.value(node)
        if not isinstance(node, ast.Dict):
            return {}
        pairs = zip(node.keys, node.values, strict=True)
        return {code: text for key, value in pairs for code in self.texts(key) for text in self.texts(value)}


def _field(part: ast.expr) -> str:
    """Name a field by the last thing it is taken from: `error.strerror`, `who.get("user")`, `number`."""
    assert isinstance(part, ast.FormattedValue)
    value = part.value
    if isinstance(value, ast.Call) and value.args and isinstance(value.args[0], ast.Constant):
        return "{" + str(value.args[0].value) + "}"
    names = [node.attr if isinstance(node, ast.Attribute) else node.id for node in ast.walk(value)
             if isinstance(node, (ast.Attribute, ast.Name))]  # fmt: skip
    return "{" + names[0].strip("_") + "}"


def _constants(folder: Path) -> dict[str, str]:
    """Return every module-level NAME = "text" of the package."""
    found = {}
    for path in folder.rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if (
                isinstance(node, ast.Assign)
                and isinstance(node.value, ast.Constant)
                and isinstance(node.value.value, str)
            ):
                found.update(
                    {target.id: node.value.value for target in node.targets if isinstance(target, ast.Name)}
                )
    return found


def _calls(folder: Path, constants: Mapping[str, str]) -> Iterator[tuple[ast.Call, str, Scope]]:
    """Yield every call with the name called and the scope it stands in."""
    for path in sorted(folder.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        for function in functions:
            scope = Scope(constants)
            for node in ast.walk(function):
                if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                    scope.assigned.append((node.lineno, node.targets[0].id, node.value))
            for node in ast.walk(function):
                if isinstance(node, ast.Call):
                    yield node, getattr(node.func, "id", getattr(node.func, "attr", "")), scope


def _argument(call: ast.Call, position: int, name: str) -> ast.expr | None:
    named = [keyword.value for keyword in call.keywords if keyword.arg == name]
    return named[0] if named else call.args[position] if len(call.args) > position else None


def of_command_line() -> list[Row]:
    """Return the errors of `semai`."""
    rows: set[Row] = set()
    for call, name, scope in _calls(SEMAI, _constants(SEMAI)):
        if name in EXITS:
            rows.update(_rows(call, scope, EXITS[name], 0))
        elif name in RECORDS:
            rows.update(_rows(call, scope, errors.HostRefused.exit_code, RECORDS[name]))
    return _joined(rows)


def unread() -> set[str]:
    """Return how the codes are written that are only known at run time: handed on from a host or a record."""
    return {
        ast.unparse(call.args[0])
        for call, name, scope in _calls(SEMAI, _constants(SEMAI))
        if name in EXITS and len(call.args) > 1 and not list(_rows(call, scope, 1, 0))
    }


def _joined(rows: Iterable[Row]) -> list[Row]:
    """Join the hints of what is told with the same words in several places."""
    hints: dict[tuple[int, str, str], list[str]] = {}
    for row in sorted(rows):
        hints.setdefault((row.exit, row.code, row.message), []).extend(h for h in row.hints if h)
    return [Row(*key, tuple(dict.fromkeys(found))) for key, found in hints.items()]


def _rows(call: ast.Call, scope: Scope, exit_code: int, first: int) -> Iterator[Row]:
    if len(call.args) <= first + 1:
        return
    code, message = call.args[first], call.args[first + 1]
    hint = _argument(call, first + 3 if first else 9, "hint")
    if isinstance(message, ast.Subscript):  # a table of messages by code, perhaps with hints beside it
        hints = (
            scope.table(hint.func.value)
            if isinstance(hint, ast.Call) and isinstance(hint.func, ast.Attribute)
            else {}
        )
        fallback = scope.texts(hint.args[1]) if isinstance(hint, ast.Call) and len(hint.args) > 1 else [""]
        for known, text in scope.table(message.value).items():
            yield Row(exit_code, known, text, (hints.get(known, fallback[0]),))
        return
    codes, texts = scope.texts(code), scope.texts(message)
    told = tuple(scope.texts(hint))
    if len(codes) == len(texts):
        yield from (Row(exit_code, known, text, told) for known, text in zip(codes, texts, strict=True))
    else:
        yield from (Row(exit_code, known, text, told) for known in codes for text in texts)


def of_host_tool() -> list[Row]:
    """Return the errors of the host tool, in the words of the template the installer knows them by."""
    rows: set[Row] = set()
    for call, name, scope in (*_calls(TOOL, _constants(TOOL)), *_calls(FOLLOWER, {})):
        if name not in TOOL_ERRORS or len(call.args) < 2:
            continue
        hints = tuple(_template(text, HINTS) for text in scope.texts(_argument(call, 2, "hint")))
        for code in set(scope.texts(call.args[0])) - set(TECHNICAL):
            rows.update(Row(0, code, _template(text, MESSAGES), hints) for text in scope.texts(call.args[1]))
    return _joined(rows)


def _template(text: str, templates: tuple[str, ...]) -> str:
    """Return the template with the same words as `text`, whatever its fields are called."""
    words = re.sub(r"\{\w*…?\}", "{}", text)
    return next((t for t in templates if re.sub(r"\{\w+\}", "{}", t) == words), text)


HEAD = {
    "en": """# Error codes

Written from the source by `make docs`; do not edit. An error is shown as `error[code]: message`, with `--json` as
`{"error": {"code": …, "message": …, "hint": …}}`. The code is stable; the message may change. A name in braces
stands for a fact of the moment.

The exit code of the command tells the kind:

| exit | kind | what to do |
|---|---|---|
| 0 | done | nothing |
| 1 | failed | read the message; the work was begun and put back, or left as the message says |
| 2 | usage or invalid file | correct the option, the answer, or every place named with file and line |
| 3 | trust refused | use nothing of it; compare with the mentor's letter, ask the mentor |
| 4 | network | check the line or the USB stick and run it again; what has arrived is kept |
| 5 | cannot resolve | ask for other versions, or remove an app |
| 6 | changes pending or drift | `semai plan --check` only: look at the plan, then `semai apply` |
| 7 | host refused or unhealthy | `semai doctor` names the host and the cause |
| 8 | locked by someone | wait until the run named in the message is over |
| 130 | stopped with Ctrl-C | run the command again; `semai apply` continues |
""",
    "id": """# Kode kesalahan

Ditulis dari kode sumber oleh `make docs`; jangan diedit. Kesalahan tampil sebagai `kesalahan[kode]: pesan`,
dengan `--json` sebagai `{"error": {"code": …, "message": …, "hint": …}}`. Kodenya tetap; pesannya dapat berubah.
Nama dalam kurung kurawal diganti fakta saat itu.

Kode keluar perintah menunjukkan jenisnya:

| kode | jenis | yang harus dilakukan |
|---|---|---|
| 0 | selesai | tidak ada |
| 1 | gagal | baca pesannya; pekerjaan sudah dikembalikan, atau dibiarkan seperti disebut pesan |
| 2 | perintah atau berkas keliru | perbaiki opsi, jawaban, atau setiap berkas dan baris yang disebut |
| 3 | kepercayaan ditolak | jangan pakai apa pun darinya; cocokkan dengan surat mentor, tanyakan kepada mentor |
| 4 | jaringan | periksa jaringan atau USB lalu jalankan lagi; yang sudah terunduh tetap disimpan |
| 5 | tidak ada susunan yang cocok | minta versi lain, atau lepas satu aplikasi |
| 6 | ada perubahan atau penyimpangan | hanya `semai plan --check`: lihat rencana, lalu `semai apply` |
| 7 | server menolak atau tidak sehat | `semai doctor` menyebut server dan sebabnya |
| 8 | sedang dipakai orang lain | tunggu sampai proses yang disebut dalam pesan selesai |
| 130 | dihentikan dengan Ctrl-C | jalankan perintah itu lagi; `semai apply` melanjutkan |
""",
}
TITLES = {
    "en": ("## Exit {exit}", "| code | message | hint |", "## Errors of the host tool"),
    "id": ("## Kode keluar {exit}", "| kode | pesan | saran |", "## Kesalahan alat server"),
}
OF_TOOL = {
    "en": "`semai apply` and `semai service` show these with exit 7, a lock with exit 8.\n"
    "`request-invalid`, which is not listed, is a defect of semai: report it.",
    "id": "`semai apply` dan `semai service` menampilkannya dengan kode keluar 7, yang terkunci dengan kode 8.\n"
    "`request-invalid`, yang tidak didaftar, adalah cacat semai: laporkan.",
}


def _wordings(language: str) -> Callable[[str], str]:
    catalogue = gettext.translation("semai", SEMAI / "locale", languages=[language], fallback=True)
    return lambda text: catalogue.gettext(text) if text else ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|").replace("<", "&lt;").replace("*", r"\*")


def render(language: str) -> str:
    """Return the document in "en" or "id"."""
    words = _wordings(language)
    title, heading, tool_title = TITLES[language]
    top = f"\n\n{heading}\n|---|---|---|\n"
    rows = of_command_line()
    parts = [HEAD[language]]
    for exit_code in sorted({row.exit for row in rows}):
        parts.append(f"\n{title.format(exit=exit_code)}{top}")
        parts += [_line(row, words) for row in rows if row.exit == exit_code]
    parts.append(f"\n{tool_title}\n\n{OF_TOOL[language]}{top}")
    parts += [_line(row, words) for row in of_host_tool()]
    return "".join(parts)


def _line(row: Row, words: Callable[[str], str]) -> str:
    hints = " / ".join(_cell(words(hint)) for hint in row.hints)
    return f"| `{row.code}` | {_cell(words(row.message))} | {hints} |\n"


if __name__ == "__main__":
    for name, path in DOCS.items():
        path.write_text(render(name), encoding="utf-8")
