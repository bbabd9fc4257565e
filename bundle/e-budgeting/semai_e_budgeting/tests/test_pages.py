"""Pages through the test client: everyone's screens open, forms work without JavaScript, queries stay bounded."""

from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils import timezone

from semai_e_budgeting.models import FundingSource, PackCode, PlanDifference, RkaLine
from semai_e_budgeting.services.flow import add_remark, move_rka
from semai_e_budgeting.services.lines import add_line
from semai_e_budgeting.tests.base import ATK, BudgetCase

ENGLISH = (
    ">Save<",
    ">Cancel<",
    ">Search<",
    "This field is required",
    "Select a valid choice",
    ">Delete<",
    "Enter a ",
)


class Screens(BudgetCase):
    def setUp(self) -> None:
        self.line = add_line(self.rka.pk, self.entry(), self.account("opd"))
        for _ in range(2):
            move_rka(self.rka.pk, "dikirim", self.account("opd"))
            move_rka(self.rka.pk, "asistensi", self.account("verifikator"))
            add_remark(self.rka.pk, "Harga?", self.account("verifikator"), line_id=self.line.pk)
            move_rka(self.rka.pk, "kembali", self.account("verifikator"), "perbaiki harga")

    def addresses(self) -> list[str]:
        rka, item = self.rka.pk, self.item.pk
        named: list[tuple[str, list[Any]]] = [
            ("home", []),
            ("rkas", []),
            ("rka", [rka]),
            ("item", [rka, item]),
            ("differences", [rka]),
            ("version", [rka, 1]),
            ("compare", [rka]),
            ("recap", []),
            ("recap-accounts", []),
            ("recap-funding", []),
            ("accounts", []),
            ("sources", []),
            ("standard-items", []),
            ("standards", []),
            ("mappings", []),
            ("carry", [rka]),
        ]
        return [reverse(f"budget:{name}", args=arguments) for name, arguments in named]

    def test_everyone_who_may_read_opens_every_reading_page(self) -> None:
        for username in ("opd", "verifikator", "tapd", "bpkad", "auditor"):
            client = self.as_(username)
            for address in self.addresses():
                with self.subTest(f"{username} {address}"):
                    response = client.get(address)
                    page = response.content.decode()
                    assert response.status_code == 200
                    assert not [word for word in ENGLISH if word in page]

    def test_another_agency_sees_nothing_of_this_rka(self) -> None:
        client = self.as_("opd-kesehatan")
        for name, arguments in (
            ("rka", [self.rka.pk]),
            ("item", [self.rka.pk, self.item.pk]),
            ("version", [self.rka.pk, 1]),
            ("compare", [self.rka.pk]),
            ("export", [self.rka.pk]),
            ("differences", [self.rka.pk]),
        ):
            with self.subTest(name):
                assert client.get(reverse(f"budget:{name}", args=arguments)).status_code == 403
        assert "Dinas Pendidikan" not in client.get(reverse("budget:rkas")).content.decode()

    def test_visitors_are_sent_to_the_login(self) -> None:
        for address in self.addresses():
            assert self.client.get(address).status_code == 302

    def test_pages_that_do_not_exist_say_so(self) -> None:
        client = self.as_("tapd")
        for name, arguments in (
            ("rka", [9999]),
            ("item", [self.rka.pk, 9999]),
            ("version", [self.rka.pk, 9]),
            ("change-line", [self.rka.pk, self.item.pk, 9999]),
        ):
            with self.subTest(name):
                assert client.get(reverse(f"budget:{name}", args=arguments)).status_code in (403, 404, 409)

    def test_comparison_marks_changed_figures(self) -> None:
        RkaLine.objects.filter(pk=self.line.pk).update(unit_price=Decimal(900000), total=Decimal(9000000))
        move_rka(self.rka.pk, "dikirim", self.account("opd"))
        page = self.as_("tapd").get(reverse("budget:compare", args=[self.rka.pk])).content.decode()
        assert "Berubah" in page
        assert 'class="changed"' in page

    def test_exports_are_workbooks(self) -> None:
        client = self.as_("tapd")
        for address in (
            reverse("budget:export", args=[self.rka.pk]),
            reverse("budget:version", args=[self.rka.pk, 1]) + "?export=xlsx",
            reverse("budget:recap") + "?export=xlsx",
            reverse("budget:recap-accounts") + "?export=xlsx&tingkat=6",
            reverse("budget:recap-funding") + "?export=xlsx",
        ):
            with self.subTest(address):
                assert client.get(address).content.startswith(b"PK")

    def test_remark_is_written_and_answered_on_pages(self) -> None:
        move_rka(self.rka.pk, "dikirim", self.account("opd"))
        address = reverse("budget:add-remark", args=[self.rka.pk])
        self.as_("tapd").post(address, {"text": "Lampirkan survei.", "line": self.line.pk})
        remark = self.rka.remarks.last()
        self.as_("opd").post(reverse("budget:answer-remark", args=[self.rka.pk, remark.pk]), {"text": "Terlampir."})
        remark.refresh_from_db()
        assert (remark.line_text, remark.answer) == ("Alat tulis kantor", "Terlampir.")

    def test_move_is_confirmed_then_done(self) -> None:
        client = self.as_("opd")
        assert (
            "versi 3" in client.get(reverse("budget:confirm-move", args=[self.rka.pk, "dikirim"])).content.decode()
        )
        client.post(reverse("budget:move", args=[self.rka.pk, "dikirim"]))
        self.rka.refresh_from_db()
        assert self.rka.state == "dikirim"

    def test_reason_of_return_stands_on_top_for_the_agency(self) -> None:
        page = self.as_("opd").get(reverse("budget:rka", args=[self.rka.pk])).content.decode()
        assert page.index("perbaiki harga") < page.index("Langkah berikutnya")

    def test_unreachable_planning_is_said_on_the_page_and_breaks_nothing(self) -> None:
        client = self.as_("bpkad")
        response = client.post(reverse("budget:fetch"), follow=True)
        page = response.content.decode()
        assert "belum dapat diambil" in page
        assert "flash-error" in page

    def test_move_that_is_not_open_now_says_so(self) -> None:
        response = self.as_("tapd").get(reverse("budget:confirm-move", args=[self.rka.pk, "kunci"]))
        assert response.status_code == 409
        assert "Dikembalikan" in response.content.decode()

    def test_difference_is_accepted_on_its_page(self) -> None:
        difference = PlanDifference.objects.create(
            item=self.item, field="pagu", old_value="100000000.00", new_value="5000000.00", seen_at=timezone.now()
        )
        client = self.as_("opd")
        page = client.get(reverse("budget:differences", args=[self.rka.pk])).content.decode()
        assert "kelebihan Rp5.000.000" in page
        client.post(reverse("budget:accept-difference", args=[self.rka.pk, difference.pk]))
        self.item.refresh_from_db()
        assert self.item.pagu == Decimal(5000000)


