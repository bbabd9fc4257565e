"""YAML files that people write: parsed safely, read into a pydantic model, and written back.

Parsing works on the event stream, so nothing is ever constructed from a tag and depth, size and count are bounded
before memory is spent. Refused: aliases, tags other than Ansible's `!unsafe`, several documents, duplicate keys.
Scalars follow YAML 1.1 as Ansible reads it, except that dates, base-60 and octal-looking numbers stay text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from semai.adapters.yaml_checks import Document, Judge, M, validate
from semai.core.region_checks import Place
from semai.errors import InvalidInput
from semai.messages import N_, translate

MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 32
MAX_NODES = 50_000

_TEXT_TAGS = ("!unsafe", "tag:yaml.org,2002:str")
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_BOOLEANS = {
    spelling: truth
    for truth, words in ((True, "yes true on"), (False, "no false off"))
    for word in words.split()
    for spelling in (word, word.capitalize(), word.upper())
}
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,29})")
_DECIMAL = re.compile(r"[-+]?([0-9]{1,30}\.[0-9]{0,30}|\.[0-9]{1,30})([eE][-+][0-9]{1,3})?")
# What the YAML library says of a broken file, marked for translation.
_SYNTAX = (
    N_("could not find expected ':'"),
    N_("mapping values are not allowed in this context"),
    N_("block sequence entries are not allowed in this context"),
    N_("did not find expected key"),
    N_("did not find expected '-' indicator"),
    N_("did not find expected ',' or ']'"),
    N_("did not find expected ',' or '}'"),
    N_("did not find expected node content"),
    N_("did not find expected <document start>"),
    N_("found character that cannot start any token"),
    N_("found unexpected end of stream"),
    N_("found unknown escape character"),
    N_("found undefined tag handle"),
)
_BREAKS = re.compile("[\r\x85\u2028\u2029]")
_LEADING_TAB = re.compile(r" *\t")


def load_yaml(path: Path, model: type[M], *, key: str | None = None, judge: Judge | None = None) -> M:
    """Read `path` into `model`; with `key`, the file holds that one top-level key and `model` is what it contains.

    `judge` returns further problems of the plain value. Raises InvalidInput (`yaml-invalid`, `file-missing`,
    `file-unreadable`).
    """
    return validate(read_document(path), model, key=key, judge=judge)


def parse_yaml(text: str | bytes, name: str, model: type[M], *, key: str | None = None, secret: bool = False) -> M:
    """Validate `text` as the content of the file shown as `name`; `secret` keeps its values out of messages."""
    return validate(parse_document(text, name), model, key=key, secret=secret)


def read_document(path: Path) -> Document:
    """Read and parse `path` without a model, for callers that join several files before they validate."""
    shown = shown_path(path)
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise InvalidInput("file-missing", "there is no file {file}", file=shown) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise InvalidInput("file-unreadable", "cannot read {file}: {reason}", file=shown, reason=reason) from error
    return parse_document(data, shown)


def shown_path(path: Path) -> str:
    """Return `path` relative to the current folder when it lies below it, as messages show it."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def dump_yaml(value: Any, *, header: str = "", unsafe: bool = False) -> str:
    """Return plain `value` as YAML in its own key order; with `unsafe` every text Ansible would template is tagged
    so that it never does. `header` becomes comment lines on top."""
    comment = "".join(f"# {line}".rstrip() + "\n" for line in header.splitlines())
    dumper = _UnsafeDumper if unsafe else _PlainDumper
    text = yaml.dump(value, Dumper=dumper, sort_keys=False, allow_unicode=True, width=10**9)
    return comment + str(text)


def parse_document(text: str | bytes, name: str) -> Document:
    """Parse one YAML document; raise InvalidInput `yaml-invalid` when it is not YAML we read at all."""
    source = _decoded(text, name)
    builder = _Builder(name)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is ten times faster where it is built in
    try:
        events = (e for e in yaml.parse(source, Loader=loader) if not isinstance(e, yaml.StreamStartEvent))
        first = next(events)
        if isinstance(first, yaml.StreamEndEvent):
            return Document(name, None, {(): 1}, {})
        value = builder.value(next(events), events, (), 0)
        next(events)  # the end of the document
        following = next(events)
    except yaml.YAMLError as error:
        raise _syntax_error(error, source, name) from error
    if not isinstance(following, yaml.StreamEndEvent):
        raise _broken(name, _line(following), translate(N_("a second document begins; keep only one")))
    return Document(name, value, builder.lines, builder.plain, tuple(builder.problems))


