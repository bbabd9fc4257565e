"""What every page promises: headers, language, no inline code, years, lists, forms, errors."""

import io
import json
import logging
import re
import tempfile
from pathlib import Path

from django.test import Client, override_settings
from openpyxl import load_workbook

from semai_kit.models import Agency, FiscalYear
from semai_kit.spreadsheets import write
from semai_kit.testing import REGION, KitTestCase, environment
from semai_kit.tests.garden.models import Plot
from semai_kit.tests.garden.views import SHEET


class PageCase(KitTestCase):
    @classmethod
    def make_personas(cls) -> None:
        cls.agency = Agency.objects.get(code="1.01")
        cls.year = FiscalYear.objects.get()
        cls.persona("opd", "gardener", agency=cls.agency)
        cls.persona("admin", "administrator")

    def plots(self, count: int) -> None:
        Plot.objects.bulk_create(
            [Plot(name=f"Petak {i}", agency=self.agency, fiscal_year=self.year, state="draf") for i in range(count)]
        )


class FrameTests(PageCase):
    PATHS = ("/", "/petak/", "/petak/baru/", "/petak/impor/", "/kata-sandi/", "/tidak-ada/", "/akun/")

    def test_every_page_carries_the_strict_headers(self) -> None:
        client = self.as_("opd")
        for path in (*self.PATHS, "/healthz"):
            headers = client.get(path).headers
            if path != "/healthz":
                assert "default-src 'none'" in headers["Content-Security-Policy"]
                assert "unsafe" not in headers["Content-Security-Policy"]
                assert headers["X-Frame-Options"] == "DENY"
                assert headers["X-Content-Type-Options"] == "nosniff"
                assert headers["Referrer-Policy"] == "same-origin"
            assert "no-store" in headers["Cache-Control"]

    def test_no_page_holds_inline_code_or_style(self) -> None:
        self.plots(3)
        client = self.as_("opd")
        for path in self.PATHS:
            page = client.get(path).content.decode()
            assert not re.search(r"\sstyle=|\son[a-z]+=|<style|javascript:", page), path
            assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))

    def test_every_page_has_language_title_one_heading_and_labelled_fields(self) -> None:
        client = self.as_("opd")
        for path in self.PATHS:
            page = client.get(path).content.decode()
            assert '<html lang="id">' in page
            assert re.search(r"<title>\s*\S", page)
            assert page.count("<h1") == 1, path
            ids = re.findall(r'<(?:input|select|textarea)(?![^>]*type="hidden")[^>]*\sid="([^"]+)"', page)
            assert all(f'for="{i}"' in page for i in ids), path

    def test_region_and_release_are_on_the_page(self) -> None:
        page = self.client.get("/masuk/").content.decode()
        assert "Kabupaten Contoh" in page
        assert "rilis 2026.11.0" in page

    def test_first_load_is_small(self) -> None:
        self.plots(60)
        client = self.as_("opd")
        page = len(client.get("/petak/").content)
        parts = [
            sum(len(c) for c in client.get(f"/static/semai_kit/{name}").streaming_content)
            for name in ("semai.css", "semai.js", "emblem.svg")
        ]
        assert page + sum(parts) < 150_000

    def test_navigation_shows_only_what_the_role_may_open(self) -> None:
        assert "/petak/" in self.as_("opd").get("/").content.decode()
        page = self.as_("admin").get("/").content.decode()
        assert 'href="/petak/"' not in page.split("<main")[0]
        assert 'href="/audit/"' in page

    def test_current_tab_is_marked(self) -> None:
        page = self.as_("opd").get("/petak/").content.decode()
        assert re.search(r'<a href="/petak/" aria-current="page">', page)
        assert not re.search(r'<a href="/" aria-current="page">', page)

    def test_logo_of_the_region_or_the_emblem(self) -> None:
        assert self.client.get("/daerah/logo")["Location"].endswith("emblem.svg")

    def test_icon_that_browsers_ask_for_by_themselves_leaves_the_forms_cookie_alone(self) -> None:
        """Whichever of two cookies came last would decide whether the first form of a person is taken."""
        response = self.client.get("/favicon.ico")
        assert response["Location"].endswith("emblem.svg")
        assert not response.cookies

    def test_own_logo_is_sent_with_a_policy_under_which_it_runs_nothing(self) -> None:
        folder = Path(tempfile.mkdtemp())
        logo = folder / "logo.svg"
        logo.write_text('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')
        region_file = folder / "region.json"
        region_file.write_text(json.dumps(REGION | {"logo": str(logo)}))
        with override_settings(SEMAI=environment("garden", region_file=region_file)):
            response = self.client.get("/daerah/logo")
            assert response["Content-Type"] == "image/svg+xml"
            assert "sandbox" in response["Content-Security-Policy"]
            assert "script-src" not in response["Content-Security-Policy"]
            assert b"svg" in b"".join(response.streaming_content)
            logo.unlink()
            assert self.client.get("/daerah/logo").status_code == 302

    def test_foreign_host_is_refused(self) -> None:
        assert self.client.get("/masuk/", HTTP_HOST="jahat.example").status_code == 400


