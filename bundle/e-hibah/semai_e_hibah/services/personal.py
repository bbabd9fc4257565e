"""Opening personal data: by permission, one application at a time, and every time noted in the audit trail."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _
from semai_kit import audit, roles
from semai_kit.models import Account

from ..errors import RuleBroken
from ..models import Applicant, Application

REVEAL = "person.reveal"


@transaction.atomic
def reveal(account: Account, application: Application, purpose: str) -> Applicant:
    """The applicant in clear; `purpose` says what for and stays in the trail."""
    roles.require_at(account, REVEAL, application.permission_place())
    if not purpose.strip():
        raise RuleBroken(_("Isi keperluan membuka data pribadi."))
    audit.note(application, "membuka data pribadi", purpose.strip()[:200])
    return Applicant.objects.get(application=application)
