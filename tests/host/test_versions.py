"""Versions and ranges agree with the packaging library the catalog was made with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version
from semai_host import versions
from semai_host.errors import Refused

NUMBERS = st.lists(st.integers(0, 12), min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts)))
ENDINGS = st.sampled_from(["", "", "", "a1", "b2", "rc1", ".post1", ".dev3", "rc1.dev2", "a1.post2", ".post1.dev0"])
VERSIONS = st.builds(lambda numbers, ending: numbers + ending, NUMBERS, ENDINGS)


@given(VERSIONS, VERSIONS)
def test_order_is_that_of_packaging(one, other):
    assert (versions.key(one) < versions.key(other)) == (Version(one) < Version(other))
    assert (versions.key(one) == versions.key(other)) == (Version(one) == Version(other))


@given(NUMBERS, st.sampled_from(["==", "!=", ">=", "<=", "<", ">"]), NUMBERS)
def test_ranges_hold_what_packaging_says(version, operator, bound):
    assert versions.allows([operator + bound], version) == SpecifierSet(operator + bound).contains(version)


@given(NUMBERS, st.lists(st.integers(0, 12), min_size=2, max_size=4).map(lambda parts: ".".join(map(str, parts))))
def test_compatible_release_and_prefix(version, bound):
    assert versions.allows([f"~={bound}"], version) == SpecifierSet(f"~={bound}").contains(version)
    assert versions.allows([f"=={bound}.*"], version) == SpecifierSet(f"=={bound}.*").contains(version)


def test_any_of_several_ranges_is_enough_and_none_allows_all():
    assert versions.allows([">=3", ">=1,<2"], "1.5")
    assert not versions.allows([">=3", ">=1,<2"], "2.5")
    assert versions.allows([], "2.5")


@pytest.mark.parametrize("text", [">=x", "=1", ">=1.*", "1", "~=", ">=1;os"])
def test_text_that_is_no_range_is_refused(text):
    with pytest.raises(Refused):
        versions.allows([text], "1.0")