class YearTests(PageCase):
    def test_switcher_is_kept_in_the_session_and_filters(self) -> None:
        other = FiscalYear.objects.create(year=2026, status="locked")
        Plot.objects.create(name="Petak lama", agency=self.agency, fiscal_year=other)
        client = self.as_("opd")
        assert "Petak lama" not in client.get("/petak/").content.decode()
        response = client.post("/tahun/pilih/", {"year": "2026", "next": "/petak/"})
        assert response["Location"] == "/petak/"
        page = client.get("/petak/").content.decode()
        assert "Petak lama" in page
        assert "terkunci" in page

    def test_switcher_refuses_unknown_years_and_foreign_targets(self) -> None:
        client = self.as_("opd")
        assert client.post("/tahun/pilih/", {"year": "x"}).status_code == 404
        assert client.post("/tahun/pilih/", {"year": "2027", "next": "//jahat.example/"})["Location"] == "/"

    def test_administrator_opens_locks_and_archives(self) -> None:
        client = self.as_("admin")
        client.post("/tahun/buka/", {"year": "2028"})
        year = FiscalYear.objects.get(year=2028)
        for status in ("locked", "archived"):
            client.post(f"/tahun/{year.pk}/status/", {"status": status})
            assert FiscalYear.objects.get(year=2028).status == status
        page = client.post(f"/tahun/{year.pk}/status/", {"status": "open"}, follow=True).content.decode()
        assert "sudah diarsipkan" in page
        assert FiscalYear.objects.get(year=2028).status == "archived"

    def test_others_may_not(self) -> None:
        assert self.as_("opd").post(f"/tahun/{self.year.pk}/status/", {"status": "locked"}).status_code == 403
        assert FiscalYear.objects.get().is_open


class ListTests(PageCase):
    def test_list_pages_by_fifty_with_a_bounded_number_of_queries(self) -> None:
        self.plots(120)
        client = self.as_("opd")
        with self.assertNumQueries(7):
            page = client.get("/petak/").content.decode()
        assert page.count("<tr") == 51
        assert "120 baris" in page
        assert "Halaman 1 dari 3" in page
        assert client.get("/petak/?page=3").content.decode().count("<tr") == 21

    def test_filter_and_sort_and_nonsense_parameters(self) -> None:
        self.plots(12)
        client = self.as_("opd")
        assert "3 baris" in client.get("/petak/", {"name": "petak 1"}).content.decode()
        assert client.get("/petak/?sort=-name&page=999&state=tidakada").status_code == 200

    def test_export_holds_every_filtered_row_not_only_the_page(self) -> None:
        self.plots(70)
        response = self.as_("opd").get("/petak/", {"export": "xlsx"})
        assert re.search(r'filename="petak-\d{8}\.xlsx"', response["Content-Disposition"])
        assert load_workbook(io.BytesIO(response.content)).active.max_row == 71

    def test_empty_list_says_so(self) -> None:
        assert "Belum ada yang bisa ditampilkan" in self.as_("opd").get("/petak/").content.decode()

    def test_another_agency_sees_nothing(self) -> None:
        self.plots(3)
        self.persona("lain", "gardener", agency=Agency.objects.get(code="1.02"))
        client = self.as_("lain")
        assert "0 baris" in client.get("/petak/").content.decode()
        assert client.get(f"/petak/{Plot.objects.first().pk}").status_code == 404


