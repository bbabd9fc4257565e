"""Reading YAML that people wrote, in a hurry or in anger."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest
from ansible.parsing.dataloader import DataLoader
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field
from semai.adapters.yaml_files import MAX_BYTES, dump_yaml, load_yaml, parse_document, parse_yaml
from semai.errors import InvalidInput


class Person(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    nip: str = Field(default="", pattern=r"^([0-9]{18})?$")


class Office(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    code: str
    kind: Literal["provinsi", "kabupaten", "kota"] = "kabupaten"
    port: int = Field(default=8101, ge=1024, le=65535)
    open: bool = True
    head: Person | None = None
    people: tuple[Person, ...] = ()
    answers: dict[str, str | int | bool] = {}


def refused(text: str | bytes, **options: Any) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        parse_yaml(text, "office.yml", Office, **options)
    assert caught.value.code == "yaml-invalid"
    assert caught.value.exit_code == 2
    return list(caught.value.details)


def test_a_valid_file_becomes_its_model() -> None:
    text = 'code: "53.10"\npeople:\n- {name: Ana}\nanswers: {year: 2027, on: yes, size: A4}\n'
    office = parse_yaml(text, "office.yml", Office)
    assert office == Office(
        code="53.10", people=(Person(name="Ana"),), answers={"year": 2027, "on": True, "size": "A4"}
    )


def test_every_error_of_a_file_is_reported_at_once_in_order_of_lines() -> None:
    text = """\
code: 53.10
kind: kabupatan
prot: 8101
port: "8101"
open: "yes"
head: nobody
people:
  - {name: Ana, nip: "12"}
  - {nip: ""}
