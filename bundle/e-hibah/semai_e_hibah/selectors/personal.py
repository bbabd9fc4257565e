"""Personal data as facts for a page: masked for everyone who may read the application, in clear after revealing."""

from __future__ import annotations

from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from .. import masking
from ..models import Applicant


def masked(applicant: Applicant) -> list[tuple[str, Any]]:
    """What desks see without opening personal data: who, but no identifiers."""
    return [
        (_("Pemohon"), applicant.name),
        (_("Bentuk"), _(applicant.form.title)),
        (_("Penanggung jawab"), masking.name(applicant.person_name)),
        ("NIK", masking.nik(applicant.nik)),
        ("NPWP", masking.npwp(applicant.npwp) or "—"),
        (_("Akta/terdaftar"), masking.hidden(applicant.deed_number) or "—"),
        (_("Telepon"), masking.phone(applicant.phone)),
        (_("Rekening"), f"{applicant.bank_name} {masking.bank_account(applicant.bank_account)}"),
    ]


def clear(applicant: Applicant) -> list[tuple[str, Any]]:
    """Everything; only for pages behind services.personal.reveal."""
    registered = date_format(applicant.registered_on, "j F Y") if applicant.registered_on else "—"
    return [
        (_("Pemohon"), applicant.name),
        (_("Bentuk"), _(applicant.form.title)),
        (_("Penanggung jawab"), applicant.person_name),
        ("NIK", applicant.nik),
        ("NPWP", applicant.npwp or "—"),
        (_("Akta/terdaftar"), f"{applicant.deed_number or '—'}, {registered}"),
        (_("Alamat"), applicant.address),
        (_("Telepon"), applicant.phone),
        (_("Surel"), applicant.email or "—"),
        (_("Rekening"), f"{applicant.bank_name} {applicant.bank_account} a.n. {applicant.bank_holder}"),
    ]
