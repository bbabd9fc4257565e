"""Lists, recaps and side-by-side pages ask the database as often for thirty rows as for three."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.urls import reverse
from django.utils import timezone
from semai_kit.models import Agency
from semai_kit.testing.queries import BoundedQueries

from semai_e_budgeting.models import (
    Ceiling,
    CeilingDocument,
    PackCode,
    PaguChange,
    PlanDifference,
    PlanItem,
    Rka,
)
from semai_e_budgeting.services.ceilings import create_document
from semai_e_budgeting.services.lines import add_line
from semai_e_budgeting.services.rounds import drop_round
from semai_e_budgeting.tests.base import BudgetCase


class Queries(BoundedQueries, BudgetCase):
    """An RKA whose DPA changes each time rows are added: versions, decrees and cash plans grow with the lines."""

    def grow(self, start: int, end: int) -> None:
        if start == 0:
            self.document = create_document(self.year, CeilingDocument.Stage.INITIAL, "", self.account("bpkad"))
            add_line(self.rka.pk, self.entry("1000"), self.account("opd"))
            self.lock()
            self.decide()
        else:
            PlanDifference.objects.all().delete()
            drop_round(self.rka.pk, "Batal.", self.account("bpkad"))
        for number in range(start, end):
            self._offices(number)
        for step in range(2):
            self.shift("perubahan")
            for number in range(start, end):
                item = self.plan_item(1000 * (step + 1) + number)
                add_line(self.rka.pk, self.entry("1000", item_id=item.pk), self.account("opd"))
                add_line(self.rka.pk, self.entry("1000"), self.account("opd"))
            self.lock()
            self.decide("perubahan", f"Perda {end}/{step}", partial=True)
        self.shift("rincian")
        for item in PlanItem.objects.filter(agency=self.rka.agency):
            PlanDifference.objects.create(
                item=item, field="pagu", old_value="1", new_value="2", seen_at=timezone.now()
            )

    def _offices(self, number: int) -> None:
        """One OPD more, with its RKA, its sub kegiatan, its ceiling and an accepted change of pagu."""
        agency = Agency.objects.create(code=f"9.{number:02d}", name=f"Dinas {number}", short_name=f"D{number}")
        Rka.objects.create(fiscal_year=self.year, agency=agency)
        item = self.plan_item(number + 10, agency=agency.code)
        Ceiling.objects.create(document=self.document, agency=agency, level="agency", name=agency.name, amount=1)
        PaguChange.objects.create(item=item, old=1, new=2, accepted_by=self.account("bpkad"))
        pack = PackCode.objects.first().pack
        PackCode.objects.create(pack=pack, code=f"9.{number}", name="Belanja", level=2)

    def pages(self) -> Mapping[str, Sequence[str]]:
        rka, newest = self.rka.pk, self.rka.dpas.count()
        versions = self.rka.versions.count()
        lists = ["home", "rkas", "recap", "recap-accounts", "recap-funding", "accounts", "sources"]
        lists += ["ceiling-documents", "pagu-monitor", "dpas", "decrees", "add-decree"]
        within = {name: [rka] for name in ("rka", "differences", "compare", "dpa", "compare-dpas")}
        within |= {"version": [rka, versions], "dpa-version": [rka, newest], "item": [rka, self.item.pk]}
        within |= {"ceilings": [self.document.pk], "decree": [self.rka.dpas.last().decree_id]}
        addresses = [reverse(f"budget:{name}") for name in lists]
        addresses += [reverse(f"budget:{name}", args=found) for name, found in within.items()]
        for name in ("compare", "compare-dpas"):
            addresses.append(f"{reverse(f'budget:{name}', args=[rka])}?semua=1&page=2")
        addresses.append(f"{reverse('budget:dpa-version', args=[rka, newest])}?rekening=2")
        office = [reverse("budget:home"), reverse("budget:rka", args=[rka])]
        office.append(reverse("budget:add-line", args=[rka, self.item.pk]))
        office.append(reverse("budget:confirm-move", args=[rka, "dikirim"]))
        return {"bpkad": addresses, "opd": office}
