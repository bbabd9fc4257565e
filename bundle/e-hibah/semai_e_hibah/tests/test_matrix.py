"""Every address x every role as permission_matrix.yml says, and the open API asked all its OpenAPI allows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from semai_kit.testing.fuzz import fuzz_api
from semai_kit.testing.matrix import PermissionMatrix

from ..models import EarlierAward, FilingWindow
from .cases import GrantsCase

ABOUT = (
    "application",
    "move",
    "classify",
    "recommend",
    "decide",
    "reveal",
    "renew-code",
    "record-agreement",
    "agreement",
    "pay",
    "close",
)
OWN = ("mine", "change-mine", "submit-mine", "withdraw-mine")


@pytest.mark.slow
class MatrixTest(PermissionMatrix, GrantsCase):
    """Asked about an application of OPD 1.01 that is paid; what the applicant opens by a code is shut to all."""

    matrix_file = Path(__file__).parent / "permission_matrix.yml"
    personas = (
        "tata_usaha",
        "kepala_daerah",
        "tim_pertimbangan",
        "opd",
        "opd-lain",
        "tapd",
        "bpkad",
        "inspektorat",
        "auditor",
        "administrator",
    )

    def setUp(self) -> None:
        application = self.at("dicairkan", asked=self.content().asked)
        report = application.agreement.disbursements.get().report
        number, listed = {"number": application.number}, {"pk": application.award_list_id}
        self.made: dict[str, Mapping[str, Any]] = {
            **dict.fromkeys(ABOUT, {"pk": application.pk}),
            **dict.fromkeys(OWN, number),
            **dict.fromkeys(("report-mine", "report-file", "submit-report"), {**number, "report": report.pk}),
            **dict.fromkeys(("award-list", "award-list-document", "move-award-list"), listed),
            **dict.fromkeys(
                ("add-to-award-list", "take-out-of-award-list"), {**listed, "application": application.pk}
            ),
            **dict.fromkeys(("report", "move-report"), {"pk": report.pk}),
            "file": {"kind": "hibah-kelompok"},
            "upload": {**number, "document": "ktp"},
            "waive": {"pk": application.pk, "rule": "tenggat"},
            "remove-earlier": {"pk": self.earlier().pk},
            "change-line": {"pk": application.grant_line_id},
            "change-window": {"pk": FilingWindow.objects.get(fiscal_year=self.year).pk},
        }

    def earlier(self) -> EarlierAward:
        return EarlierAward.objects.create(
            year=2024, kind_id="hibah-kelompok", form_id="kelompok", name="Kelompok Tani", identity="deed:1",
            title="Pompa air", amount=1, reported=True,
        )  # fmt: skip

    def kwargs_of(self, name: str) -> Mapping[str, Any]:
        return self.made.get(name.removeprefix("grants:"), {})


@pytest.mark.slow
class FuzzTest(GrantsCase):
    def test_nothing_the_api_is_asked_breaks_it(self) -> None:
        self.at("ditetapkan")
        seen = fuzz_api(lambda path: {})
        assert seen == {"GET /api/public/recipients": {200, 422}}