def _decoded(text: str | bytes, name: str) -> str:
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(data) > MAX_BYTES:
        raise _broken(name, 1, translate(N_("larger than {limit} MB"), limit=MAX_BYTES // 1024 // 1024))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _broken(name, line, translate(N_("not UTF-8 text"))) from error


def _syntax_error(error: yaml.YAMLError, source: str, name: str) -> InvalidInput:
    mark = getattr(error, "problem_mark", None)
    if mark is None:  # the reader met a character YAML does not allow
        position = getattr(error, "position", 0) or 0
        line = source.count("\n", 0, position) + 1
        return _broken(name, line, translate(N_("holds a character that YAML does not allow (NUL or control)")))
    line = min(mark.line + 1, source.count("\n") + 1)
    lines = source.split("\n")
    for near in (line, line - 1):
        if 0 < near <= len(lines) and _LEADING_TAB.match(lines[near - 1]):
            return _broken(name, near, translate(N_("a tab indents this line; use spaces")))
    problem = getattr(error, "problem", None) or str(error)
    return _broken(name, line, translate(N_("not YAML: {problem}"), problem=translate(problem)))


def _broken(name: str, line: int, problem: str) -> InvalidInput:
    return InvalidInput(
        "yaml-invalid",
        "{file} cannot be read",
        hint="correct the place named above and run the command again",
        details=(f"{name}:{line}: {problem}",),
        file=name,
    )


@dataclass
class _Builder:
    """Turns events into values; collects lines, unquoted scalars and problems on the way."""

    name: str
    lines: dict[Place, int] = field(default_factory=dict)
    plain: dict[Place, str] = field(default_factory=dict)
    problems: list[tuple[int, Place, str]] = field(default_factory=list)
    nodes: int = 0

    def value(self, event: yaml.Event, events: Iterator[yaml.Event], place: Place, depth: int) -> Any:
        line = _line(event)
        self.lines.setdefault(place, line)
        self._check_limits(event, line, depth)
        if isinstance(event, yaml.AliasEvent):
            self._problem(line, place, N_("aliases (*name) are not read here; write the value again"))
            return None
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, line, place)
        assert isinstance(event, yaml.CollectionStartEvent)
        self._check_tag(event.tag, line, place)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, place, depth)
        return self._mapping(events, place, depth)

    def _check_limits(self, event: yaml.Event, line: int, depth: int) -> None:
        self.nodes += 1
        if depth > MAX_DEPTH:
            raise _broken(self.name, line, translate(N_("nested deeper than {limit} levels"), limit=MAX_DEPTH))
        if self.nodes > MAX_NODES:
            raise _broken(self.name, line, translate(N_("more than {limit} values"), limit=MAX_NODES))

    def _problem(self, line: int, place: Place, message: str, **fields: object) -> None:
        self.problems.append((line, place, translate(message, **fields)))

    def _check_tag(self, tag: str | None, line: int, place: Place) -> None:
        if tag is not None and tag != "!":
            problem = N_("the tag {tag} is not read here; allowed: !unsafe before a text")
            self._problem(line, place, problem, tag=tag)

    def _scalar(self, event: yaml.ScalarEvent, line: int, place: Place) -> Any:
        text = str(event.value)
        if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
            self._problem(line, place, N_("holds half a character (a lone surrogate)"))
            return ""
        if event.tag in _TEXT_TAGS:
            return text
        self._check_tag(event.tag, line, place)
        if not event.implicit[0]:  # quoted
            return text
        value = _plain_value(text)
        if not isinstance(value, str):
            self.plain[place] = text
        return value

    def _sequence(self, events: Iterator[yaml.Event], place: Place, depth: int) -> list[Any]:
        items: list[Any] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                return items
            items.append(self.value(event, events, (*place, len(items)), depth + 1))
        raise AssertionError("the parser ends every sequence")

    def _mapping(self, events: Iterator[yaml.Event], place: Place, depth: int) -> dict[str, Any]:
        items: dict[str, Any] = {}
        first: dict[str, int] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                return items
            line = _line(event)
            if not isinstance(event, yaml.ScalarEvent):
                raise _broken(self.name, line, translate(N_("a key must be plain text")))
            key = str(event.value)
            inner = (*place, key)
            if key in first:
                self._problem(line, inner, N_("duplicate key; it is already on line {first}"), first=first[key])
                repeated = _Builder(self.name, nodes=self.nodes)
                repeated.value(next(events), events, inner, depth + 1)
                self.nodes = repeated.nodes
                continue
            first[key] = self.lines[inner] = line
            items[key] = self.value(next(events), events, inner, depth + 1)
        raise AssertionError("the parser ends every mapping")


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _plain_value(text: str) -> Any:
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        number = float(text)
        return number if math.isfinite(number) else text
    return text


_TEMPLATE_MARKS = ("{{", "{%", "{#")
_TEXT = "tag:yaml.org,2002:str"


class _PlainDumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # a line break YAML 1.1 knows besides \n would be folded away in any other style
    style = '"' if _BREAKS.search(text) else None
    return dumper.represent_scalar(_TEXT, text, style=style)


_PlainDumper.add_representer(str, _represent_text)


class _UnsafeDumper(_PlainDumper):
    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> yaml.MappingNode:
        node = super().represent_mapping(tag, mapping, flow_style)
        for name, _ in node.value:  # keys stay plain: Ansible does not template them
            if name.tag in ("!unsafe", _TEXT):
                name.tag, name.style = _TEXT, None  # the emitter quotes what would not be text
        return node


def _represent_unsafe(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # Only where it matters: ansible-core 2.19 and newer read a tagged "0640" as a number, "yes" as a truth value.
    tag = "!unsafe" if any(mark in text for mark in _TEMPLATE_MARKS) else _TEXT
    return dumper.represent_scalar(tag, text, style='"')


_UnsafeDumper.add_representer(str, _represent_unsafe)