class FormTests(PageCase):
    def test_refusal_of_the_service_stands_above_the_form_and_nothing_is_saved(self) -> None:
        other = Agency.objects.get(code="1.02")
        response = self.as_("opd").post("/petak/baru/", {"name": "x", "agency": other.pk, "cost": "1"})
        assert response.status_code == 422
        assert "tidak mengizinkan" in response.content.decode()
        assert not Plot.objects.exists()

    def test_money_typed_with_dots_is_understood_and_shown_again(self) -> None:
        client = self.as_("opd")
        response = client.post("/petak/baru/", {"name": "", "agency": self.agency.pk, "cost": "1.500.000"})
        assert 'value="1.500.000"' in response.content.decode()
        client.post("/petak/baru/", {"name": "x", "agency": self.agency.pk, "cost": "1.500.000"})
        assert Plot.objects.get().cost == 1_500_000


class ImportTests(PageCase):
    def upload(self, client: Client, rows: list[dict]):
        file = io.BytesIO(write(SHEET, rows))
        file.name = "petak.xlsx"
        return client.post("/petak/impor/", {"file": file})

    def token(self, response) -> str:
        return re.search(r'name="token" value="([0-9a-f]{40})"', response.content.decode())[1]

    def test_preview_writes_nothing_and_confirm_writes_all(self) -> None:
        client = self.as_("opd")
        response = self.upload(client, [{"name": "A", "cost": 5}, {"name": "B"}])
        assert "2 baris siap disimpan" in response.content.decode()
        assert not Plot.objects.exists()
        done = client.post("/petak/impor/", {"token": self.token(response), "confirm": "1"}, follow=True)
        assert "2 petak disimpan" in done.content.decode()
        assert Plot.objects.count() == 2

    def test_confirming_twice_writes_once(self) -> None:
        client = self.as_("opd")
        token = self.token(self.upload(client, [{"name": "A"}]))
        client.post("/petak/impor/", {"token": token, "confirm": "1"})
        again = client.post("/petak/impor/", {"token": token, "confirm": "1"})
        assert again.status_code == 422
        assert "Unggah lagi" in again.content.decode()
        assert Plot.objects.count() == 1

    def test_one_wrong_row_stops_all_and_the_error_sheet_names_it(self) -> None:
        client = self.as_("opd")
        response = self.upload(client, [{"name": "A"}, {"cost": 5}, {"name": "C", "cost": "banyak"}])
        token = self.token(response)
        assert "2 dari 3 baris perlu diperbaiki" in response.content.decode()
        assert client.post("/petak/impor/", {"token": token, "confirm": "1"}).status_code == 422
        assert not Plot.objects.exists()
        sheet = load_workbook(
            io.BytesIO(client.post("/petak/impor/", {"token": token, "errors": "1"}).content)
        ).active
        assert "“banyak” bukan angka" in sheet["A3"].value + sheet["A4"].value

    def test_rules_are_checked_again_at_confirmation(self) -> None:
        client = self.as_("opd")
        token = self.token(self.upload(client, [{"name": "A"}]))
        Plot.objects.create(name="A", agency=self.agency, fiscal_year=self.year)
        response = client.post("/petak/impor/", {"token": token, "confirm": "1"})
        assert "sudah ada" in response.content.decode()
        assert Plot.objects.count() == 1

    def test_preview_of_somebody_else_cannot_be_confirmed(self) -> None:
        token = self.token(self.upload(self.as_("opd"), [{"name": "A"}]))
        self.persona("lain", "gardener", agency=Agency.objects.get(code="1.02"))
        other = Client()
        other.force_login(self.account("lain"), backend="semai_kit.accounts.AccountBackend")
        assert other.post("/petak/impor/", {"token": token, "confirm": "1"}).status_code == 422
        for wrong in ("../../etc/passwd", "0" * 40):
            assert other.post("/petak/impor/", {"token": wrong, "errors": "1"}).status_code == 422

    def test_unusable_or_missing_file_is_explained(self) -> None:
        client = self.as_("opd")
        file = io.BytesIO(b"bukan xlsx")
        file.name = "x.xlsx"
        assert "bukan XLSX" in client.post("/petak/impor/", {"file": file}).content.decode()
        assert client.post("/petak/impor/", {}).status_code == 422
        assert client.get("/petak/impor/?template=1")["Content-Disposition"].startswith("attachment")


