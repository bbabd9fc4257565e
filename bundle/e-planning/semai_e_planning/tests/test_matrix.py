"""Every address x every role as permission_matrix.yml says, and the contract's API asked all its OpenAPI allows."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from semai_kit.models import Agency
from semai_kit.testing.fuzz import fuzz_api
from semai_kit.testing.matrix import PermissionMatrix

from ..models import NodeIndicator, PlanPeriod
from ..services import annual_plans, attachments, five_year_plans, versions, work_plans
from .cases import PlanningCase
from .test_contract import ENVIRONMENT, TOKEN
from .test_performance_contract import ENVIRONMENT as PERFORMANCE


@pytest.mark.slow
class MatrixTest(PermissionMatrix, PlanningCase):
    matrix_file = Path(__file__).parent / "permission_matrix.yml"
    personas = (
        "desa",
        "desa-lain",
        "kecamatan",
        "kecamatan-lain",
        "opd",
        "opd-lain",
        "bappeda",
        "dprd",
        "inspektorat",
        "kepala_daerah",
        "auditor",
        "administrator",
    )

    def setUp(self) -> None:
        item = self.item()
        node = item.sub_activity
        draft, accepted, other = self.draft(), self.proposal_at("diterima"), self.proposal_at("diterima")
        work_plans.take_proposal(self.account("opd"), item, accepted)
        attachments.attach_to_proposal(
            self.account("desa"), draft, SimpleUploadedFile("foto.jpg", b"\xff\xd8\xff\xe0" + b"\0" * 100)
        )
        content = five_year_plans.IndicatorContent("Panjang jalan", "km", None, NodeIndicator.Direction.HIGHER, {})
        annual = annual_plans.open_annual_plan(self.account("bappeda"), self.year)
        annual.decree, annual.enacted_on = "Perbup 21", datetime.date(2026, 6, 30)
        versions.record(self.account("kepala_daerah"), annual)
        indicator = five_year_plans.save_indicator(self.account("bappeda"), node, None, content)
        self.made: dict[str, Mapping[str, Any]] = {
            "queue": {"state": "verifikasi_kecamatan"},
            "village-ranking": {"pk": draft.village_id},
            "district-ranking": {"pk": draft.village.district_id},
            "village-minutes": {"pk": draft.village_id},
            "minutes": {"pk": draft.village.district_id},
            "minutes-document": {"pk": draft.village.district_id},
            "agency-minutes": {"pk": self.works.pk},
            "carry-over": {"pk": other.pk},
            "correct-proposal": {"pk": self.proposal_at("verifikasi_opd").pk},
            "period": {"pk": PlanPeriod.objects.get().pk},
            "release-proposal": {"pk": accepted.pk},
            "annual-plan-version": {"number": 0},
            "version-document": {"number": 0, "agency": item.work_plan.agency_id},
        }
        self.made |= dict.fromkeys(("proposal", "change-proposal", "delete-proposal", "attach"), {"pk": draft.pk})
        self.made |= dict.fromkeys(("change-period", "add-root"), {"pk": PlanPeriod.objects.get().pk})
        self.made |= dict.fromkeys(("change-node", "delete-node", "add-indicator"), {"pk": node.pk})
        self.made["node-ceilings"] = {"pk": node.parent.parent_id}
        self.made["add-node"] = {"pk": node.parent_id}
        self.made |= dict.fromkeys(("change-indicator", "delete-indicator"), {"pk": indicator.pk})
        agency = {"agency": Agency.objects.get(code="1.03").pk}
        self.made |= dict.fromkeys(("open-work-plan", "set-ceiling"), agency)
        plan = {"pk": item.work_plan_id}
        self.made |= dict.fromkeys(
            (
                "work-plan",
                "work-plan-document",
                "work-plan-targets",
                "add-item",
                "take-proposals",
                "export-work-plan",
            ),
            plan,
        )
        self.made |= dict.fromkeys(("change-item", "remove-item"), {"pk": item.pk})

    def kwargs_of(self, name: str) -> Mapping[str, Any]:
        return self.made.get(name.removeprefix("planning:"), {})


@pytest.mark.slow
@override_settings(SEMAI=replace(ENVIRONMENT, provides={**ENVIRONMENT.provides, **PERFORMANCE.provides}))
class FuzzTest(PlanningCase):
    def test_nothing_the_api_is_asked_breaks_it(self) -> None:
        self.item()
        seen = fuzz_api(lambda path: {"authorization": f"Bearer {TOKEN}"})
        assert sorted(seen) == [
            "GET /api/planning.performance/1.0/tree",
            "GET /api/planning.work-plan/1.0/agencies",
            "GET /api/planning.work-plan/1.0/work-plan",
        ]
        assert all(200 in codes for codes in seen.values())
        assert seen["GET /api/planning.work-plan/1.0/work-plan"] <= {200, 422}
