"""Changing one entry of a file that people keep."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from semai.adapters.yaml_edits import drop_entry, set_entry
from semai.adapters.yaml_files import dump_yaml, parse_document

FILE = """\
# top
root:
  apps:
    # the first
    a/x: {port: 1}  # short form
    a/y:
      port: 2   # why two
      list:
      - 1

  # below apps
  other: 'text'
# end
"""


def test_an_entry_is_appended_after_its_siblings() -> None:
    assert set_entry(FILE, ("root", "apps", "a/z"), {"port": 3}) == (
        FILE.replace("      - 1\n", "      - 1\n    a/z:\n      port: 3\n"),
        True,
    )


def test_an_entry_is_replaced_and_the_rest_stays() -> None:
    assert set_entry(FILE, ("root", "apps", "a/y"), {"port": 9}) == (
        FILE.replace("      port: 2   # why two\n      list:\n      - 1\n", "      port: 9\n"),
        True,
    )


def test_an_entry_is_dropped_with_its_lines_only() -> None:
    assert drop_entry(FILE, ("root", "apps", "a/x")) == (
        FILE.replace("    a/x: {port: 1}  # short form\n", ""),
        True,
    )


def test_dropping_what_is_not_there_changes_nothing() -> None:
    assert drop_entry(FILE, ("root", "apps", "a/q")) == (FILE, True)


def test_the_last_entry_leaves_an_empty_mapping() -> None:
    text = "root:\n  apps:\n    a/x: 1\n  other: 2\n"
    assert drop_entry(text, ("root", "apps", "a/x")) == ("root:\n  apps: {}\n  other: 2\n", True)


@pytest.mark.parametrize("empty", ["apps: {}", "apps:", "apps: null", "apps: {} # none"])
def test_an_empty_mapping_becomes_a_block(empty: str) -> None:
    text, kept = set_entry(f"root:\n  {empty}\n  other: 2\n", ("root", "apps", "a/x"), {"port": 1})
    assert (text, kept) == ("root:\n  apps:\n    a/x:\n      port: 1\n  other: 2\n", True)


def test_a_missing_parent_is_made() -> None:
    assert set_entry("root:\n  other: 2\n", ("root", "removed", "a/x"), {"purge": True}) == (
        "root:\n  other: 2\n  removed:\n    a/x:\n      purge: true\n",
        True,
    )


def test_an_exotic_layout_is_written_anew_and_lost_comments_are_told() -> None:
    text, kept = set_entry("? root\n: apps: {a/x: 1}  # note\n", ("root", "apps", "a/y"), 2)
    assert parse_document(text, "").value == {"root": {"apps": {"a/x": 1, "a/y": 2}}}
    assert not kept


VALUE = st.recursive(
    st.integers(0, 9) | st.booleans() | st.text("ab#: '\"{}", max_size=5),
    lambda inner: (
        st.dictionaries(st.text("abc/", min_size=1, max_size=3), inner, max_size=3) | st.lists(inner, max_size=2)
    ),
    max_leaves=8,
)
TREE = st.dictionaries(st.text("abc", min_size=1, max_size=2), VALUE, min_size=1, max_size=4)


@given(tree=TREE, name=st.text("abcd", min_size=1, max_size=2), value=VALUE)
def test_editing_says_exactly_what_was_wanted(tree: dict, name: str, value: object) -> None:
    text, _ = set_entry(dump_yaml({"root": tree}), ("root", name), value)
    assert parse_document(text, "").value == {"root": {**tree, name: value}}
    text, _ = drop_entry(text, ("root", name))
    assert parse_document(text, "").value == {"root": {k: v for k, v in tree.items() if k != name}}
