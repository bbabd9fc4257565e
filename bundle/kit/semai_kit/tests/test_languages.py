"""Indonesian unless this person chose otherwise; English pages, Indonesian documents, sheets, records and API."""

import datetime
import io
from decimal import Decimal
from unittest.mock import patch

from auditlog.models import LogEntry
from django.forms import DateField
from django.template import Context, Template
from django.test import Client
from django.utils import translation
from openpyxl import load_workbook

from semai_kit import tokens
from semai_kit.apps import app_config
from semai_kit.forms import QuantityField
from semai_kit.languages import counted
from semai_kit.models import Agency, FiscalYear
from semai_kit.money import RupiahField
from semai_kit.spreadsheets import write
from semai_kit.testing import KitTestCase
from semai_kit.testing.english import in_english, left_in_indonesian
from semai_kit.tests.garden.models import Plot
from semai_kit.tests.garden.views import SHEET

INDONESIAN, ENGLISH = '<html lang="id">', '<html lang="en">'


class LanguageCase(KitTestCase):
    @classmethod
    def make_personas(cls) -> None:
        cls.agency = Agency.objects.get(code="1.01")
        cls.persona("opd", "gardener", agency=cls.agency)
        cls.plot = Plot.objects.create(name="Petak 1", agency=cls.agency, fiscal_year=FiscalYear.objects.get())


class ChoiceTests(LanguageCase):
    def test_a_browser_that_prefers_english_gets_indonesian(self) -> None:
        response = Client().get("/masuk/", HTTP_ACCEPT_LANGUAGE="en")
        assert INDONESIAN in response.content.decode()
        assert response.headers["Content-Language"] == "id"
        assert "Kata sandi" in response.content.decode()

    def test_who_chose_english_reads_english_until_they_choose_again(self) -> None:
        client = in_english(Client())
        page = client.get("/masuk/").content.decode()
        assert ENGLISH in page
        assert "Password" in page
        assert "Kata sandi" not in page
        client.post("/bahasa/", {"language": "id"})
        assert INDONESIAN in client.get("/masuk/").content.decode()

    def test_each_page_offers_the_other_language_by_its_own_name(self) -> None:
        page = Client().get("/masuk/").content.decode()
        assert (
            '<button class="button button-small button-quiet" name="language" value="en" lang="en">English' in page
        )
        assert "Bahasa Indonesia</button>" not in page
        assert "Bahasa Indonesia</button>" in in_english(Client()).get("/masuk/").content.decode()

    def test_the_choice_leads_back_to_the_page_and_to_no_other_site(self) -> None:
        for target, goes in (("/petak/?page=2", "/petak/?page=2"), ("https://evil.example/", "/"), ("//evil", "/")):
            with self.subTest(target):
                response = Client().post("/bahasa/", {"language": "en", "next": target})
                assert response.headers["Location"] == goes

    def test_only_a_form_of_this_site_changes_the_language(self) -> None:
        assert Client(enforce_csrf_checks=True).post("/bahasa/", {"language": "en"}).status_code == 403
        assert Client().get("/bahasa/").status_code == 405

    def test_a_language_the_app_does_not_have_is_neither_offered_nor_taken(self) -> None:
        assert Client().post("/bahasa/", {"language": "nl"}).status_code == 404
        client = in_english(Client())
        with patch.object(type(app_config()), "languages", ("id",)):
            page = client.get("/masuk/").content.decode()
            assert INDONESIAN in page
            assert "/bahasa/" not in page
            assert client.post("/bahasa/", {"language": "en"}).status_code == 404

    def test_refusals_and_error_pages_are_english_too(self) -> None:
        client = in_english(self.as_("opd"))
        assert "Page not found" in client.get("/tidak-ada/").content.decode()
        assert "does not allow this" in client.get("/akun/").content.decode()
        client.raise_request_exception = False
        assert "An error occurred in the system" in client.get("/rusak/").content.decode()

    def test_states_of_data_files_keep_their_title_where_nobody_translated_them(self) -> None:
        page = in_english(self.as_("opd")).get(f"/petak/{self.plot.pk}").content.decode()
        assert ENGLISH in page
        assert self.plot.state_title in page

    def test_no_page_of_the_administrator_shows_a_text_that_has_english_words(self) -> None:
        account = self.persona("admin", "administrator")
        token = tokens.create_token(None, consumer="Portal", granted=["plots.read"]).token
        client = in_english(self.as_("admin"))
        client.post("/tahun/buka/", {"year": "2028"})
        paths = (
            *("/akun/", "/akun/baru/", *(f"/akun/{account.pk}/{page}" for page in ("", "ubah/", "peran/"))),
            *("/tahun/", "/tahun/buka/", "/pejabat/", "/pejabat/baru/", "/opd/perubahan/", "/opd/perubahan/baru/"),
            *("/token/", "/token/baru/", f"/token/{token.pk}/"),
            *("/profil/", "/profil/sesi/", "/pemberitahuan/", "/kata-sandi/"),
        )
        pages = {path: client.get(path).content.decode() for path in paths}
        assert {path: left for path, page in pages.items() if (left := left_in_indonesian(page))} == {}

    def test_what_a_page_leaves_in_indonesian_is_found(self) -> None:
        page = '<html lang="en"><h1>Password</h1><p title="Kembali">Kata sandi</p><p>Petak 1</p></html>'
        assert left_in_indonesian(page) == ["Kembali", "Kata sandi"]


