"""The cash plan of a DPA: twelve months per sub kegiatan that always sum to its budget."""

from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _
from semai_kit import audit
from semai_kit.models import Account
from semai_kit.money import rupiah
from semai_kit.refusals import Refused
from semai_kit.roles import require

from ..cash_plan import MONTHS, carried, spread
from ..models import CashMonth, DpaVersion, RkaVersionItem
from ..rules import to_rupiah
from .rounds import locked_rka


def plan_months(dpa: DpaVersion, before: DpaVersion | None, first: int) -> None:
    """Twelve months for every sub kegiatan with money, from the plan of the version before where there is one."""
    known: dict[str, list[Decimal]] = {}
    if before is not None:
        for row in before.cash_months.select_related("item").order_by("month"):
            known.setdefault(row.item.sub_activity_code, []).append(row.amount)
    rows = []
    for item in dpa.rka_version.items.all():
        old = known.get(item.sub_activity_code)
        if not item.total and old is None:
            continue
        months = carried(old, item.total, first) if old else spread(item.total, first if before else 1)
        rows += [CashMonth(dpa=dpa, item=item, month=n, amount=amount) for n, amount in enumerate(months, 1)]
    audit.bulk_create(rows)


@transaction.atomic
def set_months(dpa_id: int, item_id: int, months: Sequence[Decimal], account: Account) -> None:
    """Write the twelve months of one sub kegiatan; refused unless they sum to its budget."""
    dpa = DpaVersion.objects.get(pk=dpa_id)
    rka = locked_rka(dpa.rka_id)
    require(account, "cash.edit", agency=rka.agency)
    if rka.dpas.filter(number__gt=dpa.number).exists():
        raise Refused(_("DPA ini sudah digantikan; ubah anggaran kas pada DPA yang berlaku."))
    item = RkaVersionItem.objects.filter(pk=item_id, version_id=dpa.rka_version_id).first()
    if item is None or len(months) != len(MONTHS):
        raise Refused(_("Isi dua belas bulan untuk sub kegiatan DPA ini."))
    if any(month < 0 or month != to_rupiah(month) for month in months):
        raise Refused(_("Jumlah tiap bulan dalam rupiah bulat dan tidak kurang dari nol."))
    planned = sum(months, Decimal(0))
    if planned != item.total:
        raise Refused(
            _("Jumlah dua belas bulan {planned} harus sama dengan anggaran {total} (selisih {difference}).").format(
                planned=rupiah(planned), total=rupiah(item.total), difference=rupiah(planned - item.total)
            )
        )
    for row in CashMonth.objects.filter(item=item):
        if row.amount != months[row.month - 1]:
            row.amount = months[row.month - 1]
            row.save()
