"""Checks of what identifies an applicant, by lokal-id: NIK, NPWP, telephone, bank account. Pure: text in, text out.

Each function returns the digits to keep or raises ValueError with an Indonesian sentence.
"""

from __future__ import annotations

import datetime
import re

from django.utils.translation import gettext as _
from lokal import normalize_phone, parse_nik, parse_npwp

NOT_DIGITS = re.compile(r"[\s.\-]")
SPACES = re.compile(r"[^a-z0-9]+")
MATURE_YEARS = 17


def nik(text: str, today: datetime.date) -> str:
    """16 digits whose structure is that of a NIK, of somebody old enough to hold an identity card."""
    info = parse_nik(text, reference_date=today)
    if not info.valid or info.nik is None:
        raise ValueError(" ".join(issue.message for issue in info.errors))
    born = datetime.date.fromisoformat(info.birth_date or "")
    if born.replace(year=born.year, day=min(born.day, 28)) > today.replace(
        year=today.year - MATURE_YEARS, day=min(today.day, 28)
    ):
        raise ValueError(_("Menurut NIK ini, pemiliknya belum berumur 17 tahun."))
    return info.nik


def npwp(text: str) -> str:
    """The 16-digit form of an NPWP written in any usual way."""
    info = parse_npwp(text)
    if not info.valid or info.npwp16 is None:
        raise ValueError(" ".join(issue.message for issue in info.errors))
    return info.npwp16


def phone(text: str) -> str:
    """`+62…`, from any usual way of writing."""
    number = normalize_phone(text)
    if number is None:
        raise ValueError(_("Nomor telepon tidak dikenali. Contoh: 0812-3456-7890."))
    return number


def bank_account(text: str) -> str:
    """8 to 18 digits that are not all the same; banks differ too much to check more."""
    digits = NOT_DIGITS.sub("", text)
    if not digits.isascii() or not digits.isdigit() or not 8 <= len(digits) <= 18:
        raise ValueError(_("Nomor rekening terdiri dari 8 sampai 18 angka."))
    if len(set(digits)) == 1:
        raise ValueError(_("Nomor rekening ini bukan nomor yang sah."))
    return digits


def key(*, is_person: bool, person_nik: str, npwp16: str, deed: str) -> str:
    """What makes two applications the same applicant's: an organisation's NPWP, else its deed; a person's NIK."""
    if is_person:
        return f"nik:{person_nik}"
    if npwp16:
        return f"npwp:{npwp16}"
    return f"deed:{SPACES.sub('-', deed.lower()).strip('-')}"
