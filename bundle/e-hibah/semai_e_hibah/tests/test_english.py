"""English pages for the public and the desks; what is decided and kept stays Indonesian."""

from __future__ import annotations

from auditlog.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils.translation import override
from semai_kit.models import Notification
from semai_kit.testing.english import in_english, left_in_indonesian

from ..models import Amount, Application, AwardList, RuleResult
from ..services import codes, eligibility, review
from .cases import MILLION, GrantsCase

PUBLIC = ("/", "/ajukan/", "/ajukan/hibah-kelompok/", "/status/", "/penerima/", "/belum-lapor/", "/masuk/")
LISTS = ("home", "applications", "award-lists", "earlier", "reports", "budget", "windows", "import-earlier")
OF_APPLICATION = ("application", "classify", "recommend", "reveal", "renew-code")
DESKS = ("tata_usaha", "tim_pertimbangan", "opd", "tapd", "inspektorat")


class EnglishTest(GrantsCase):
    def left(self, client: Client, addresses: tuple[str, ...]) -> dict[str, list[str]]:
        """Texts that have English words and show none, by address; pages the persona may not open are left out."""
        pages = {address: client.get(address) for address in addresses}
        opened = {address: page.content.decode() for address, page in pages.items() if page.status_code == 200}
        assert opened
        return {address: left for address, page in opened.items() if (left := left_in_indonesian(page))}

    def test_pages_without_an_account(self) -> None:
        application = self.at("dicairkan")
        client = in_english(Client())
        assert self.left(client, (*PUBLIC, f"/status/?nomor={application.number}")) == {}
        code = codes.renew(self.account("tata_usaha"), application)
        client.post("/status/", {"number": application.number, "code": code})
        assert self.left(client, (reverse("grants:mine", args=[application.number]),)) == {}

    def test_pages_of_the_desks(self) -> None:
        application = self.at("dicairkan")
        AwardList.objects.update(title="Daftar I")  # a title somebody gave may be a word of the pages
        report = application.agreement.disbursements.get().report
        addresses = (
            *(reverse(f"grants:{name}") for name in LISTS),
            *(reverse(f"grants:{name}", args=[application.pk]) for name in OF_APPLICATION),
            reverse("grants:report", args=[report.pk]),
            reverse("grants:award-list", args=[application.award_list_id]),
        )
        for name in DESKS:
            with self.subTest(name):
                assert self.left(in_english(self.as_(name)), addresses) == {}

    def test_what_a_desk_that_reads_english_decides_is_kept_in_indonesian(self) -> None:
        application = self.at("diajukan", asked=200 * MILLION)
        with override("en"):
            eligibility.waive(self.account("tim_pertimbangan"), application, "batas-nilai", "Keputusan Bupati.")
            review.move(self.account("tata_usaha"), application, "kepala_daerah")
            kept = RuleResult.objects.get(application=application, rule_id="batas-nilai")
            assert "melebihi batas" in kept.detail
            assert str(Amount.objects.filter(application=application).first()).startswith("Diminta pemohon")
        assert "Disposisi kepala daerah" in Notification.objects.latest("pk").title
        assert not LogEntry.objects.filter(object_repr__contains="Asked for").exists()

    def test_documents_are_those_of_the_indonesian_page(self) -> None:
        application: Application = self.at("nphd")
        address = reverse("grants:award-list-document", args=[application.award_list_id])
        client = self.as_("tapd")
        before = client.get(address).content
        assert in_english(client).get(address).content == before
