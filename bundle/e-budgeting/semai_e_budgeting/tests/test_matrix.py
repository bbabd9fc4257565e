"""Every address x every role as permission_matrix.yml says, and the API asked all its OpenAPI allows."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from semai_kit.testing.fuzz import fuzz_api
from semai_kit.testing.matrix import PermissionMatrix

from semai_e_budgeting.models import CodePack, Decree, DpaVersion, FundingSource, PlanDifference
from semai_e_budgeting.services.ceilings import create_document
from semai_e_budgeting.services.flow import add_remark, move_rka
from semai_e_budgeting.services.lines import add_line
from semai_e_budgeting.services.reference import PackEntry, create_pack
from semai_e_budgeting.services.standards import ItemEntry, StandardEntry, create_standard, fill_standard
from semai_e_budgeting.tests.base import ATK, BudgetCase


@pytest.mark.slow
class Matrix(PermissionMatrix, BudgetCase):
    matrix_file = Path(__file__).parent / "permission_matrix.yml"
    personas = ("opd", "opd-kesehatan", "verifikator", "tapd", "bpkad", "auditor", "administrator")

    @classmethod
    def make_personas(cls) -> None:
        super().make_personas()
        cls.persona("administrator", "administrator")

    def setUp(self) -> None:
        line = add_line(self.rka.pk, self.entry(), self.account("opd"))
        for _ in range(2):
            move_rka(self.rka.pk, "dikirim", self.account("opd"))
            move_rka(self.rka.pk, "asistensi", self.account("verifikator"))
            remark = add_remark(self.rka.pk, "Harga?", self.account("verifikator"), line_id=line.pk)
            move_rka(self.rka.pk, "kembali", self.account("verifikator"), "perbaiki harga")
        desk = self.account("bpkad")
        document = create_document(self.year, "murni", "", desk)
        decree = Decree.objects.create(
            fiscal_year=self.year, kind="apbd", number="Perda 7/2026", decided_on=date(2026, 12, 20)
        )
        version = self.rka.versions.get(number=1)
        DpaVersion.objects.create(
            rka=self.rka,
            number=1,
            label="DPA",
            decree=decree,
            rka_version=version,
            total=version.total,
            made_by=desk,
        )
        self.version_item = version.items.get().pk
        seen = {"field": "pagu", "old_value": "100000000", "new_value": "90000000", "seen_at": timezone.now()}
        self.values: dict[str, Any] = {
            "rka": self.rka.pk,
            "item": self.item.pk,
            "line": line.pk,
            "to": "dikirim",
            "difference": PlanDifference.objects.create(item=self.item, **seen).pk,
            "remark": remark.pk,
            "number": 1,
            "pack": CodePack.objects.order_by("pk").first().pk,
            "document": document.pk,
            "ceiling": document.ceilings.first().pk,
            "decree": decree.pk,
            "source": FundingSource.objects.order_by("pk").first().pk,
            "standard": self.draft_standard(),
            "old": CodePack.objects.get().pk,
            "new": create_pack(
                PackEntry("baru", "Baru", "Keputusan 1", date(2027, 1, 1), 2028), self.account("bpkad")
            ).pk,
            "year": self.year.year,
            "kind": "account",
            "code": ATK,
        }

    def draft_standard(self) -> int:
        day, desk = date(2026, 6, 1), self.account("bpkad")
        draft = create_standard(StandardEntry("SSH", "Perbup 12/2026", day, day, 2027), desk)
        fill_standard(draft.pk, [ItemEntry("1.1", "Kertas", "Rim", Decimal(62500))], desk)
        return draft.pk

    def kwargs_of(self, name: str) -> Mapping[str, Any]:
        found = {key: self.values[key] for key in WANTED.get(name.removeprefix("budget:"), ())}
        return {**found, "item": self.version_item} if name == "budget:plan-months" else found


RKA, ITEM = ("rka",), ("rka", "item")
WANTED: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("rka", "differences", "export", "add-remark", "compare", "import"), RKA),
    **dict.fromkeys(("confirm-move", "move"), (*RKA, "to")),
    "accept-difference": (*RKA, "difference"),
    **dict.fromkeys(("item", "add-line"), ITEM),
    **dict.fromkeys(("change-line", "remove-line", "remove-line-now"), (*ITEM, "line")),
    "answer-remark": (*RKA, "remark"),
    "version": (*RKA, "number"),
    **dict.fromkeys(("ceilings", "write-ceiling", "import-ceilings", "agree-ceilings"), ("document",)),
    "remove-ceiling": ("document", "ceiling"),
    **dict.fromkeys(("dpa", "compare-dpas", "open-round", "drop-round"), RKA),
    **dict.fromkeys(("dpa-version", "dpa-pdf"), (*RKA, "number")),
    "plan-months": (*RKA, "number", "item"),
    **dict.fromkeys(("decree", "issue-documents", "appendix-pdf"), ("decree",)),
    **dict.fromkeys(("import-accounts", "end-pack"), ("pack",)),
    **dict.fromkeys(("carry", "carry-now"), RKA),
    **dict.fromkeys(("mapping", "import-mapping"), ("old", "new")),
    "decide": ("year", "kind", "code"),
    "end-source": ("source",),
    **dict.fromkeys(
        ("standard", "import-standard", "enforce-standard", "discard-standard", "end-standard"), ("standard",)
    ),
}


@pytest.mark.slow
class Fuzz(BudgetCase):
    def test_nothing_the_api_is_asked_breaks_it(self) -> None:
        add_line(self.rka.pk, self.entry(), self.account("opd"))
        cookie = self.as_("tapd").cookies[settings.SESSION_COOKIE_NAME]
        seen = fuzz_api(lambda path: {"cookie": f"{cookie.key}={cookie.value}"})
        assert seen["GET /api/budget/recap"] <= {200, 404, 422}
        assert 404 in seen["GET /api/budget/recap"]
