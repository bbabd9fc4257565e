"""Every address x every role as permission_matrix.yml says, and the API asked all its OpenAPI allows."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from semai_kit.testing.fuzz import fuzz_api
from semai_kit.testing.matrix import PermissionMatrix

from ..services import evaluations, measurements, reports
from .cases import PerformanceCase, proof


@pytest.mark.slow
class MatrixTest(PermissionMatrix, PerformanceCase):
    """Asked about records of the OPD `opd` works for, in a state in which nothing hides them."""

    matrix_file = Path(__file__).parent / "permission_matrix.yml"
    personas = (
        "opd",
        "opd-lain",
        "pejabat",
        "pejabat-lain",
        "organisasi",
        "kepala_daerah",
        "inspektorat",
        "auditor",
        "administrator",
    )

    def setUp(self) -> None:
        self.budget()
        opd, inspectorate = self.account("opd"), self.account("inspektorat")
        agreement, evaluation, measurement = self.agreement(), self.evaluation(), self.measured()
        deadline = timezone.localdate() + datetime.timedelta(days=9)
        content = evaluations.RecommendationContent("Perbaiki.", deadline)
        recommendation = evaluations.recommend(inspectorate, self.works, self.year, content, evaluation)
        step = measurements.save_step(opd, self.indicator(), measurements.StepContent(1, "Survei", "", ""))
        report = reports.open_report(opd, self.works, self.year)
        roads = self.node()
        keys: tuple[tuple[int, tuple[str, ...]], ...] = (
            (roads.pk, ("node", "change-node", "delete-node", "add-indicator")),
            (roads.parent_id, ("add-node",)),
            (self.indicator().pk, ("indicator", "change-indicator", "delete-indicator", "add-step")),
            (step.pk, ("change-step", "delete-step")),
            (measurement.pk, ("measurement", "attach-evidence")),
            (agreement.pk, AGREEMENT),
            (agreement.position_id, ("open-agreement", "change-position")),
            (report.pk, ("report", "report-pdf")),
            (self.works.pk, ("open-evaluation",)),
            (evaluation.pk, ("evaluation", "summarise", "recommend")),
            (evaluation.answers.first().pk, ("claim", "grant", "attach-answer")),
            (recommendation.pk, ("recommendation", "change-recommendation", "attach-proof")),
        )
        self.made: dict[str, Mapping[str, Any]] = {name: {"pk": pk} for pk, names in keys for name in names}
        self.made["measure"] = {"pk": self.indicator().pk, "quarter": 1}
        self.made["spend"] = {"agency": self.works.pk, "code": "1.03.10"}
        self.made["write-section"] = {"pk": report.pk, "section": "isu"}

    def kwargs_of(self, name: str) -> Mapping[str, Any]:
        return self.made.get(name.removeprefix("sakip:"), {})

    def test_a_file_is_taken_from_those_alone_whose_work_it_proves(self) -> None:
        """A POST without a file, as the table asks, is refused to everybody: what is sent here is whole."""
        for name, let_in in (("attach-evidence", "opd"), ("attach-answer", "opd"), ("attach-proof", "opd")):
            address = reverse(f"sakip:{name}", kwargs=self.kwargs_of(name))
            statuses = {who: self.as_(who).post(address, {"file": proof()}).status_code for who in self.personas}
            with self.subTest(name=name):
                assert [who for who, status in statuses.items() if status not in (403, 404)] == [let_in]


AGREEMENT = (
    "agreement",
    "agreement-content",
    "sign-agreement",
    "revise-agreement",
    "print-agreement",
    "agreement-pdf",
)


@pytest.mark.slow
class FuzzTest(PerformanceCase):
    def test_nothing_the_api_is_asked_breaks_it(self) -> None:
        self.verified()
        cookie = self.as_("auditor").cookies[settings.SESSION_COOKIE_NAME]
        seen = fuzz_api(lambda path: {"cookie": f"{cookie.key}={cookie.value}"})
        assert sorted(seen) == ["GET /api/performance/indicators"]
        assert {404, 422} <= seen["GET /api/performance/indicators"] <= {200, 404, 422}
