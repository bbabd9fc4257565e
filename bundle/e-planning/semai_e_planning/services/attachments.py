"""Photos and documents of usulan."""

from __future__ import annotations

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _
from semai_kit import attachments
from semai_kit.models import Account, Attachment

from ..errors import RuleBroken
from ..models import Proposal
from . import gates
from .proposals import CORRECTING, DRAFT, lock, permission_to_write

LIMIT = 10


@transaction.atomic
def attach_to_proposal(account: Account, proposal: Proposal, upload: UploadedFile) -> Attachment:
    """The proposer attaches to a draft, the verifier while the usulan is at their desk."""
    locked = lock(proposal)
    permission = permission_to_write(locked) if locked.state == DRAFT else CORRECTING.get(locked.state)
    if permission is None:
        raise RuleBroken(
            _("Lampiran tidak dapat ditambah pada usulan berstatus “{state_title}”.").format(
                state_title=_(locked.state_title)
            )
        )
    gates.require(account, permission, locked.permission_place(), locked.fiscal_year)
    if attachments.of(locked).count() >= LIMIT:
        raise RuleBroken(_("Paling banyak {limit} lampiran per usulan.").format(limit=LIMIT))
    return attachments.attach(locked, upload, account)