class LineEntryPage(BudgetCase):
    def address(self) -> str:
        return reverse("budget:add-line", args=[self.rka.pk, self.item.pk])

    def values(self, **changes: Any) -> dict[str, Any]:
        return {
            "item": self.item.pk,
            "account": PackCode.objects.get(code=ATK).pk,
            "account_search": "",
            "funding": FundingSource.objects.get(code="PAD").pk,
            "description": "Kertas F4",
            "volume_1": "1.250,5",
            "unit_1": "Rim",
            "unit_price": "62.500",
            "tax_percent": "11",
            "langkah": "simpan",
            **changes,
        }

    def test_figures_typed_the_indonesian_way_are_understood(self) -> None:
        assert self.as_("opd").post(self.address(), self.values()).status_code == 302
        line = RkaLine.objects.get()
        assert (line.volume_1, line.unit_price) == (Decimal("1250.5"), Decimal(62500))
        assert line.total == Decimal(78156250) + Decimal(8597188)

    def test_search_keeps_what_was_typed_and_saves_nothing(self) -> None:
        response = self.as_("opd").post(
            self.address(), self.values(langkah="cari", account="", account_search="makan rapat")
        )
        page = response.content.decode()
        assert response.status_code == 200
        assert "5.1.02.01.01.0052" in page
        assert "Kertas F4" in page
        assert "1.250,5" in page
        assert not RkaLine.objects.exists()

    def test_compute_shows_total_and_saves_nothing(self) -> None:
        page = self.as_("opd").post(self.address(), self.values(langkah="hitung")).content.decode()
        assert "Rp86.753.438" in page
        assert "Rp13.246.562" in page
        assert not RkaLine.objects.exists()

    def test_exact_code_in_the_search_box_is_enough(self) -> None:
        self.as_("opd").post(self.address(), self.values(account="", account_search=ATK))
        assert RkaLine.objects.get().account.code == ATK

    def test_refused_pagu_shows_figures_and_keeps_the_entry(self) -> None:
        response = self.as_("opd").post(self.address(), self.values(volume_1="2000"))
        page = response.content.decode()
        assert response.status_code == 422
        for figure in ("Rp100.000.000", "Rp138.750.000", "kelebihan Rp38.750.000"):
            assert figure in page
        assert 'value="2000"' in page

    def test_mistakes_are_named_beside_their_fields(self) -> None:
        response = self.as_("opd").post(
            self.address(), self.values(description="", unit_price="murah", volume_2="3", account="")
        )
        form = response.context["form"]
        assert set(form.errors) == {"description", "unit_price", "unit_2", "account"}

    def test_whole_coefficients_are_shown_without_zeros_behind_the_comma(self) -> None:
        line = add_line(
            self.rka.pk, self.entry(volume="10", volume_2=Decimal("2.5"), unit_2="Kali"), self.account("opd")
        )
        address = reverse("budget:change-line", args=[self.rka.pk, self.item.pk, line.pk])
        page = self.as_("opd").get(address).content.decode()
        assert 'name="volume_1" value="10"' in page
        assert 'name="volume_2" value="2,5"' in page

    def test_save_and_add_another_returns_to_an_empty_form(self) -> None:
        response = self.as_("opd").post(self.address(), self.values(langkah="lagi"))
        assert response["Location"] == self.address()

    def test_change_and_remove_work_through_their_pages(self) -> None:
        line = add_line(self.rka.pk, self.entry(), self.account("opd"))
        arguments = [self.rka.pk, self.item.pk, line.pk]
        client = self.as_("opd")
        assert "1.000.000" in client.get(reverse("budget:change-line", args=arguments)).content.decode()
        client.post(reverse("budget:change-line", args=arguments), self.values())
        assert RkaLine.objects.get().description == "Kertas F4"
        assert client.get(reverse("budget:remove-line", args=arguments)).status_code == 200
        client.post(reverse("budget:remove-line-now", args=arguments))
        assert not RkaLine.objects.exists()

    def test_who_saves_second_is_told_what_a_colleague_wrote_through_all_steps_of_the_form(self) -> None:
        line = add_line(self.rka.pk, self.entry(), self.account("opd"))
        address = reverse("budget:change-line", args=[self.rka.pk, self.item.pk, line.pk])
        client = self.as_("opd")
        opened = client.get(address).context["seen"]
        RkaLine.objects.filter(pk=line.pk).update(description="Kertas A3")
        for step in ("cari", "hitung"):
            looked = client.post(address, self.values(langkah=step, seen=opened))
            assert looked.status_code == 200
            assert looked.context["seen"] == opened
        told = client.post(address, self.values(seen=opened))
        assert told.status_code == 422
        assert "isinya menjadi “Kertas A3”" in told.content.decode()
        assert RkaLine.objects.get().description == "Kertas A3"

        assert client.post(address, self.values(seen=told.context["seen"])).status_code == 302
        assert RkaLine.objects.get().description == "Kertas F4"

    def test_reviewers_do_not_reach_the_form(self) -> None:
        for username in ("verifikator", "tapd", "bpkad", "auditor"):
            with self.subTest(username):
                assert self.as_(username).get(self.address()).status_code == 403


