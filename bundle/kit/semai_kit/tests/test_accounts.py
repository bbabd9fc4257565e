"""Accounts: who may manage them, one-time passwords, grants, and what a login meets."""

import datetime
import re

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from semai_kit import accounts, roles
from semai_kit.accounts import AccountRefused
from semai_kit.models import Account, Agency, RoleGrant, Village
from semai_kit.testing import PASSWORD, KitTestCase

NEW = "kata-sandi-saya-sendiri"


class AccountCase(KitTestCase):
    @classmethod
    def make_personas(cls) -> None:
        cls.agency = Agency.objects.get(code="1.01")
        cls.persona("admin", "administrator")
        cls.persona("opd", "gardener", agency=cls.agency)
        cls.persona("auditor", "auditor")

    def login(self, username: str, password: str, client: Client | None = None, **extra: str):
        return (client or self.client).post("/masuk/", {"username": username, "password": password}, **extra)


class ServiceTests(AccountCase):
    def test_only_the_administrator_creates_accounts(self) -> None:
        for username in ("opd", "auditor"):
            with pytest.raises(roles.Denied):
                accounts.create_account(self.account(username), username="baru", full_name="Baru")
        made = accounts.create_account(self.account("admin"), username="Baru", full_name="Baru")
        assert made.account.username == "baru"
        assert made.account.must_change_password
        assert made.account.check_password(made.password)

    def test_taken_or_malformed_names_are_refused(self) -> None:
        for name in ("opd", "ada spasi", "", "x" * 61):
            with pytest.raises(AccountRefused):
                accounts.create_account(self.account("admin"), username=name, full_name="X")
        with pytest.raises(AccountRefused, match="18 angka"):
            accounts.create_account(self.account("admin"), username="y", full_name="Y", nip="123")

    def test_one_time_passwords_differ_and_can_be_read_aloud(self) -> None:
        made = {accounts.one_time_password() for _ in range(50)}
        assert len(made) == 50
        assert all(re.fullmatch(r"[a-hj-km-np-z2-9]{5}(-[a-hj-km-np-z2-9]{5}){2}", p) for p in made)

    def test_role_must_be_given_where_its_scope_says(self) -> None:
        admin, opd = self.account("admin"), self.account("opd")
        for role, place in (
            ("gardener", {}),
            ("gardener", {"village": Village.objects.first()}),
            ("head-gardener", {"agency": self.agency}),
            ("gardener", {"agency": self.agency, "village": Village.objects.first()}),
            ("unknown", {}),
        ):
            with pytest.raises(AccountRefused):
                accounts.grant_role(admin, opd, role, **place)

    def test_past_end_date_is_refused(self) -> None:
        with pytest.raises(AccountRefused, match="sudah lewat"):
            accounts.grant_role(None, self.account("opd"), "head-gardener", valid_until=datetime.date(2020, 1, 1))

    def test_granting_twice_changes_the_end_date_only(self) -> None:
        end = timezone.localdate() + datetime.timedelta(days=30)
        accounts.grant_role(None, self.account("opd"), "gardener", agency=self.agency, valid_until=end)
        grant = RoleGrant.objects.get(account__username="opd")
        assert grant.valid_until == end

    def test_grant_works_at_once_for_the_same_object(self) -> None:
        opd = self.account("opd")
        assert not roles.allowed(opd, "plot.judge")
        grant = accounts.grant_role(None, opd, "head-gardener")
        assert roles.allowed(opd, "plot.judge")
        accounts.revoke_role(None, grant)
        assert not roles.allowed(self.account("opd"), "plot.judge")

    def test_last_administrator_keeps_the_role(self) -> None:
        grant = RoleGrant.objects.get(role="administrator")
        with pytest.raises(AccountRefused, match="administrator terakhir"):
            accounts.revoke_role(self.account("admin"), grant)
        accounts.grant_role(None, self.account("opd"), "administrator")
        accounts.revoke_role(self.account("opd"), grant)
        assert not roles.allowed(self.account("admin"), "kit.accounts.manage")

    def test_nobody_deactivates_themselves(self) -> None:
        admin = self.account("admin")
        with pytest.raises(AccountRefused, match="akun sendiri"):
            accounts.set_active(admin, admin, False)

    def test_own_password_change_checks_old_and_quality(self) -> None:
        opd = self.account("opd")
        for old, new in (
            (PASSWORD + "x", NEW),
            (PASSWORD, PASSWORD),
            (PASSWORD, "pendek"),
            (PASSWORD, "1234567890"),
        ):
            with pytest.raises(ValidationError):
                accounts.change_password(opd, old, new)
        accounts.change_password(opd, PASSWORD, NEW)
        assert self.account("opd").check_password(NEW)

    def test_first_administrator_is_made_once(self) -> None:
        Account.objects.filter(username="admin").update(username="lain")
        assert accounts.ensure_administrator("satu-dua-tiga") is True
        assert accounts.ensure_administrator("empat-lima-enam") is False
        admin = self.account("admin")
        assert admin.check_password("satu-dua-tiga")
        assert admin.must_change_password


