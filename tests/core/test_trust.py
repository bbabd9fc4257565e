"""Fingerprints, ids, and the time expiry is judged by."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from semai.core.trust import (
    Stale,
    check_distinct_keys,
    check_mentor_id,
    fingerprint_differs,
    fingerprint_matches,
    fingerprint_of,
    groups,
    parse_fingerprint,
    parse_stale,
    parse_time,
    show_time,
    signed_at,
    time_to_judge_by,
    typed_matches,
)
from semai.errors import InvalidInput, TrustRefused

KEYS = [("ed25519", "ed25519", digit * 64) for digit in "abc"]
FINGERPRINT = "0123456789abcdef" * 4
NOW = datetime(2026, 11, 21, 8, tzinfo=timezone.utc)
HEX = st.text("0123456789abcdef", min_size=64, max_size=64)


def test_fingerprint_is_the_documented_digest() -> None:
    """Publisher, letter and adopter must compute the same; a change here breaks every letter ever printed."""
    assert fingerprint_of(2, KEYS) == "b6ba0acf86695c30c9844fd57d6ed935a3067a1acc1f714577bb1ba224a38eff"


def test_fingerprint_does_not_depend_on_the_order_of_keys() -> None:
    assert fingerprint_of(2, KEYS) == fingerprint_of(2, reversed(KEYS))


@pytest.mark.parametrize(
    ("threshold", "keys"),
    [(1, KEYS), (2, KEYS[:2]), (2, [*KEYS[:2], ("ed25519", "ed25519", "d" * 64)]), (2, [*KEYS, KEYS[0]])],
    ids=["threshold", "fewer", "other", "repeated"],
)
def test_fingerprint_changes_with_keys_and_threshold(threshold: int, keys: list[tuple[str, str, str]]) -> None:
    assert fingerprint_of(threshold, keys) != fingerprint_of(2, KEYS)


def test_letter_shows_ten_groups_of_four() -> None:
    assert groups(FINGERPRINT) == "0123 4567 89ab cdef 0123 4567 89ab cdef 0123 4567"


def test_what_must_be_typed_is_not_shown() -> None:
    assert groups(FINGERPRINT, hide_typed=True) == "0123 4567 89ab cdef 0123 4567 89ab cdef •••• ••••"


@given(HEX)
def test_letter_and_full_form_are_accepted(fingerprint: str) -> None:
    for text in (groups(fingerprint), fingerprint, fingerprint.upper(), groups(fingerprint).replace(" ", ":")):
        assert fingerprint_matches(fingerprint, parse_fingerprint(text))


@given(HEX, st.integers(0, 39))
def test_one_other_digit_is_another_fingerprint(fingerprint: str, place: int) -> None:
    other = f"{(int(fingerprint[place], 16) + 1) % 16:x}"
    changed = fingerprint[:place] + other + fingerprint[place + 1 :]
    assert not fingerprint_matches(fingerprint, parse_fingerprint(changed[:40]))
    assert not fingerprint_matches(fingerprint, parse_fingerprint(changed))


@pytest.mark.parametrize("text", ["", "0123 4567", "g" * 40, "0" * 39, "0" * 41, "0" * 63, "0" * 65, "٠" * 40])
def test_other_texts_are_no_fingerprint(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_fingerprint(text)
    assert caught.value.code == "fingerprint-form"


@pytest.mark.parametrize("typed", ["01234567", "0123 4567", " 0123-4567 "])
def test_end_of_the_letter_is_enough_when_typed(typed: str) -> None:
    assert typed_matches(FINGERPRINT, typed)


@pytest.mark.parametrize("typed", ["", "4567", "01234568", "0123456789abcdef", FINGERPRINT])
def test_anything_else_typed_is_not(typed: str) -> None:
    assert not typed_matches(FINGERPRINT, typed)


def test_fingerprint_of_an_earlier_root_is_called_outdated() -> None:
    assert fingerprint_differs("batang", "u", ["a" * 64, "b" * 64], "a" * 40).code == "fingerprint-outdated"
    assert fingerprint_differs("batang", "u", ["a" * 64, "b" * 64], "c" * 40).code == "fingerprint-differs"


def test_repeated_key_is_refused() -> None:
    check_distinct_keys("batang", KEYS)
    with pytest.raises(TrustRefused):
        check_distinct_keys("batang", [*KEYS, KEYS[1]])


@pytest.mark.parametrize("text", ["batang", "kab-batang", "kota2"])
def test_mentor_ids(text: str) -> None:
    assert check_mentor_id(text) == text


@pytest.mark.parametrize("text", ["", "Batang", "batang/", "..", "-x", "x-", "a--b", "a b", "a\n", "a" * 41])
def test_texts_that_are_no_mentor_id(text: str) -> None:
    with pytest.raises(InvalidInput):
        check_mentor_id(text)


class TestTime:
    def test_clock_is_believed_unless_it_lags_behind_what_was_seen(self) -> None:
        assert time_to_judge_by(NOW, None) == NOW
        assert time_to_judge_by(NOW, NOW - timedelta(days=1)) == NOW
        assert time_to_judge_by(datetime(2015, 1, 1, tzinfo=timezone.utc), NOW) == NOW

    @given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(timezone.utc)))
    def test_times_survive_being_written(self, moment: datetime) -> None:
        assert parse_time(show_time(moment)) == moment.replace(microsecond=0)

    def test_signing_time_comes_from_its_field_or_the_expiry(self) -> None:
        expires = NOW + timedelta(days=400)
        assert signed_at("2026-11-20T00:00:00Z", expires) == datetime(2026, 11, 20, tzinfo=timezone.utc)
        assert signed_at(None, expires) == NOW

    @pytest.mark.parametrize("field", ["2199-01-01T00:00:00Z", "yesterday", 5, ["2026-11-20T00:00:00Z"]])
    def test_senseless_signing_time_is_refused(self, field: object) -> None:
        with pytest.raises(ValueError, match="x-semai-signed-at|time data"):
            signed_at(field, NOW)


class TestStale:
    @pytest.mark.parametrize(("text", "days"), [("90d", 90), ("6w", 42), (" 1d ", 1), ("400d", 400)])
    def test_days_and_weeks(self, text: str, days: int) -> None:
        assert parse_stale(text, " USB  copy ") == Stale(timedelta(days=days), "USB copy")

    @pytest.mark.parametrize("text", ["", "90", "0d", "401d", "58w", "-1d", "1y", "1.5d", "99999d"])
    def test_other_lengths_are_refused(self, text: str) -> None:
        with pytest.raises(InvalidInput) as caught:
            parse_stale(text, "reason")
        assert caught.value.code == "stale-form"

    @pytest.mark.parametrize("reason", ["", "  "])
    def test_reason_is_compulsory(self, reason: str) -> None:
        with pytest.raises(InvalidInput) as caught:
            parse_stale("90d", reason)
        assert caught.value.code == "stale-reason"
