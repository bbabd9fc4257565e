"""shared/env: what is written is what is read, by us and by a shell's idea of systemd's syntax."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from semai_host.envfile import EnvInvalid, parse, render

KEYS = st.from_regex(r"[A-Z][A-Z0-9_]{0,20}", fullmatch=True)
VALUES = st.text(st.characters(blacklist_characters="\n\r\0", blacklist_categories=("Cs",)))


@given(st.dictionaries(KEYS, VALUES))
def test_values_survive_the_file(values):
    assert parse(render(values)) == values


@given(st.dictionaries(KEYS, VALUES, min_size=1))
def test_one_variable_is_one_line(values):
    assert render(values).count("\n") == len(values)


def test_special_characters_are_escaped_for_systemd():
    assert render({"A": 'a"b\\c$d`e'}) == 'A="a\\"b\\\\c\\$d\\`e"\n'


def test_keys_are_sorted_and_comments_passed_over():
    assert render({"B": "2", "A": "1"}) == 'A="1"\nB="2"\n'
    assert parse('# note\n\nA="1"\n') == {"A": "1"}


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\0b"])
def test_line_break_in_a_value_is_refused(value):
    with pytest.raises(EnvInvalid, match="the value of KEY"):
        render({"KEY": value})


@pytest.mark.parametrize("key", ["", "a", "1A", "A-B", "A=B", "A\n"])
def test_odd_name_is_refused(key):
    with pytest.raises(EnvInvalid):
        render({key: "x"})


@pytest.mark.parametrize(
    "line", ["A=1", 'A="1', 'A="1" ', 'A="$1"', 'A="a"b"', ' A="1"', 'export A="1"', 'A="\\n"']
)
def test_foreign_line_is_refused_with_its_number(line):
    with pytest.raises(EnvInvalid, match="line 2"):
        parse(f'X="1"\n{line}\n')