code: "53.11"
answers: {year: [1]}
"""
    assert refused(text) == [
        'office.yml:1: code: needs a text; write it in quotes: "53.10"',
        "office.yml:2: kind: \"kabupatan\" is not allowed; allowed: 'provinsi', 'kabupaten' or 'kota'",
        'office.yml:3: prot: unknown key; did you mean "port"?',
        'office.yml:4: port: "8101" needs a whole number',
        'office.yml:5: open: "yes" needs true or false',
        'office.yml:6: head: "nobody" needs `key: value` lines below it',
        'office.yml:8: people[1].nip: "12" does not fit the pattern ^([0-9]{18})?$',
        "office.yml:9: people[2].name: is missing",
        "office.yml:10: code: duplicate key; it is already on line 1",
        "office.yml:11: answers.year: needs a text or needs a whole number or needs true or false",
    ]


def test_unknown_key_without_a_near_name_lists_what_is_allowed() -> None:
    assert refused("code: x\nhead: {name: A, zzzz: 1}\n") == [
        "office.yml:2: head.zzzz: unknown key; allowed: name, nip"
    ]


def test_the_one_top_level_key_is_demanded() -> None:
    assert refused("offise: {code: x}\n", key="office") == [
        "office.yml:1: office: is missing",
        'office.yml:1: offise: unknown key; did you mean "office"?',
    ]
    assert refused("office:\n", key="office") == ["office.yml:1: office.code: is missing"]
    assert refused("[]", key="office") == ["office.yml:1: needs the key office with `key: value` lines below it"]
    assert parse_yaml("office: {code: x}", "office.yml", Office, key="office") == Office(code="x")


def test_an_empty_file_needs_content() -> None:
    assert refused("") == ["office.yml:1: needs `key: value` lines below it"]
    assert refused("# only a comment\n") == ["office.yml:1: needs `key: value` lines below it"]


def test_secret_values_stay_out_of_messages() -> None:
    details = refused('code: 98765\nport: "hunter2"\n', secret=True)
    assert details == ["office.yml:1: code: needs a text", "office.yml:2: port: needs a whole number"]


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("a: &x [1]\nb: *x\n", "office.yml:2: b: aliases (*name) are not read here; write the value again"),
        (
            "code: !!python/object/apply:os.system [id]\n",
            "office.yml:1: code: the tag tag:yaml.org,2002:python/object/apply:os.system is not read here; "
            "allowed: !unsafe before a text",
        ),
        (
            "code: !vault x\n",
            "office.yml:1: code: the tag !vault is not read here; allowed: !unsafe before a text",
        ),
        ("code: a\n\tport: 1\n", "office.yml:2: a tab indents this line; use spaces"),
        ("code: a\nname: b\0c\n", "office.yml:2: holds a character that YAML does not allow (NUL or control)"),
        (b"code: a\nname: \xff\xfe\n", "office.yml:2: not UTF-8 text"),
        ("[" * 100_000, "office.yml:1: nested deeper than 32 levels"),
        ("- " * 100_000, "office.yml:1: nested deeper than 32 levels"),
        ("a: 1\n---\nb: 2\n", "office.yml:2: a second document begins; keep only one"),
        ("{[1, 2]: 3}\n", "office.yml:1: a key must be plain text"),
        ("x" * (MAX_BYTES + 1), "office.yml:1: larger than 4 MB"),
        ("[" + "1," * 50_001 + "1]", "office.yml:1: more than 50000 values"),
        ('code: "\\ud800"\n', None),
        ("code: [1\n", None),
        ("code: 'x\n", None),
        ("%YAML 9.9\n---\ncode: a\n", None),
    ],
)
def test_hostile_yaml_is_refused(text: str | bytes, detail: str | None) -> None:
    details = refused(text)
    if detail is not None:
        assert detail in details
    assert all(line.startswith("office.yml:") for line in details)


def test_billion_laughs_is_refused() -> None:
    lines = ["l0: &l0 [lol, lol]"] + [f"l{n}: &l{n} [*l{n - 1}, *l{n - 1}, *l{n - 1}]" for n in range(1, 30)]
    details = refused("\n".join(lines))
    assert sum("aliases (*name) are not read here" in line for line in details) == 29 * 3


@pytest.mark.parametrize("text", ["2027-01-01", "12:30:00", "0755", "0x1F", "1_000", "9" * 5000, "=", "1e5"])
def test_what_only_looks_like_a_number_or_date_stays_text(text: str) -> None:
    assert parse_document(f"code: {text}\n", "x").value == {"code": text}


@pytest.mark.parametrize(
    ("text", "value"), [("yes", True), ("Off", False), ("~", None), ("-5", -5), ("1.50", 1.5), ("!unsafe 5", "5")]
)
def test_plain_scalars_mean_what_ansible_reads(text: str, value: Any) -> None:
    assert parse_document(f"code: {text}\n", "x").value == {"code": value}


def test_missing_and_unreadable_files_are_input_errors(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="there is no file") as caught:
        load_yaml(tmp_path / "none.yml", Office)
    assert caught.value.code == "file-missing"
    with pytest.raises(InvalidInput) as caught:
        load_yaml(tmp_path, Office)
    assert caught.value.code == "file-unreadable"


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x7f"), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abz09_-.: #", max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(value=st.dictionaries(st.text("abcxyz_", min_size=1, max_size=6), PLAIN, max_size=4), unsafe=st.booleans())
def test_what_is_written_is_read_back_equal(value: dict[str, Any], unsafe: bool) -> None:
    assert parse_document(dump_yaml(value, header="made by a test", unsafe=unsafe), "x").value == value


def test_rare_line_breaks_survive() -> None:
    value = {"a": "x\x85y", "b": "\u2028", "c": "\r\n", "d": "e\n\nf "}
    assert parse_document(dump_yaml(value), "x").value == value


def test_texts_that_ansible_would_render_are_tagged_and_keys_are_not() -> None:
    text = dump_yaml({"a": "{{ x }}", "on": ["1", 2, True, None]}, header="one\n\ntwo", unsafe=True)
    assert text == '# one\n#\n# two\na: !unsafe "{{ x }}"\n\'on\':\n  - "1"\n  - 2\n  - true\n  - null\n'
    loaded = DataLoader().load(dump_yaml({"mode": "0640", "yes": "yes", "time": "12:30"}, unsafe=True))
    assert loaded == {"mode": "0640", "yes": "yes", "time": "12:30"}  # a tagged one becomes 416, True, 750