class ErrorTests(PageCase):
    def test_missing_page_and_forbidden_page_show_the_way_back(self) -> None:
        client = self.as_("opd")
        for path, status, text in (
            ("/tidak-ada/", 404, "Halaman tidak ditemukan"),
            ("/akun/", 403, "Bukan wewenang"),
        ):
            response = client.get(path)
            assert (response.status_code, text in response.content.decode()) == (status, True)
            assert 'href="/"' in response.content.decode()

    def test_broken_page_tells_nothing_about_the_inside(self) -> None:
        client = self.as_("opd")
        client.raise_request_exception = False
        with self.assertLogs("django.request", "ERROR"):
            response = client.get("/rusak/")
        assert response.status_code == 500
        assert "broken on purpose" not in response.content.decode()
        assert "Ke halaman depan" in response.content.decode()

    def test_form_without_token_is_refused_kindly(self) -> None:
        client = Client(enforce_csrf_checks=True)
        with self.assertLogs("django.security.csrf", "WARNING"):
            response = client.post("/masuk/", {"username": "opd", "password": "x"})
        assert response.status_code == 403
        assert "kedaluwarsa" in response.content.decode()


class RequestLogTests(PageCase):
    def lines(self, *paths: str, **extra: str) -> list[dict]:
        client = self.as_("opd")
        with self.assertLogs("semai.requests", logging.INFO) as caught:
            client.get("/")
            for path in paths:
                client.get(path, **extra)
        return [record.fields for record in caught.records[1:]]

    def test_line_holds_who_what_and_no_query(self) -> None:
        [line] = self.lines("/petak/?name=rahasia", REMOTE_ADDR="10.2.3.4")
        assert line["path"] == "/petak/"
        assert (line["method"], line["status"], line["address"]) == ("GET", 200, "10.2.3.4")
        assert line["user"] == self.account("opd").pk
        assert "rahasia" not in json.dumps(line)

    def test_health_probes_are_not_logged(self) -> None:
        assert self.lines("/healthz") == []

    @override_settings(SEMAI=environment("garden", proxies=1))
    def test_behind_one_proxy_the_right_most_hop_is_the_visitor(self) -> None:
        [line] = self.lines("/", HTTP_X_FORWARDED_FOR="1.1.1.1, 10.0.0.7", REMOTE_ADDR="127.0.0.1")
        assert line["address"] == "10.0.0.7"

    @override_settings(SEMAI=environment("garden", proxies=1))
    def test_behind_a_proxy_nonsense_in_the_header_falls_back_to_the_peer(self) -> None:
        [line] = self.lines("/", HTTP_X_FORWARDED_FOR="1.1.1.1, <script>", REMOTE_ADDR="127.0.0.1")
        assert line["address"] == "127.0.0.1"

    def test_without_a_declared_proxy_the_header_is_ignored(self) -> None:
        [line] = self.lines("/", HTTP_X_FORWARDED_FOR="1.1.1.1", REMOTE_ADDR="10.2.3.4")
        assert line["address"] == "10.2.3.4"
