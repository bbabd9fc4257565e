"""Sample usulan, each walked to its state by the personas whose desk it passes."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal

from semai_kit import audit
from semai_kit.models import Account, FiscalYear

from ..models import PriorityTheme, Proposal, ProposalKind, WorkPlan, WorkPlanItem
from ..selectors import proposals as reading
from ..services import annual_plans, ranking, review, work_plans
from ..services import proposals as writing
from . import plans
from .people import PLANNER, People, content

ROAD = ("diajukan", "verifikasi_kecamatan", "verifikasi_opd", "verifikasi_bappeda", "diterima")
FIRST_DESKS = ((Proposal.Source.DISTRICT, "verifikasi_opd"), (Proposal.Source.AGENCY, "verifikasi_bappeda"))
REFUSED = ("ditunda", "ditolak")
COUNCIL_EVERY = 9
CORRECTED_EVERY = 4
RETURNED_DRAFTS = 2
FINISHED = (
    "masuk_rkpd",
    "masuk_rkpd",
    "masuk_apbd",
    "masuk_apbd",
    "masuk_apbd",
    "realisasi",
    "realisasi",
    "realisasi",
)
REALISED = "Pekerjaan selesai dan telah diserahterimakan kepada masyarakat."


class Writer:
    """Enters usulan one after the other, varying place, proposer and cost."""

    def __init__(self, people: People, year: FiscalYear) -> None:
        self.people = people
        self.year = year
        self.document = content("proposals.yml")
        self.kinds = {kind.code: kind for kind in ProposalKind.objects.all()}
        self.themes = {theme.code: theme for theme in PriorityTheme.objects.all()}
        self.entered = 0

    def enter(self, source: Proposal.Source | None = None) -> tuple[Proposal, str]:
        """The next draft and the sub kegiatan that suits it; by default a village's, now and then a pokir."""
        index = self.entered
        self.entered += 1
        subjects = self.document["subjects"]
        title, kind, theme, sub, volume, unit, millions = subjects[index % len(subjects)]
        council = index % COUNCIL_EVERY == COUNCIL_EVERY - 1
        source = source or (Proposal.Source.COUNCIL if council else Proposal.Source.MUSRENBANG)
        village = self.people.villages[(index * 2 + index // len(self.people.villages)) % len(self.people.villages)]
        place = self.document["places"][index % len(self.document["places"])]
        names = self.document["proposers_of"][str(source)]
        point = plans.point_near(village.code, index)
        cost = Decimal(millions) * (100 + index % 5 * 4) / 100
        details = writing.ProposalContent(
            title=f"{title}, {place[0].lower()}{place[1:]}",
            description="Diusulkan dalam musyawarah dan disepakati sebagai kebutuhan yang mendesak.",
            kind=self.kinds[kind],
            theme=self.themes[theme],
            village=village,
            rw=f"{index % 4 + 1:03d}",
            rt=f"{index % 6 + 1:03d}",
            location=place,
            latitude=point[0],
            longitude=point[1],
            volume=Decimal(volume),
            unit=unit,
            estimate=(cost * plans.MILLION).quantize(Decimal(1)),
            proposer=names[index % len(names)],
            agency=self.people.by_urusan[_urusan(sub)],
        )
        author = self._author(source, details)
        with audit.acting(author):
            return writing.create(author, self.year, source, details), sub

    def _author(self, source: str, details: writing.ProposalContent) -> Account:
        if source == Proposal.Source.COUNCIL:
            return self.people.dprd
        if source == Proposal.Source.DISTRICT:
            return self.people.by_district[details.village.district_id]
        if source == Proposal.Source.AGENCY:
            return self.people.by_agency[details.agency.pk]
        return self.people.desa if details.village.pk == self.people.villages[0].pk else self.people.bappeda


def enter_working_year(people: People, year: FiscalYear) -> None:
    """Usulan in every state up to Renja; most Renja approved, that of the persona `opd` still to be finished."""
    items = plans.enter_work_plans(people, year)
    writer = Writer(people, year)
    for state, count in content("proposals.yml")["states"].items():
        for position in range(count):
            proposal, sub = writer.enter()
            _walk(people, proposal, state, items[sub], position)
    for source, state in FIRST_DESKS:
        proposal, _sub = writer.enter(source)
        with audit.acting(proposal.created_by):
            review.move(proposal.created_by, proposal, state)
    _rank(people, year)
    for index, plan in enumerate(WorkPlan.objects.filter(fiscal_year=year).select_related("agency")):
        if people.by_agency[plan.agency_id].username == PLANNER:
            continue
        plans.submit(people, plan)
        if index:
            plans.approve(people, plan)
    with audit.acting(people.bappeda):
        annual_plans.open_annual_plan(people.bappeda, year)


def enter_finished_year(people: People, year: FiscalYear) -> None:
    """The year before: its RKPD is enacted, some usulan reached the budget, some are built."""
    items = plans.enter_work_plans(people, year)
    writer = Writer(people, year)
    entered = []
    for state in FINISHED:
        proposal, sub = writer.enter()
        entered.append((_walk(people, proposal, "masuk_renja", items[sub], 0), state))
    for plan in WorkPlan.objects.filter(fiscal_year=year):
        plans.submit(people, plan)
        plans.approve(people, plan)
    decree = f"Peraturan Kepala Daerah Nomor 24 Tahun {year.year - 1} (contoh)"
    plans.enact(people, year, annual_plans.Enactment(decree, datetime.date(year.year - 1, 6, 30)))
    for proposal, state in entered:
        _follow_up(people, proposal, state)


def _walk(people: People, proposal: Proposal, state: str, item: WorkPlanItem, position: int) -> Proposal:
    for target, reason in _route(state, position):
        account = _who(people, proposal, target)
        with audit.acting(account):
            if target == "verifikasi_bappeda" and proposal.pk % CORRECTED_EVERY == 0:
                lower = proposal.estimate * 95 / 100
                proposal = writing.correct(account, proposal, writing.Correction(proposal.agency, lower))
            if target == "masuk_renja":
                proposal = work_plans.take_proposal(account, item, proposal)
            else:
                proposal = review.move(account, proposal, target, reason)
    return proposal


def _route(state: str, position: int) -> Iterator[tuple[str, str]]:
    """Steps from draf to `state`, each with its reason where one is due."""
    reasons = content("proposals.yml")["reasons"]
    if state == "draf":
        if position < RETURNED_DRAFTS:
            yield from (("diajukan", ""), ("draf", reasons["draf"][0]))
    elif state in REFUSED:
        desk = 3 if position % 2 else 4
        yield from ((step, "") for step in ROAD[:desk])
        yield state, reasons[state][position % len(reasons[state])]
    elif state == "masuk_renja":
        yield from ((step, "") for step in (*ROAD, state))
    else:
        yield from ((step, "") for step in ROAD[: ROAD.index(state) + 1])


def _who(people: People, proposal: Proposal, target: str) -> Account:
    """The persona at whose desk the usulan lies before this step."""
    if target == "diajukan":
        return proposal.created_by
    if proposal.state in ("diajukan", "verifikasi_kecamatan"):
        return people.by_district[proposal.district_id]
    if proposal.state == "verifikasi_opd" or target == "masuk_renja":
        return people.by_agency[proposal.agency_id]
    return people.bappeda


def _follow_up(people: People, proposal: Proposal, state: str) -> None:
    if state == "masuk_rkpd":
        return
    with audit.acting(people.bappeda):
        proposal = review.move(people.bappeda, proposal, "masuk_apbd")
    if state == "realisasi":
        planner = people.by_agency[proposal.agency_id]
        with audit.acting(planner):
            review.move(planner, proposal, "realisasi", REALISED)


def _rank(people: People, year: FiscalYear) -> None:
    """Rank lists as they stand now, cheapest first."""
    for village in people.villages:
        keys = _cheapest_first(reading.village_ranking(year, village))
        author = people.desa if village == people.villages[0] else None
        if author and keys:
            with audit.acting(author):
                ranking.rank_village(author, year, village, keys)
    for district in dict.fromkeys(village.district for village in people.villages):
        keys = _cheapest_first(reading.district_ranking(year, district))
        account = people.by_district[district.pk]
        if keys:
            with audit.acting(account):
                ranking.rank_district(account, year, district, keys)


def _cheapest_first(keys: list[int]) -> list[int]:
    return [proposal.pk for proposal in sorted(reading.in_order(keys), key=lambda proposal: proposal.estimate)]


def _urusan(sub: str) -> str:
    return ".".join(sub.split(".")[:2])
