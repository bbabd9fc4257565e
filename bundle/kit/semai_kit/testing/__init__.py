"""What apps' tests start from: settings, a small region, personas, and a case for threads on a file database."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from django.db import connection
from django.test import Client, TestCase, TransactionTestCase

from semai_kit.environment import Environment
from semai_kit.settings import base

REGION: dict[str, Any] = {
    "code": "99.01",
    "name": "Kabupaten Contoh",
    "kind": "kabupaten",
    "short_name": "Contoh",
    "province": "Provinsi Contoh",
    "province_code": "99",
    "time_zone": "Asia/Makassar",
    "head_title": "Bupati",
    "head_name": "Yohana Contoh",
    "domain": "contohkab.go.id",
    "address": "Jalan Contoh Nomor 1",
    "logo": None,
    "fiscal_year": 2027,
    "bounds": {"south": -9.0, "west": 120.0, "north": -8.0, "east": 121.0},
    "agencies": [
        {"code": "1.01", "name": "Dinas Pendidikan", "short_name": "Disdik", "head_title": "Kepala Dinas"},
        {"code": "1.02", "name": "Dinas Kesehatan", "short_name": "Dinkes", "head_title": "Kepala Dinas"},
        {"code": "1.03", "name": "Dinas Pekerjaan Umum", "short_name": "DPU", "head_title": "Kepala Dinas"},
        {"code": "5.01", "name": "Badan Perencanaan Pembangunan Daerah", "short_name": "Bappeda"},
    ],
    "districts": [
        {
            "code": "99.01.01",
            "name": "Hulu",
            "point": {"latitude": -8.6, "longitude": 120.5},
            "villages": [
                {
                    "code": "99.01.01.2001",
                    "name": "Air Jernih",
                    "point": {"latitude": -8.61, "longitude": 120.46},
                },
                {"code": "99.01.01.2002", "name": "Bukit Damai"},
            ],
        },
        {"code": "99.01.02", "name": "Hilir", "villages": [{"code": "99.01.02.2001", "name": "Muara Indah"}]},
    ],
}
PASSWORD = "kata-sandi-untuk-uji-coba"  # noqa: S105


def environment(app: str, **changes: Any) -> Environment:
    """An environment for tests: SQLite (or SEMAI_TEST_DATABASE_URL), the region above, media in a folder."""
    folder = Path(tempfile.mkdtemp(prefix="semai-test-"))
    region_file = folder / "region.json"
    region_file.write_text(json.dumps(REGION), encoding="utf-8")
    values: dict[str, Any] = {
        "app": app,
        "release": "2026.11.0",
        "secret_key": "only-for-tests-" + "x" * 40,
        "database_url": os.environ.get("SEMAI_TEST_DATABASE_URL", "sqlite://:memory:"),
        "database_password": os.environ.get("SEMAI_TEST_DATABASE_PASSWORD", ""),
        "base_url": "http://testserver",
        "media": folder / "media",
        "region_file": region_file,
        "answers": {},
    }
    return Environment(**(values | changes))


def settings_for(app_label: str, url_conf: str, app: str = "test", **changes: Any) -> dict[str, Any]:
    """Settings of an app's tests/settings.py; `changes` replace fields of the environment."""
    settings = base(app_label, url_conf, environment(app, **changes))
    settings["PASSWORD_HASHERS"] = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if settings["DATABASES"]["default"]["ENGINE"].endswith("sqlite3"):
        # Threads need a file; the cases that start none share it and roll back.
        name = os.path.join(tempfile.mkdtemp(prefix="semai-test-db-"), "db.sqlite3")
        settings["DATABASES"]["default"]["TEST"] = {"NAME": name}
        # Nobody's rows are at stake, so tests do not wait for the disk.
        settings["DATABASES"]["default"]["OPTIONS"]["init_command"] = (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA busy_timeout=20000;"
        )
    return settings


class Personas:
    """Accounts by username, made once per class: override `make_personas`."""

    client: Client

    @classmethod
    def load_region(cls) -> None:
        from semai_kit.region_sync import sync_region

        sync_region()

    @classmethod
    def persona(cls, username: str, role: str, **place: Any) -> Any:
        """An account with one role, password PASSWORD, able to work at once."""
        from semai_kit import accounts
        from semai_kit.models import Account

        account, created = Account.objects.get_or_create(
            username=username, defaults={"full_name": username.title()}
        )
        if created:
            account.set_password(PASSWORD)
            account.save()
        accounts.grant_role(None, account, role, **place)
        return account

    @classmethod
    def make_personas(cls) -> None:
        """Create the accounts the cases use, with cls.persona(…)."""

    def account(self, username: str) -> Any:
        """A fresh object of the account, as a request would load it."""
        from semai_kit.models import Account

        return Account.objects.get(username=username)

    def as_(self, username: str) -> Client:
        """Log the test client in as a persona and return it."""
        account = self.account(username)
        self.client.force_login(account, backend="semai_kit.accounts.AccountBackend")
        return self.client


class KitTestCase(Personas, TestCase):
    """A case in a rolled-back transaction, with the region loaded and personas made once per class."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.load_region()
        cls.make_personas()


class KitThreadsTestCase(Personas, TransactionTestCase):
    """A case that commits, for threads. The append-only triggers are lifted only while tables are emptied."""

    def setUp(self) -> None:
        self.load_region()
        self.make_personas()

    def _fixture_teardown(self) -> None:
        from semai_kit import append_only

        append_only.remove(connection)
        try:
            super()._fixture_teardown()
        finally:
            append_only.install(connection)