class ReferencePages(BudgetCase):
    def test_budget_office_creates_and_closes_reference_data(self) -> None:
        client = self.as_("bpkad")
        values = {
            "kind": "account",
            "code": "belanja-2026",
            "title": "Belanja 2026",
            "decree": "Kepmendagri 900.1-861 Tahun 2026",
            "decree_date": "2026-03-02",
            "valid_from_year": "2027",
        }
        response = client.post(reverse("budget:add-pack"), values)
        assert client.get(response["Location"]).status_code == 200
        client.post(
            reverse("budget:add-source"), {"code": "BTT", "name": "Dana cadangan", "valid_from_year": "2027"}
        )
        source = FundingSource.objects.get(code="BTT")
        client.post(reverse("budget:end-source", args=[source.pk]), {"last_year": "2028"})
        source.refresh_from_db()
        assert source.valid_until_year == 2028

    def test_readers_see_no_buttons_and_reach_no_forms(self) -> None:
        client = self.as_("opd")
        assert "Paket baru" not in client.get(reverse("budget:accounts")).content.decode()
        assert client.get(reverse("budget:add-pack")).status_code == 403

    def test_search_needs_every_word(self) -> None:
        page = self.as_("opd").get(reverse("budget:accounts"), {"cari": "jembatan modal"}).content.decode()
        assert "5.2.04.01.02.0003" in page
        assert "5.1.02.03.04.0013" not in page
