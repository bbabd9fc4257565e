"""Writing usulan: enter, change, correct during verification, withdraw a draft, carry over to the next year."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from semai_kit import roles
from semai_kit.models import Account, Agency, FiscalYear, Village
from semai_kit.region import read_region
from semai_kit.roles import Place

from .. import geography
from ..errors import RuleBroken
from ..models import PriorityTheme, Proposal, ProposalKind
from . import gates

DRAFT = "draf"
CARRIED_STATES = ("ditunda",)
CORRECTING = {
    "verifikasi_kecamatan": "proposal.verify_district",
    "verifikasi_opd": "proposal.verify_agency",
    "verifikasi_bappeda": "proposal.verify_region",
}
WRITING = {
    Proposal.Source.MUSRENBANG: "proposal.write",
    Proposal.Source.DISTRICT: "proposal.write_district",
    Proposal.Source.AGENCY: "proposal.write_agency",
    Proposal.Source.COUNCIL: "proposal.write_council",
}


@dataclass(frozen=True)
class ProposalContent:
    """What the proposer fills in. `estimate` is in rupiah."""

    title: str
    description: str
    kind: ProposalKind
    theme: PriorityTheme
    village: Village
    rw: str
    rt: str
    location: str
    latitude: Decimal | None
    longitude: Decimal | None
    volume: Decimal
    unit: str
    estimate: Decimal
    proposer: str
    agency: Agency


@dataclass(frozen=True)
class Correction:
    """What a verifier may set right; the proposer's own figures stay."""

    agency: Agency
    verified_estimate: Decimal | None


@transaction.atomic
def create(account: Account, year: FiscalYear, source: str, content: ProposalContent) -> Proposal:
    """Enter a draft."""
    gates.require(
        account, WRITING[Proposal.Source(source)], place_of(source, content.village, content.agency), year
    )
    _require_inside(content)
    proposal = Proposal(fiscal_year=year, source=source, created_by=account)
    _fill(proposal, content)
    proposal.save()
    return proposal


@transaction.atomic
def update(account: Account, proposal: Proposal, content: ProposalContent) -> Proposal:
    """Change a draft; it may move to another village or OPD only where the account may write as well."""
    locked = _own_draft(account, proposal)
    gates.require(
        account,
        permission_to_write(locked),
        place_of(locked.source, content.village, content.agency),
        locked.fiscal_year,
    )
    _require_inside(content)
    if locked.village_id != content.village.pk:
        _refuse_renumbering(locked)
        locked.rank_village = locked.rank_district = None
    _fill(locked, content)
    locked.save()
    return locked


@transaction.atomic
def delete_draft(account: Account, proposal: Proposal) -> None:
    """Withdraw a draft that was never submitted; the audit trail keeps what it said."""
    locked = _own_draft(account, proposal)
    if locked.number:
        raise RuleBroken(
            _(
                "Usulan {number} sudah pernah diajukan dan terdaftar, jadi tidak dapat dihapus. "
                "Perbaiki lalu ajukan kembali."
            ).format(number=locked.number)
        )
    locked.delete()


@transaction.atomic
def correct(account: Account, proposal: Proposal, correction: Correction) -> Proposal:
    """Set the destination OPD and the verified estimate while the proposal is at the account's desk."""
    locked = lock(proposal)
    permission = CORRECTING.get(locked.state)
    if permission is None:
        raise RuleBroken(
            _("Koreksi hanya bisa selama verifikasi; usulan ini berstatus “{state_title}”.").format(
                state_title=_(locked.state_title)
            )
        )
    gates.require(account, permission, locked.permission_place(), locked.fiscal_year)
    if not correction.agency.is_current:
        raise RuleBroken(
            _("{agency} sudah tidak berlaku; pilih OPD penggantinya.").format(agency=correction.agency)
        )
    locked.agency = correction.agency
    locked.verified_estimate = correction.verified_estimate
    locked.save(update_fields=["agency", "verified_estimate", "updated_at"])
    return locked


