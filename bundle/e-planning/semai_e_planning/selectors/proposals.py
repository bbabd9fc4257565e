"""Which usulan an account sees, which wait for it, and what it may do with one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext_lazy as lazy
from semai_kit import roles, workflow
from semai_kit.models import Account, Agency, District, FiscalYear, Village
from semai_kit.workflow import Transition

from ..models import Proposal
from ..services.gates import is_open
from ..services.proposals import CORRECTING, DRAFT, WRITING, permission_to_write, writing_sources
from ..services.ranking import ranked_by_district, ranked_by_village
from ..services.review import ELSEWHERE

VIEW = "proposal.view"
RELATED = ("fiscal_year", "agency", "district", "village__district", "kind", "theme")
# Databases disagree where empty ranks belong: last.
PLACES = {"district": "district", "village": "village"}
RANKED = ("title", "source", "state", "estimate", "verified_estimate", "rank_village", "village__name")
BY_RANK = (F("rank_district").asc(nulls_last=True), F("rank_village").asc(nulls_last=True), "pk")


@dataclass(frozen=True)
class Desk:
    """A pile of usulan in one state that waits for the holders of one permission."""

    state: str
    permission: str
    title: str

    @property
    def short_title(self) -> str:
        return Proposal.workflow().state(self.state).title


DESKS = (
    Desk(DRAFT, "proposal.submit", lazy("Draf untuk dilengkapi dan diajukan")),
    Desk("diajukan", "proposal.verify_district", lazy("Usulan baru untuk diverifikasi kecamatan")),
    Desk("verifikasi_kecamatan", "proposal.verify_district", lazy("Verifikasi kecamatan belum selesai")),
    Desk("verifikasi_opd", "proposal.verify_agency", lazy("Menunggu verifikasi OPD")),
    Desk("verifikasi_bappeda", "proposal.verify_region", lazy("Menunggu keputusan Bappeda")),
    Desk("diterima", "work_plan.edit", lazy("Diterima, belum masuk Renja")),
    Desk("masuk_rkpd", "proposal.follow_up", lazy("Masuk RKPD, belum ditandai masuk APBD")),
    Desk("masuk_apbd", "proposal.realise", lazy("Masuk APBD, belum ditandai terealisasi")),
)


@dataclass(frozen=True)
class DeskCount:
    desk: Desk
    count: int


def visible(account: Account, year: FiscalYear | None = None) -> QuerySet[Proposal]:
    """Usulan the account may read. Drafts show only to those who may write them, or who see the whole region."""
    scope = roles.scope_of(account, VIEW)
    rows = scope.filter(_rows(year), agency="agency", district="district", village="village")
    if scope.everything:
        return rows
    return rows.filter(~Q(state=DRAFT) | _writable(account))


def readable(account: Account, key: int) -> Proposal | None:
    return visible(account).filter(pk=key).first()


def at_desk(account: Account, year: FiscalYear, desk: Desk) -> QuerySet[Proposal]:
    """Usulan of a desk that this account may move on."""
    scope = roles.scope_of(account, desk.permission)
    rows = scope.filter(
        _rows(year).filter(state=desk.state), agency="agency", district="district", village="village"
    )
    if desk.state != DRAFT:
        return rows
    # An account that may write everywhere is not the one every village's draft waits for.
    return rows.filter(created_by=account) if scope.everything else rows.filter(_writable(account))


def desk_counts(account: Account, year: FiscalYear) -> list[DeskCount]:
    """Every desk the account serves with the number of usulan on it, in the order of the workflow."""
    served = [desk for desk in DESKS if roles.allowed_anywhere(account, desk.permission)]
    return [DeskCount(desk, at_desk(account, year, desk).order_by().count()) for desk in served]


def desk_for(account: Account, state: str) -> Desk | None:
    for desk in DESKS:
        if desk.state == state and roles.allowed_anywhere(account, desk.permission):
            return desk
    return None


def state_counts(account: Account, year: FiscalYear) -> dict[str, int]:
    """State id -> number of visible usulan, in the order of the workflow, zeros included."""
    found = dict(visible(account, year).order_by().values_list("state").annotate(Count("pk")))
    return {state: found.get(state, 0) for state in Proposal.workflow().states}


def moves(account: Account, proposal: Proposal) -> list[Transition]:
    """Steps to offer as buttons now: allowed, in an open stage, and not belonging to a Renja or RKPD page."""
    steps = [
        step
        for step in workflow.available(proposal, account)
        if (step.origin, step.to) not in ELSEWHERE and is_open(proposal.fiscal_year, step.permission)
    ]
    if proposal.state == DRAFT and not may_edit(account, proposal):
        return []
    return steps


def bulk_moves(account: Account, year: FiscalYear, desk: Desk) -> list[Transition]:
    """Steps that may be taken for many usulan of a desk at once: those of the sources that lie on it."""
    sources = set(at_desk(account, year, desk).order_by().values_list("source", flat=True).distinct())
    return [
        step
        for step in Proposal.workflow().leaving(desk.state)
        if step.permission == desk.permission
        and (step.origin, step.to) not in ELSEWHERE
        and any(step.serves(source) for source in sources)
    ]


def may_edit(account: Account, proposal: Proposal) -> bool:
    permission = permission_to_write(proposal)
    return (
        proposal.state == DRAFT
        and roles.allowed_at(account, permission, proposal.permission_place())
        and is_open(proposal.fiscal_year, permission)
    )


def may_correct(account: Account, proposal: Proposal) -> bool:
    permission = CORRECTING.get(proposal.state)
    return (
        permission is not None
        and roles.allowed_at(account, permission, proposal.permission_place())
        and is_open(proposal.fiscal_year, permission)
    )


def closed_reason(account: Account, proposal: Proposal) -> bool:
    """Would the account have a step to take here if only the stage were open?"""
    steps = [s for s in workflow.available(proposal, account) if (s.origin, s.to) not in ELSEWHERE]
    return bool(steps) and not any(is_open(proposal.fiscal_year, s.permission) for s in steps)


def village_ranking(year: FiscalYear, village: Village) -> list[int]:
    """Keys of the usulan a village may still order: ranked ones first."""
    rows = ranked_by_village(year, village).order_by(F("rank_village").asc(nulls_last=True), "pk")
    return list(rows.values_list("pk", flat=True))


def district_ranking(year: FiscalYear, district: District) -> list[int]:
    """Keys of the usulan a kecamatan may still order: ranked ones first, then by the rank of the village."""
    return list(ranked_by_district(year, district).order_by(*BY_RANK).values_list("pk", flat=True))


def in_order(keys: Sequence[int]) -> list[Proposal]:
    """These usulan as a ranking shows them."""
    rows = Proposal.objects.filter(pk__in=keys).select_related("village").only(*RANKED).in_bulk()
    return [rows[key] for key in keys if key in rows]


def writable_villages(account: Account) -> QuerySet[Village]:
    """Villages the account may enter usulan about; an OPD proposes for any."""
    rows = Village.objects.current().select_related("district").order_by("district__name", "name")
    condition = Q(pk__in=[])
    for source in writing_sources(account):
        scope = roles.scope_of(account, WRITING[source])
        if scope.everything or source == Proposal.Source.AGENCY:
            return rows
        condition |= scope.q(district="district", village="pk")
    return rows.filter(condition)


def offered_agencies(account: Account, sources: Collection[str]) -> QuerySet[Agency]:
    """OPD an usulan of these sources may name: an OPD's own names itself, the others any."""
    rows = Agency.objects.current()
    if set(sources) != {Proposal.Source.AGENCY}:
        return rows
    return roles.scope_of(account, WRITING[Proposal.Source.AGENCY]).filter(rows, agency="pk")


def _rows(year: FiscalYear | None) -> QuerySet[Proposal]:
    rows = Proposal.objects.select_related(*RELATED)
    return rows if year is None else rows.filter(fiscal_year=year)


def _writable(account: Account) -> Q:
    condition = Q(pk__in=[])
    for source, permission in WRITING.items():
        scope = roles.scope_of(account, permission)
        lookups = {"agency": "agency"} if source == Proposal.Source.AGENCY else PLACES
        condition |= Q(source=source) & scope.q(**lookups)
    return condition
