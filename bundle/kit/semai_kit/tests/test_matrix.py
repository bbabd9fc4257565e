"""The kit's own addresses x roles, as the table says; the API is fuzzed from its OpenAPI."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from semai_kit import attachments, audit, tokens
from semai_kit.models import Agency, FiscalYear, Notification, Official, Village
from semai_kit.testing import KitTestCase
from semai_kit.testing.fuzz import fuzz_api
from semai_kit.testing.matrix import PermissionMatrix
from semai_kit.tests.garden.models import Plot
from semai_kit.tests.test_attachments import JPEG


@pytest.mark.slow
class MatrixTests(PermissionMatrix, KitTestCase):
    matrix_file = Path(__file__).parent / "permission_matrix.yml"
    personas = ("admin", "auditor", "kebun", "kebun-lain", "kecamatan", "desa", "kepala")
    skipped = ("api-", "openapi", "broken", "slow", "large")

    @classmethod
    def make_personas(cls) -> None:
        mine, other = Agency.objects.filter(code__in=("1.01", "1.02")).order_by("code")
        cls.persona("admin", "administrator")
        cls.persona("auditor", "auditor")
        cls.persona("kebun", "gardener", agency=mine)
        cls.persona("kebun-lain", "gardener", agency=other)
        cls.persona("kepala", "head-gardener")
        year = FiscalYear.objects.get()
        village = Village.objects.order_by("code").first()
        cls.persona("kecamatan", "district-gardener", district=village.district)
        cls.persona("desa", "village-gardener", village=village)
        plot = Plot.objects.create(name="Petak", agency=mine, fiscal_year=year)
        photo = SimpleUploadedFile("foto.jpg", JPEG)
        cls.made = {
            "plot": plot.pk,
            "move-plot": plot.pk,
            "kit:attachment": attachments.attach(plot, photo, None).pk,
            "kit:audit-entry": audit.entries(plot).first().pk,
            "kit:open-notification": Notification.objects.create(
                account=cls.account(cls, "kebun"), title="x", url="/petak/"
            ).pk,
            "kit:change-official": Official.objects.create(
                title="Bupati", name="X", valid_from=timezone.localdate()
            ).pk,
            "kit:set-year-status": year.pk,
            "kit:set-stage-status": year.pk,
        }
        for name in ("kit:token", "kit:revoke-token"):
            cls.made[name] = tokens.create_token(None, consumer="X", granted=["plots.read"]).token.pk
        account = cls.account(cls, "kebun")
        cls.made["kit:revoke-role"] = account.grants.get().pk
        cls.made |= dict.fromkeys(
            (f"kit:{name}" for name in ("account", "change-account", "set-active", "reset-password", "grant-role")),
            account.pk,
        )

    def kwargs_of(self, name: str) -> Mapping[str, Any]:
        if name == "kit:set-stage-status":
            return {"pk": self.made[name], "stage": "planning"}
        return {"pk": self.made[name]} if name in self.made else {}


@pytest.mark.slow
class FuzzTests(KitTestCase):
    def test_nothing_the_api_is_asked_breaks_it(self) -> None:
        token = tokens.create_token(None, consumer="X", granted=["plots.read"]).text
        seen = fuzz_api(lambda path: {"authorization": f"Bearer {token}"})
        assert {200} <= seen["GET /api/plots"]
        assert seen["GET /api/garden.plots/1.0/plots"] == {401}
        assert {404, 422} >= seen["POST /api/plots/{pk}/visit"] >= {404}
