"""A pergeseran or Perubahan of one OPD: open it from the newest DPA, or drop it and bring the lines back."""

from django.db import transaction
from django.utils.translation import gettext as _
from semai_kit import notifications
from semai_kit.models import Account
from semai_kit.refusals import Refused
from semai_kit.roles import Place, holders, require
from semai_kit.workflow import transition
from semai_kit.years import require_open

from ..models import CodePack, FundingSource, PackCode, PlanItem, Rka, RkaLine, RkaVersion, Round
from ..shifts import round_kinds
from .flow import COPIED
from .limits import open_round
from .states import EDITABLE, LOCKED, REOPENED

MANAGE = "budget.round"


def locked_rka(rka_id: int) -> Rka:
    """Row lock on the RKA, in an open year; taken first, as every write does."""
    rka = Rka.objects.select_for_update(of=("self",)).select_related("agency", "fiscal_year").get(pk=rka_id)
    require_open(rka.fiscal_year)
    return rka


@transaction.atomic
def open_for_round(rka_id: int, kind_id: str, reason: str, account: Account) -> Round:
    """The lines of a locked RKA may be edited again; the DPA in force stays in force meanwhile."""
    rka = locked_rka(rka_id)
    require(account, MANAGE, agency=rka.agency)
    kind = round_kinds().get(kind_id)
    if kind is None:
        raise Refused(_("Pilih jenis pergeseran."))
    base = rka.dpas.order_by("-number").first()
    if base is None:
        raise Refused(_("DPA OPD ini belum terbit, jadi belum ada yang digeser."))
    if rka.state != LOCKED or open_round(rka) is not None:
        raise Refused(_("Pergeseran OPD ini masih berjalan. Selesaikan atau batalkan dahulu."))
    transition(rka, REOPENED, account, reason)
    opened = Round.objects.create(
        fiscal_year=rka.fiscal_year,
        created_by=account,
        rka=rka,
        number=rka.rounds.count() + 1,
        kind=kind.id,
        reason=reason.strip(),
        base=base,
    )
    planners = holders("budget.edit", Place(agency=rka.agency))
    notifications.notify(planners, f"{kind.title}: {rka}", f"/rka/{rka.pk}/", body=reason.strip())
    return opened


@transaction.atomic
def drop_round(rka_id: int, reason: str, account: Account) -> Round:
    """Give the open round up: the lines become again what the DPA in force says."""
    rka = locked_rka(rka_id)
    require(account, MANAGE, agency=rka.agency)
    opened = open_round(rka)
    if opened is None:
        raise Refused(_("Tidak ada pergeseran yang sedang berjalan."))
    if rka.state not in EDITABLE:
        raise Refused(_("RKA sedang diperiksa. Pergeseran dapat dibatalkan sesudah dikembalikan ke OPD."))
    transition(rka, LOCKED, account, reason)
    restore_lines(rka, opened.base.rka_version)
    opened.outcome = Round.Outcome.DROPPED
    opened.save()
    return opened


def restore_lines(rka: Rka, version: RkaVersion) -> None:
    """Working lines as they stood in the version, with their identities, so that versions go on comparing."""
    wanted = {row.line_id: row for row in version.lines.all()}
    present = {line.pk: line for line in RkaLine.objects.filter(rka=rka).select_related("account")}
    for pk, line in present.items():
        if pk not in wanted:
            line.delete()
    items = {
        item.sub_activity_code: item
        for item in PlanItem.objects.filter(fiscal_year_id=rka.fiscal_year_id, agency_id=rka.agency_id)
    }
    accounts = _accounts_of(version, rka.fiscal_year.year)
    sources = {source.code: source for source in FundingSource.objects.all()}
    for pk, row in wanted.items():
        line = present.get(pk) or RkaLine(pk=pk, rka=rka)
        line.item, line.funding = items[row.sub_activity_code], sources[row.funding_code]
        if line.account_id is None or line.account.code != row.account_code:
            line.account = accounts[row.account_code]
        for name in COPIED:
            setattr(line, name, getattr(row, name))
        line.save()


def _accounts_of(version: RkaVersion, year: int) -> dict[str, PackCode]:
    """The codes of the version in the packs of the year; where two packs know a code, the newest in force."""
    codes = PackCode.objects.filter(
        code__in=version.lines.values("account_code"),
        postable=True,
        pack__kind=CodePack.Kind.ACCOUNT,
        pack__valid_from_year__lte=year,
    ).select_related("pack")
    return {code.code: code for code in sorted(codes, key=lambda code: (code.pack.valid_from_year, code.pk))}
