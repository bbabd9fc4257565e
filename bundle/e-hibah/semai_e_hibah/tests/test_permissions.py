"""Every address against every role, from a table; anonymous visitors get the public pages and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from ..models import FilingWindow
from .cases import GrantsCase

pytestmark = pytest.mark.slow
ROLES = ("tata_usaha", "kepala_daerah", "tim_pertimbangan", "opd", "opd-lain", "tapd", "bpkad", "inspektorat",
         "auditor", "administrator")  # fmt: skip
EVERYBODY = frozenset(ROLES)
READERS = EVERYBODY - {"administrator", "opd-lain"}
# Who gets 200 on GET of a page about an application of OPD 1.01 that is paid; others get 403 or 404.
TABLE: dict[str, frozenset[str]] = {
    "applications": EVERYBODY - {"administrator"},
    "application": READERS,
    "classify": frozenset({"tim_pertimbangan"}),
    "recommend": frozenset({"opd"}),
    "decide": frozenset({"tapd"}),
    "waive": frozenset({"tim_pertimbangan"}),
    "reveal": frozenset({"tata_usaha", "tim_pertimbangan", "opd", "bpkad", "inspektorat"}),
    "renew-code": frozenset({"tata_usaha"}),
    "record-agreement": frozenset({"opd"}),
    "agreement": frozenset({"opd", "bpkad", "inspektorat"}),
    "pay": frozenset({"bpkad"}),
    "close": frozenset({"opd"}),
    "award-lists": EVERYBODY - {"administrator", "tata_usaha"},
    "create-award-list": frozenset({"tapd"}),
    "award-list": EVERYBODY - {"administrator", "tata_usaha"},
    "award-list-document": EVERYBODY - {"administrator", "tata_usaha"},
    "reports": EVERYBODY - {"administrator"},
    "report": READERS,
    "budget": EVERYBODY - {"administrator", "tata_usaha"},
    "add-line": frozenset({"tapd", "bpkad"}),
    "change-line": frozenset({"tapd", "bpkad"}),
    "windows": frozenset({"tata_usaha", "inspektorat", "auditor"}),
    "change-window": frozenset({"tata_usaha"}),
}
# Their GET is refused; tests of services and pages try who may post.
POST_ONLY = {
    "move",
    "move-award-list",
    "move-report",
    "add-to-award-list",
    "take-out-of-award-list",
    "fetch",
    "leave",
}
PUBLIC = {"home", "choose-kind", "file", "status", "recipients", "owing"}
# Opened by a code, or by the counter.
APPLICANT = {
    "receipt", "mine", "change-mine", "upload", "submit-mine", "withdraw-mine", "report-mine", "report-file",
    "submit-report",
}  # fmt: skip


def names() -> Iterator[str]:
    for entry in get_resolver().url_patterns:
        if isinstance(entry, URLResolver) and entry.namespace == "grants":
            for page in entry.url_patterns:
                assert isinstance(page, URLPattern)
                yield str(page.name)


class PermissionTest(GrantsCase):
    def test_the_table_names_every_address(self) -> None:
        assert set(names()) == {*TABLE, *POST_ONLY, *PUBLIC, *APPLICANT}

    def test_each_role_gets_what_the_table_says_and_anonymous_a_login(self) -> None:
        addresses = self.addresses()
        clients = {name: self.fresh(name) for name in ROLES}
        for page, allowed in TABLE.items():
            for name, client in clients.items():
                with self.subTest(page=page, name=name):
                    status = client.get(addresses[page]).status_code
                    assert status == 200 if name in allowed else status in (403, 404)
            answer = Client().get(addresses[page])
            assert answer.status_code == 302, page
            assert answer["Location"].startswith("/masuk/"), page

    def test_anonymous_opens_public_pages_and_no_application(self) -> None:
        addresses = self.addresses()
        for page in PUBLIC:
            assert Client().get(addresses[page]).status_code == 200, page
        for page in APPLICANT - {"receipt"}:
            assert Client().get(addresses[page]).status_code == 404, page
            assert Client().post(addresses[page]).status_code in (404, 405), page
        for page in POST_ONLY - {"leave"}:
            assert Client().post(addresses[page]).status_code == 302, page

    def test_posting_without_the_role_is_refused(self) -> None:
        addresses = self.addresses()
        for page, name in (
            ("fetch", "opd"), ("add-to-award-list", "opd"), ("take-out-of-award-list", "auditor"),
            ("move", "administrator"), ("change-window", "tapd"), ("add-line", "auditor"),
        ):  # fmt: skip
            with self.subTest(page=page):
                assert self.fresh(name).post(addresses[page], {"to": "selesai"}).status_code in (403, 404)

    def fresh(self, name: str) -> Client:
        client = Client()
        client.force_login(self.account(name), backend="semai_kit.accounts.AccountBackend")
        return client

    def addresses(self) -> dict[str, str]:
        application = self.at("dicairkan", asked=self.content().asked)
        report = application.agreement.disbursements.get().report
        number, line = application.number, application.grant_line
        own = {
            "waive": [application.pk, "tenggat"],
            "award-list": [application.award_list_id],
            "award-list-document": [application.award_list_id],
            "move-award-list": [application.award_list_id],
            "add-to-award-list": [application.award_list_id, application.pk],
            "take-out-of-award-list": [application.award_list_id, application.pk],
            "report": [report.pk],
            "move-report": [report.pk],
            "change-line": [line.pk],
            "change-window": [FilingWindow.objects.get(fiscal_year=self.year).pk],
            "file": ["hibah-kelompok"],
            "upload": [number, "ktp"],
            **{page: [number, report.pk] for page in ("report-mine", "report-file", "submit-report")},
            **{page: [number] for page in ("mine", "change-mine", "submit-mine", "withdraw-mine")},
        }
        about = {"application", "classify", "recommend", "decide", "reveal", "renew-code", "record-agreement",
                 "agreement", "pay", "close", "move"}  # fmt: skip
        return {
            page: reverse(f"grants:{page}", args=own.get(page, [application.pk] if page in about else []))
            for page in names()
        }
