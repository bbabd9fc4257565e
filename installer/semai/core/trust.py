"""What trust in a mentor rests on: ids, fingerprints of root keys, and the time to judge expiry by.

A fingerprint is taken over key material and threshold, never over key ids: ids are free strings that a forger may
copy. Pure: values in, values out.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from semai.errors import InvalidInput, TrustRefused

INDEX_TARGET = "index.json.gz"  # the only target that TUF signs
MAX_INDEX_BYTES = 64 * 1024 * 1024  # unpacked
SIGNED_AT = "x-semai-signed-at"  # field of timestamp.json: when the mentor signed, "2026-11-21T08:00:00Z"
SIGNING_VALIDITY = timedelta(days=400)  # of timestamp, snapshot and targets
ROOT_VALIDITY = timedelta(days=1100)
WARN_BEFORE_EXPIRY = timedelta(days=60)
MAX_STALE = timedelta(days=400)

GROUPS = 10  # of four hex digits: 160 of the 256 bits, what a letter prints
TYPED = 8  # digits a person types from the mentor's letter

_MENTOR_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_DURATION = re.compile(r"(\d{1,4})([dw])")
_TIME = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Stale:
    """How much expiry an official forgives, and why; it relaxes time only, never versions or keys."""

    length: timedelta
    reason: str


def check_mentor_id(text: str) -> str:
    """Return `text` when it may name a mentor (and its folder); raises InvalidInput (`mentor-id`)."""
    if len(text) > 40 or not _MENTOR_ID.fullmatch(text):
        raise InvalidInput(
            "mentor-id",
            "{mentor} cannot be a mentor's id: lower-case words joined by '-', at most 40 characters",
            hint="use the id in the mentor's letter, for example: batang",
            mentor=repr(text),
        )
    return text


def fingerprint_of(threshold: int, keys: Iterable[tuple[str, str, str]]) -> str:
    """Return the sha256 (64 hex digits) over the root role: threshold and its (keytype, scheme, public) triples."""
    material = [threshold, sorted(list(key) for key in keys)]
    return hashlib.sha256(json.dumps(material, separators=(",", ":")).encode()).hexdigest()


def groups(fingerprint: str, *, hide_typed: bool = False) -> str:
    """Return the fingerprint as a letter prints it: 10 groups of 4; `hide_typed` masks what the user must type."""
    shown = fingerprint[: GROUPS * 4]
    if hide_typed:
        shown = shown[:-TYPED] + "•" * TYPED
    return " ".join(shown[start : start + 4] for start in range(0, len(shown), 4))


def parse_fingerprint(text: str) -> str:
    """Return the hex digits of a written fingerprint: the 40 a letter prints, or all 64.

    Spaces, ':' and '-' are ignored. Raises InvalidInput (`fingerprint-form`).
    """
    digits = re.sub(r"[\s:-]", "", text).lower()
    if len(digits) not in (GROUPS * 4, 64) or re.search(r"[^0-9a-f]", digits):
        raise InvalidInput(
            "fingerprint-form",
            "a fingerprint is 40 or 64 hexadecimal digits; this one is {length} characters long",
            hint="copy it from the mentor's letter: 10 groups of 4",
            length=len(digits),
        )
    return digits


def fingerprint_matches(fingerprint: str, given: str) -> bool:
    """Tell whether `given` (from `parse_fingerprint`) is this fingerprint, or the part a letter prints."""
    return len(given) >= GROUPS * 4 and fingerprint.startswith(given)


def typed_matches(fingerprint: str, typed: str) -> bool:
    """Tell whether a person typed the last digits of the printed fingerprint."""
    return re.sub(r"[\s:-]", "", typed).lower() == fingerprint[: GROUPS * 4][-TYPED:]


def time_to_judge_by(now: datetime, seen: datetime | None) -> datetime:
    """Return the time expiry is judged by: never before the latest signing this machine has seen.

    A clock of 2015 would otherwise make every expired catalog valid again.
    """
    return now if seen is None else max(now, seen)


def signed_at(field: object, expires: datetime) -> datetime:
    """Return when a timestamp was signed: from its `SIGNED_AT` field, else its expiry less the usual validity.

    Raises ValueError when the field is no time or lies after the expiry.
    """
    if field is None:
        return expires - SIGNING_VALIDITY
    if not isinstance(field, str):
        raise ValueError(f"{SIGNED_AT} is not a time: {field!r}")
    moment = parse_time(field)
    if moment > expires:
        raise ValueError(f"{SIGNED_AT} {field} lies after the expiry {show_time(expires)}")
    return moment


def parse_time(text: str) -> datetime:
    """Return the moment of a text like "2026-11-21T08:00:00Z"; raises ValueError."""
    return datetime.strptime(text, _TIME).replace(tzinfo=timezone.utc)


def show_time(moment: datetime) -> str:
    """Return a moment as files and messages write it, in UTC, whole seconds."""
    return moment.astimezone(timezone.utc).strftime(_TIME)


def parse_stale(text: str, reason: str) -> Stale:
    """Read how much expiry to forgive, from "90d" or "6w"; raises InvalidInput (`stale-form`, `stale-reason`)."""
    match = _DURATION.fullmatch(text.strip())
    length = timedelta(days=int(match[1]) * (7 if match[2] == "w" else 1)) if match else timedelta(0)
    if not timedelta(0) < length <= MAX_STALE:
        raise InvalidInput(
            "stale-form",
            "--accept-stale takes days or weeks, up to {most} days, not {given}",
            hint="for example: --accept-stale 90d --reason 'USB copy of August'",
            most=MAX_STALE.days,
            given=repr(text),
        )
    if not reason.strip():
        raise InvalidInput(
            "stale-reason",
            "--accept-stale needs a reason, which is kept with the catalog",
            hint="for example: --accept-stale 90d --reason 'USB copy of August'",
        )
    return Stale(length, " ".join(reason.split()))


def check_distinct_keys(mentor: str, keys: Iterable[tuple[str, str, str]]) -> None:
    """Refuse a root that lists one key under several ids: it would meet the threshold alone."""
    listed = list(keys)
    if len(set(listed)) != len(listed):
        raise TrustRefused(
            "root-keys-repeated",
            "mentor {mentor}: root.json lists the same key more than once, so one person could sign for several",
            hint="tell the mentor; do not trust this catalog until a correct root is published",
            mentor=mentor,
            file="root.json",
        )


def fingerprint_needed(mentor: str) -> InvalidInput:
    """Return the error for a first trust that nobody can confirm."""
    return InvalidInput(
        "fingerprint-needed",
        "nobody is here to type the fingerprint of mentor {mentor}",
        hint="add --fingerprint with the 10 groups of 4 from the mentor's letter",
        mentor=mentor,
    )


def fingerprint_differs(mentor: str, url: str, fingerprints: Sequence[str], given: str | None) -> TrustRefused:
    """Return the error for a fingerprint that is not of the newest of the roots (whose `fingerprints` these are).

    The true fingerprint is not shown: whoever compares should look at the letter, not copy from the screen.
    """
    if given is not None and any(fingerprint_matches(earlier, given) for earlier in fingerprints[:-1]):
        return TrustRefused(
            "fingerprint-outdated",
            "that was the fingerprint of mentor {mentor} before it changed its root keys",
            hint="ask the mentor for its present letter",
            mentor=mentor,
            url=url,
        )
    return TrustRefused(
        "fingerprint-differs",
        "{url} is not signed by the keys in the letter of mentor {mentor}: the fingerprint differs",
        hint="compare the letter again; if it is right, this is not the mentor's catalog: tell the mentor",
        mentor=mentor,
        url=url,
    )


def key_differs(mentor: str, url: str) -> TrustRefused:
    """Return the error for an address whose roots do not lead on from the one trusted."""
    return TrustRefused(
        "mentor-key-differs",
        "{url} is signed by other keys than those of mentor {mentor} that you trust",
        hint="if the mentor really began anew: semai mentor remove {mentor}, then add it with its new letter",
        mentor=mentor,
        url=url,
    )


def other_mentor(mentor: str, found: str, file: str) -> TrustRefused:
    """Return the error for a catalog that belongs to another mentor than the one asked for."""
    return TrustRefused(
        "catalog-of-another-mentor",
        "{file} says this is the catalog of {found}, not of {mentor}",
        hint="use the id in the mentor's letter: semai mentor add {found} <address>",
        mentor=mentor,
        found="".join(letter for letter in found if letter.isprintable())[:40],
        file=file,
    )