class LoginTests(AccountCase):
    def test_name_is_accepted_in_any_case(self) -> None:
        assert self.login(" OPD ", PASSWORD).status_code == 302

    def test_inactive_and_expired_accounts_cannot_log_in(self) -> None:
        Account.objects.filter(username="opd").update(is_active=False)
        Account.objects.filter(username="auditor").update(expires_on=datetime.date(2020, 1, 1))
        for username in ("opd", "auditor"):
            response = self.login(username, PASSWORD)
            assert "tidak cocok" in response.content.decode()

    def test_deactivation_ends_open_sessions(self) -> None:
        client = self.as_("opd")
        assert client.get("/petak/").status_code == 200
        accounts.set_active(None, self.account("opd"), False)
        assert client.get("/petak/").status_code == 302
        accounts.set_active(None, self.account("opd"), True)
        assert client.get("/petak/").status_code == 302

    def test_password_reset_ends_open_sessions(self) -> None:
        client = self.as_("opd")
        accounts.reset_password(None, self.account("opd"))
        assert client.get("/petak/").status_code == 302

    def test_one_time_password_leads_to_the_change_and_nowhere_else(self) -> None:
        password = accounts.reset_password(None, self.account("opd"))
        assert self.login("opd", password).status_code == 302
        for path in ("/", "/petak/", "/akun/", "/tidak-ada/"):
            assert self.client.get(path)["Location"] == "/kata-sandi/"
        page = self.client.get("/kata-sandi/").content.decode()
        assert "kata sandi sementara" in page
        assert '<input name="username" value="opd" autocomplete="username" hidden>' in page
        assert "Petak" not in page
        response = self.client.post("/kata-sandi/", {"old": password, "new": NEW, "again": NEW})
        assert response.status_code == 302
        assert self.client.get("/petak/").status_code == 200

    def test_wrong_repetition_is_shown_beside_the_field(self) -> None:
        response = self.as_("opd").post("/kata-sandi/", {"old": PASSWORD, "new": NEW, "again": "lain"})
        assert response.status_code == 422
        assert 'aria-invalid="true"' in response.content.decode()

    def test_login_goes_back_only_to_own_pages(self) -> None:
        target = {"username": "opd", "password": PASSWORD, "next": "https://jahat.example/"}
        assert self.client.post("/masuk/", target)["Location"] == "/"

    def test_logout_needs_post(self) -> None:
        assert self.as_("opd").get("/keluar/").status_code == 405


