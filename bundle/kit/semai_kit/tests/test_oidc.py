"""Login through an identity provider: the way there and back, and everything it might lie about."""

import time
from collections.abc import Iterator

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client, override_settings

from semai_kit import accounts, audit
from semai_kit.environment import Environment, Oidc
from semai_kit.models import Account, Agency
from semai_kit.testing import KitTestCase, environment
from semai_kit.tests.identity import IdentityProvider
from semai_kit.tests.test_environment import GOOD


class OidcTests(KitTestCase):
    @classmethod
    def make_personas(cls) -> None:
        for name in ("kebun", "petani"):
            account = cls.persona(name, "gardener", agency=Agency.objects.get(code="1.01"))
            account.email = f"{name}@contohkab.go.id"
            account.save()

    @pytest.fixture(autouse=True)
    def _provider(self) -> Iterator[None]:
        self.provider = IdentityProvider("garden")
        self.provider.claims = {"preferred_username": "Kebun"}
        oidc = Oidc(self.provider.issuer, "garden", "rahasia")
        with override_settings(SEMAI=environment("garden", oidc=oidc)):
            yield
        self.provider.stop()

    def walk(self, client: Client, query: str = "", **changes: str):
        there = client.get(f"/masuk/daerah/{query}")
        assert there.status_code == 302, there.content
        return client.get("/masuk/daerah/kembali/", self.provider.consent(there["Location"]) | changes)

    def refused(self, said: str, **changes: str) -> None:
        client = Client()
        response = self.walk(client, **changes)
        page = response.content.decode()
        assert response.status_code == 403
        assert said in page
        assert client.get("/petak/").status_code == 302

    def test_the_login_page_offers_it_and_it_leads_back_to_the_page_asked_for(self) -> None:
        client = Client()
        page = client.get("/masuk/?next=/petak/").content.decode()
        assert 'href="/masuk/daerah/?next=/petak/">Masuk dengan akun daerah' in page
        assert self.walk(client, "?next=/petak/")["Location"] == "/petak/"
        assert client.get("/petak/").status_code == 200
        assert audit.entries(self.account("kebun")).first().additional_data["event"] == "masuk"

    def test_the_secret_and_the_verifier_reach_the_provider_and_the_code_works_once(self) -> None:
        client = Client()
        there = client.get("/masuk/daerah/")
        answer = self.provider.consent(there["Location"])
        assert client.get("/masuk/daerah/kembali/", answer).status_code == 302
        assert self.provider.exchanged[0]["client_secret"] == "rahasia"
        assert Client().get("/masuk/daerah/kembali/", answer).status_code == 403
        assert client.get("/masuk/daerah/kembali/", answer).status_code == 403

    def test_a_verified_address_finds_the_account_and_an_unverified_one_does_not(self) -> None:
        self.provider.claims = {"email": "KEBUN@contohkab.go.id", "email_verified": True}
        client = Client()
        self.walk(client)
        assert client.get("/petak/").status_code == 200
        for verified in (False, "true", None):
            self.provider.claims = {"email": "kebun@contohkab.go.id", "email_verified": verified}
            self.refused("Belum ada akun aplikasi")

    def test_nobody_is_made_and_no_closed_or_ambiguous_account_gets_in(self) -> None:
        before = Account.objects.count()
        for claims in (
            {"preferred_username": "orang.baru", "email": "baru@contohkab.go.id", "email_verified": True},
            {"preferred_username": "kebun", "email": "petani@contohkab.go.id", "email_verified": True},
            {"preferred_username": ""},
            {},
        ):
            with self.subTest(claims):
                self.provider.claims = claims
                self.refused("Belum ada akun aplikasi")
        accounts.set_active(None, self.account("kebun"), False)
        self.provider.claims = {"preferred_username": "kebun"}
        self.refused("Belum ada akun aplikasi")
        assert Account.objects.count() == before

    def test_lies_in_the_token_are_refused_by_name(self) -> None:
        for claims, said in (
            ({"iss": "https://jahat.example"}, "issuer"),
            ({"aud": "other"}, "audience"),
            ({"aud": ["garden", "other"], "azp": "other"}, "party"),
            ({"exp": int(time.time()) - 3600}, "expiry"),
            ({"exp": "soon"}, "expiry"),
            ({"nonce": "replayed"}, "nonce"),
        ):
            with self.subTest(said):
                self.provider.claims = {"preferred_username": "kebun", **claims}
                self.refused(f"wrong {said}")

    def test_a_foreign_state_a_refusal_and_a_forged_code_end_at_the_login_page(self) -> None:
        self.refused("sudah kedaluwarsa", state="forged")
        self.refused("tidak mengizinkan", error="access_denied")
        self.refused("tidak dapat dipakai", code="forged")
        assert Client().get("/masuk/daerah/kembali/?code=x&state=").status_code == 403

    def test_a_provider_that_is_down_or_points_elsewhere_is_not_used(self) -> None:
        self.provider.document["token_endpoint"] = "http://jahat.example/token"
        assert "token_endpoint is missing or not https" in Client().get("/masuk/daerah/").content.decode()
        self.provider.document["issuer"] = "https://jahat.example"
        assert Client().get("/masuk/daerah/").status_code == 403
        self.provider.stop()
        with override_settings(SEMAI=environment("garden", oidc=Oidc("http://127.0.0.1:1", "garden"))):
            assert "Masuk dengan kata sandi" in Client().get("/masuk/daerah/").content.decode()

    def test_foreign_targets_are_not_followed(self) -> None:
        assert self.walk(Client(), "?next=https://jahat.example/")["Location"] == "/"

    def test_a_one_time_password_does_not_stop_who_came_through_the_provider(self) -> None:
        accounts.reset_password(None, self.account("kebun"))
        client = Client()
        self.walk(client)
        page = client.get("/petak/")
        assert page.status_code == 200
        assert "Menu akun" in page.content.decode()

    def test_without_a_provider_neither_button_nor_pages_exist(self) -> None:
        with override_settings(SEMAI=environment("garden")):
            assert "masuk/daerah" not in Client().get("/masuk/").content.decode()
            assert Client().get("/masuk/daerah/").status_code == 404
            assert Client().get("/masuk/daerah/kembali/").status_code == 404


def test_settings_ask_for_https_and_a_client_id() -> None:
    assert not Environment.read(GOOD).oidc.configured
    for changes, said in (
        ({"OIDC_ISSUER": "http://masuk.contohkab.go.id", "OIDC_CLIENT_ID": "x"}, "https"),
        ({"OIDC_ISSUER": "https://masuk.contohkab.go.id"}, "OIDC_CLIENT_ID"),
    ):
        with pytest.raises(ImproperlyConfigured, match=said):
            Environment.read(GOOD | changes)
    found = Environment.read(GOOD | {"OIDC_ISSUER": "https://masuk.contohkab.go.id/", "OIDC_CLIENT_ID": "x"}).oidc
    assert (found.issuer, found.title) == ("https://masuk.contohkab.go.id", "Masuk dengan akun daerah")