class OfficialTests(LanguageCase):
    """What leaves the page stays Indonesian."""

    def test_the_api_answers_in_indonesian(self) -> None:
        token = tokens.create_token(None, consumer="Portal", granted=["plots.count"]).text
        client = in_english(Client())
        response = client.get("/api/plots", HTTP_AUTHORIZATION=f"Bearer {token}")
        assert response.headers["Content-Language"] == "id"

    def test_documents_are_those_of_the_indonesian_page(self) -> None:
        client = self.as_("opd")
        before = client.get("/panen/cetak/").content
        assert in_english(client).get("/panen/cetak/").content == before

    def test_error_sheets_are_indonesian(self) -> None:
        client = in_english(self.as_("opd"))
        upload = io.BytesIO(write(SHEET, [{"name": "Petak 2", "cost": "banyak"}]))
        upload.name = "petak.xlsx"
        page = client.post("/petak/impor/", {"file": upload})
        assert "is not a number" in page.content.decode()
        sheet = client.post("/petak/impor/", {"token": page.context["token"], "errors": "1"})
        assert "bukan angka" in str(load_workbook(io.BytesIO(sheet.content)).active["A2"].value)

    def test_the_audit_trail_is_written_in_indonesian(self) -> None:
        client = in_english(self.as_("opd"))
        client.post("/keluar/")
        assert LogEntry.objects.latest("pk").additional_data["event"] == "keluar"


class FormatTests(LanguageCase):
    def test_an_english_page_writes_numbers_and_dates_the_indonesian_way(self) -> None:
        shown = {}
        for language in ("id", "en"):
            with translation.override(language):
                given = {"money": Decimal("1234.50"), "count": 12345, "share": Decimal("97.5")}
                template = Template("{{ money|rupiah }} {{ count }} {{ share }} {{ share|floatformat:2 }}")
                shown[language] = template.render(Context(given))
        assert shown["id"] == shown["en"] == "Rp1.234,50 12.345 97,5 97,50"

    def test_an_english_form_reads_what_an_indonesian_one_reads(self) -> None:
        for language in ("id", "en"):
            with self.subTest(language), translation.override(language):
                assert RupiahField().clean("1.500.000,50") == Decimal("1500000.50")
                assert QuantityField().clean("1.250,75") == Decimal("1250.75")
                assert QuantityField().widget.format_value(Decimal("1250.75")) == "1.250,75"
                for day in ("03/02/2027", "2027-02-03"):
                    assert DateField().clean(day) == datetime.date(2027, 2, 3)


class CountingTests(KitTestCase):
    def test_english_has_two_forms_and_indonesian_one(self) -> None:
        text = "{ended} sesi lain diakhiri."
        with translation.override("en"):
            assert [counted(text, n).format(ended=n) for n in (1, 2)] == [
                "1 other session was ended.",
                "2 other sessions were ended.",
            ]
        assert [counted(text, n) for n in (1, 2)] == [text, text]

    def test_a_context_words_a_text_of_its_own_and_falls_back_to_the_text(self) -> None:
        template = Template('{% load semai %}{{ title|translated }}, {{ title|translated:"level" }}')
        with translation.override("en"):
            assert template.render(Context({"title": "Akun"})) == "Accounts, Akun"
