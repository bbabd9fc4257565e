"""How personal data looks to those who may not see it: enough to recognise, too little to use."""

from __future__ import annotations

from lokal import detect_pii, partial_mask

IDENTIFIERS = ("NIK", "KK", "NPWP", "PHONE", "BANK_ACCOUNT", "EMAIL", "CARD")


def name(value: str) -> str:
    return partial_mask("NAME", value) if value.strip() else ""


def nik(value: str) -> str:
    """Only the region that issued it: the date of birth and the serial are hidden."""
    return f"{value[:4]}************" if value else ""


def npwp(value: str) -> str:
    """An NPWP may be a NIK, so no more of it shows."""
    return f"{value[:2]}**************" if value else ""


def bank_account(value: str) -> str:
    return f"{'*' * 6}{value[-3:]}" if value else ""


def phone(value: str) -> str:
    return f"{value[:4]}{'*' * 5}{value[-2:]}" if value else ""


def email(value: str) -> str:
    return f"{value[:1]}***@***" if value else ""


def hidden(value: str) -> str:
    """For what has no recognisable part: addresses, deeds."""
    return "••••••" if value else ""


def identifiers_in(text: str) -> list[str]:
    """Kinds of identifiers a free text contains (NIK, NPWP, telephone …), for refusing them in public texts."""
    return sorted({match.type for match in detect_pii(text, types=IDENTIFIERS)})