@transaction.atomic
def carry_over(account: Account, proposal: Proposal, year: FiscalYear) -> Proposal:
    """Propose a postponed usulan again in a later year, as a new draft that knows where it came from."""
    locked = lock(proposal)
    gates.require(account, permission_to_write(locked), locked.permission_place(), year)
    if locked.state not in CARRIED_STATES:
        raise RuleBroken(
            _("Hanya usulan yang ditunda dapat diusulkan lagi; ini “{state_title}”.").format(
                state_title=_(locked.state_title)
            )
        )
    if year.year <= locked.fiscal_year.year:
        raise RuleBroken(_("Pilih tahun setelah {fiscal_year}.").format(fiscal_year=locked.fiscal_year))
    if Proposal.objects.filter(carried_from=locked).exists():
        raise RuleBroken(_("Usulan ini sudah diusulkan lagi."))
    again = Proposal(fiscal_year=year, source=locked.source, created_by=account, carried_from=locked)
    _fill(again, content_of(locked))
    again.save()
    return again


def permission_to_write(proposal: Proposal) -> str:
    """Every source of usulan is written under a permission of its own."""
    return WRITING[Proposal.Source(proposal.source)]


def writing_sources(account: Account) -> list[Proposal.Source]:
    """Sources the account may enter, in the order in which forms and sheets offer them."""
    return [source for source, permission in WRITING.items() if roles.allowed_anywhere(account, permission)]


def place_of(source: str, village: Village, agency: Agency | None) -> Place:
    """Where an account must be at home to write this: an OPD proposes what it carries out itself, anywhere."""
    if source == Proposal.Source.AGENCY:
        return Place(agency=agency)
    return Place(district=village.district, village=village)


def check(content: ProposalContent, year: FiscalYear, source: str) -> None:
    """Raise ValidationError when the content could not be stored; nothing is written."""
    _require_inside(content)
    _fill(Proposal(fiscal_year=year, source=source), content)


def content_of(proposal: Proposal) -> ProposalContent:
    """The proposer's part of a stored proposal."""
    names = ProposalContent.__dataclass_fields__
    return ProposalContent(**{name: getattr(proposal, name) for name in names})


def lock(proposal: Proposal) -> Proposal:
    """The row as it is now, locked until the end of the transaction."""
    related = ("fiscal_year", "agency", "district", "village__district")
    return Proposal.objects.select_for_update(of=("self",)).select_related(*related).get(pk=proposal.pk)


def _own_draft(account: Account, proposal: Proposal) -> Proposal:
    locked = lock(proposal)
    permission = permission_to_write(locked)
    gates.require(account, permission, locked.permission_place(), locked.fiscal_year)
    if locked.state != DRAFT:
        raise RuleBroken(
            _("Hanya draf yang dapat diubah; usulan ini berstatus “{state_title}”.").format(
                state_title=_(locked.state_title)
            )
        )
    return locked


def _refuse_renumbering(proposal: Proposal) -> None:
    if proposal.number:
        raise RuleBroken(
            _(
                "Desa usulan {number} tidak dapat diganti karena nomornya sudah terdaftar atas nama {village}."
            ).format(number=proposal.number, village=proposal.village)
        )


def _fill(proposal: Proposal, content: ProposalContent) -> None:
    for name in ProposalContent.__dataclass_fields__:
        setattr(proposal, name, getattr(content, name))
    proposal.district = content.village.district
    proposal.full_clean(exclude=["fiscal_year", "carried_from", "state"])


def _require_inside(content: ProposalContent) -> None:
    """Raise ValidationError for a point outside the region's bounds."""
    latitude, longitude = content.latitude, content.longitude
    if latitude is None or longitude is None:
        return
    region = read_region(settings.SEMAI.region_file)
    bounds = geography.bounds_of(region)
    if not bounds.hold(float(latitude), float(longitude)):
        message = _(
            "Titik {latitude}, {longitude} di luar {region}: lintang {south:g} sampai "
            "{north:g}, bujur {west:g} sampai {east:g}. Periksa tanda minus, dan apakah "
            "keduanya tertukar."
        ).format(
            latitude=latitude,
            longitude=longitude,
            region=region.name,
            south=bounds.south,
            north=bounds.north,
            west=bounds.west,
            east=bounds.east,
        )
        raise ValidationError({"latitude": message})
