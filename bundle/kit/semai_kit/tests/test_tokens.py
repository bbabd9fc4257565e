"""Tokens of the API: shown once, kept as a hash, bound to scopes and days, revocable, in the audit trail."""

import hashlib
from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.test import Client
from django.utils import timezone

from semai_kit import audit, tokens
from semai_kit.models import Agency, ApiToken, FiscalYear
from semai_kit.testing import KitTestCase
from semai_kit.tests.garden.models import Plot


class TokenCase(KitTestCase):
    @classmethod
    def make_personas(cls) -> None:
        cls.persona("admin", "administrator")
        cls.persona("kebun", "gardener", agency=Agency.objects.get(code="1.01"))

    def make(self, *granted: str, **changes: object) -> str:
        made = tokens.create_token(None, consumer="Portal", granted=granted or ("plots.read",), **changes)
        return made.text

    def read(self, token: str, **headers: str) -> int:
        response = Client().get("/api/plots", HTTP_AUTHORIZATION=f"Bearer {token}", **headers)
        assert response.status_code == 200 or "plots" not in response.json()
        return response.status_code


class AuthTests(TokenCase):
    def test_a_token_with_the_scope_reads_and_nothing_else_does(self) -> None:
        text = self.make()
        assert self.read(text) == 200
        other = self.make("plots.count")
        digest = ApiToken.objects.first().digest
        for wrong in (other, text[:-1], text.upper(), digest, "", "semai_", "x" * 5000, "ş"):
            with self.subTest(wrong[:20]):
                assert self.read(wrong) == 401
        assert Client().get("/api/plots").status_code == 401

    def test_expired_and_revoked_tokens_are_refused(self) -> None:
        text = self.make(expires_on=timezone.localdate())
        assert self.read(text) == 200
        ApiToken.objects.update(expires_on=timezone.localdate() - timedelta(days=1))
        assert self.read(text) == 401
        ApiToken.objects.update(expires_on=None)
        tokens.revoke_token(None, ApiToken.objects.get())
        assert self.read(text) == 401

    def test_a_login_is_no_token(self) -> None:
        assert self.as_("admin").get("/api/plots").status_code == 401

    def test_the_database_holds_a_hash_only(self) -> None:
        text = self.make()
        row = ApiToken.objects.get()
        assert row.digest == hashlib.sha256(text.encode()).hexdigest()
        assert text not in repr(ApiToken.objects.values()[0]) + repr(list(LogEntry.objects.values()))

    def test_the_last_use_is_kept_with_its_address_but_not_at_every_request(self) -> None:
        text = self.make()
        self.read(text, REMOTE_ADDR="10.0.0.7")
        first = ApiToken.objects.get()
        assert first.used_from == "10.0.0.7"
        self.read(text, REMOTE_ADDR="10.0.0.7")
        assert ApiToken.objects.get().used_at == first.used_at
        self.read(text, REMOTE_ADDR="10.0.0.8")
        assert ApiToken.objects.get().used_from == "10.0.0.8"

    def test_what_a_program_does_stands_in_the_trail_under_its_name(self) -> None:
        plot = Plot.objects.create(name="P", agency=Agency.objects.first(), fiscal_year=FiscalYear.objects.get())
        headers = {"HTTP_AUTHORIZATION": f"Bearer {self.make()}"}
        assert Client().post(f"/api/plots/{plot.pk}/visit", **headers).status_code == 200
        assert audit.entries(plot).first().additional_data["actor"] == "token Portal"
        assert audit.now_acting().name == audit.SYSTEM


class PageTests(TokenCase):
    SENT = {"consumer": "Portal data", "granted": ["plots.read"]}

    def test_the_administrator_sees_a_new_token_once(self) -> None:
        client = self.as_("admin")
        page = client.post("/token/baru/", self.SENT).content.decode()
        row = ApiToken.objects.get()
        text = page.partition('<p class="secret">')[2].partition("<")[0]
        assert self.read(text) == 200
        for path in ("/token/", f"/token/{row.pk}/"):
            shown = client.get(path).content.decode()
            assert "Portal data" in shown
            assert text not in shown
        assert client.post(f"/token/{row.pk}/cabut/").status_code == 302
        assert self.read(text) == 401
        assert "Dicabut" in client.get("/token/").content.decode()

    def test_making_and_revoking_stand_in_the_trail(self) -> None:
        client = self.as_("admin")
        client.post("/token/baru/", self.SENT)
        row = ApiToken.objects.get()
        client.post(f"/token/{row.pk}/cabut/")
        made, revoked = reversed(audit.entries(row))
        assert (made.additional_data["actor"], revoked.additional_data["actor"]) == ("admin", "admin")
        assert list(revoked.changes) == ["revoked_at"]

    def test_wrong_wishes_are_refused_and_leave_nothing(self) -> None:
        yesterday = timezone.localdate() - timedelta(days=1)
        for changes in ({"granted": ["all"]}, {"granted": []}, {"consumer": " "}, {"expires_on": yesterday}):
            with self.subTest(changes):
                assert self.as_("admin").post("/token/baru/", self.SENT | changes).status_code == 422
                given = {"consumer": "X", "granted": ["plots.read"]} | changes
                with pytest.raises(tokens.TokenRefused):
                    tokens.create_token(None, **given)
        assert not ApiToken.objects.exists()

    def test_others_neither_see_nor_make_nor_revoke(self) -> None:
        self.make()
        row = ApiToken.objects.get()
        client = self.as_("kebun")
        for path in ("/token/", "/token/baru/", f"/token/{row.pk}/"):
            assert client.get(path).status_code == 403
        assert client.post("/token/baru/", self.SENT).status_code == 403
        assert client.post(f"/token/{row.pk}/cabut/").status_code == 403
        row.refresh_from_db()
        assert row.revoked_at is None
