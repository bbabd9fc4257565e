"""Fictitious content after the lock: an agreed KUA-PPAS, an APBD whose other DPA follow, and one pergeseran."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from semai_kit import audit
from semai_kit.models import Account, FiscalYear

from ..models import Decree, PackCode, Rka, RkaLine
from .ceilings import agree, create_document
from .decrees import DecreeEntry, register_decree
from .flow import move_rka
from .lines import PLAIN_FIELDS, LineEntry, add_line, change_line
from .rounds import open_for_round

SUPPLIES, PAPER = "5.1.02.01.", "5.1.02.01.01.0025"
GRANTS = ("5.1.05.", "5.1.06.")


def agree_ceilings(year: FiscalYear, desk: Account) -> None:
    """Ceilings as high as the pagu that planning gave."""
    with audit.acting(desk):
        document = create_document(year, "murni", "Contoh", desk)
        agree(document.pk, f"910/CONTOH/{year.year - 1}", date(year.year - 1, 8, 12), desk)


def agree_and_shift(rka: Rka, planner: Account, verifier: Account, team: Account, desk: Account) -> None:
    year = rka.fiscal_year
    decree = DecreeEntry(
        Decree.Kind.BUDGET, f"Perda Contoh {year.year - 1}", date(year.year - 1, 12, 18), "Contoh", partial=True
    )
    with audit.acting(desk):
        register_decree(year, decree, desk)
    line = _divisible(rka)
    if line is None:
        return
    with audit.acting(desk):
        open_for_round(rka.pk, "rincian", "Sebagian dipindahkan ke kebutuhan yang lebih mendesak.", desk)
    with audit.acting(planner):
        _move_half(rka, line, planner)
    for to, who in (("dikirim", planner), ("asistensi", verifier), ("tapd", verifier), ("kunci", team)):
        with audit.acting(who):
            move_rka(rka.pk, to, who)
    shift = DecreeEntry(Decree.Kind.SHIFT, f"Perkada Contoh {year.year}", date(year.year, 4, 10), "Contoh")
    with audit.acting(desk):
        register_decree(year, shift, desk)


def _divisible(rka: Rka) -> RkaLine | None:
    """A line without PPN whose volume can be halved; supplies first, grants never."""
    lines = RkaLine.objects.filter(rka=rka, tax_percent=0, volume_1__gt=1).select_related("account")
    found = [line for line in lines.order_by("pk") if not line.account.code.startswith(GRANTS)]
    return min(found, key=lambda line: not line.account.code.startswith(SUPPLIES), default=None)


def _move_half(rka: Rka, line: RkaLine, planner: Account) -> None:
    plain = {name: getattr(line, name) for name in PLAIN_FIELDS}
    kept = LineEntry(item_id=line.item_id, account_id=line.account_id, funding_id=line.funding_id, **plain)
    moved = Decimal(int(line.volume_1) // 2)
    account = line.account
    if account.code.startswith(SUPPLIES):
        account = PackCode.objects.get(code=PAPER, pack=account.pack)
    change_line(line.pk, replace(kept, volume_1=line.volume_1 - moved), planner)
    words = f"{line.description}, kebutuhan tambahan"[:300]
    add_line(rka.pk, replace(kept, volume_1=moved, account_id=account.pk, description=words), planner)