class ThrottleTests(AccountCase):
    def fail(self, times: int, username: str = "opd", **extra: str) -> int:
        for _ in range(times):
            status = self.login(username, "salah", **extra).status_code
        return status

    def test_sixth_try_is_locked_even_with_the_right_password(self) -> None:
        assert self.fail(4) == 200
        response = self.login("opd", "salah")
        assert response.status_code == 429
        assert "Tunggu 15 menit" in response.content.decode()
        assert self.login("opd", PASSWORD).status_code == 429

    def test_changing_case_or_browser_does_not_help(self) -> None:
        for i in range(5):
            status = self.login(("OPD", "opd", " Opd")[i % 3], "salah", HTTP_USER_AGENT=f"robot {i}").status_code
        assert status == 429

    def test_colleague_in_the_same_office_still_gets_in(self) -> None:
        self.fail(5)
        assert self.login("auditor", PASSWORD).status_code == 302

    def test_victim_elsewhere_still_gets_in(self) -> None:
        self.fail(5, REMOTE_ADDR="203.0.113.9")
        assert self.login("opd", PASSWORD, REMOTE_ADDR="10.0.0.5").status_code == 302

    def test_many_addresses_against_one_account_are_locked(self) -> None:
        for i in range(20):
            self.login("opd", "salah", REMOTE_ADDR=f"203.0.113.{i}")
        assert self.login("opd", PASSWORD, REMOTE_ADDR="10.0.0.5").status_code == 429

    def test_one_address_against_many_accounts_is_locked(self) -> None:
        for i in range(40):
            self.login(f"orang{i}", "salah")
        assert self.login("opd", PASSWORD).status_code == 429

    def test_own_login_does_not_clear_failures_of_others(self) -> None:
        for i in range(39):
            self.login(f"orang{i}", "salah")
        assert self.login("auditor", PASSWORD, Client()).status_code == 302
        self.login("orang39", "salah")
        assert self.login("opd", PASSWORD).status_code == 429

    def test_spoofed_forwarded_header_does_not_help_without_a_proxy(self) -> None:
        for i in range(5):
            status = self.login("opd", "salah", HTTP_X_FORWARDED_FOR=f"198.51.100.{i}").status_code
        assert status == 429


class PageTests(AccountCase):
    def test_created_password_is_shown_once_and_works(self) -> None:
        client = self.as_("admin")
        data = {"username": "baru", "full_name": "Orang Baru", "nip": "", "expires_on": ""}
        page = client.post("/akun/baru/", data).content.decode()
        password = re.search(r'class="secret">([a-z0-9-]+)<', page)[1]
        assert self.login("baru", password, Client()).status_code == 302
        account = self.account("baru")
        assert password not in client.get(f"/akun/{account.pk}/").content.decode()
        assert password not in client.get("/audit/").content.decode()

    def test_mistakes_stand_beside_their_fields(self) -> None:
        response = self.as_("admin").post("/akun/baru/", {"username": "A B", "full_name": "", "nip": "1"})
        page = response.content.decode()
        assert response.status_code == 422
        assert "Hanya huruf kecil" in page
        assert "NIP terdiri dari 18 angka" in page

    def test_grant_and_revoke_through_the_pages(self) -> None:
        client, auditor = self.as_("admin"), self.account("auditor")
        path = f"/akun/{auditor.pk}/peran/"
        wrong = client.post(path, {"role": "gardener"})
        assert "harus diberi untuk satu OPD" in wrong.content.decode()
        client.post(path, {"role": "gardener", "agency": self.agency.pk, "valid_until": "2099-12-31"})
        grant = RoleGrant.objects.get(account=auditor, role="gardener")
        assert grant.created_by.username == "admin"
        client.post(f"/akun/peran/{grant.pk}/cabut/")
        assert not roles.allowed_anywhere(self.account("auditor"), "plot.write")

    def test_buttons_reset_and_deactivate(self) -> None:
        client, opd = self.as_("admin"), self.account("opd")
        page = client.post(f"/akun/{opd.pk}/kata-sandi/").content.decode()
        password = re.search(r'class="secret">([a-z0-9-]+)<', page)[1]
        assert self.account("opd").check_password(password)
        client.post(f"/akun/{opd.pk}/aktif/", {"active": "0"})
        assert not self.account("opd").is_active
        own = client.post(f"/akun/{self.account('admin').pk}/aktif/", {"active": "0"}, follow=True)
        assert "akun sendiri" in own.content.decode()

    def test_auditor_sees_accounts_but_no_buttons(self) -> None:
        opd = self.account("opd")
        client = self.as_("auditor")
        page = client.get(f"/akun/{opd.pk}/").content.decode()
        assert "Atur ulang kata sandi" not in page
        for path in (f"/akun/{opd.pk}/kata-sandi/", f"/akun/{opd.pk}/aktif/", f"/akun/{opd.pk}/peran/"):
            assert client.post(path).status_code == 403
        assert client.get("/akun/baru/").status_code == 403
        assert self.account("opd").check_password(PASSWORD)

    def test_list_searches_and_costs_a_bounded_number_of_queries(self) -> None:
        for i in range(60):
            self.persona(f"orang{i}", "gardener", agency=self.agency)
        client = self.as_("admin")
        assert "1 baris" in client.get("/akun/", {"q": "audi"}).content.decode()
        with self.assertNumQueries(8):
            client.get("/akun/")
