"""Sessions: whose they are, from where, and ending those elsewhere."""

from django.test import Client

from semai_kit.models import AccountSession, Agency
from semai_kit.testing import PASSWORD, KitTestCase

PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"
DESK = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0"


class SessionTests(KitTestCase):
    @classmethod
    def make_personas(cls) -> None:
        for name in ("kebun", "petani"):
            cls.persona(name, "gardener", agency=Agency.objects.get(code="1.01"))

    def enter(self, name: str, browser: str, address: str) -> Client:
        client = Client(headers={"user-agent": browser}, REMOTE_ADDR=address)
        assert client.post("/masuk/", {"username": name, "password": PASSWORD}).status_code == 302
        return client

    def test_the_list_names_browser_address_and_the_session_itself(self) -> None:
        self.enter("petani", DESK, "10.0.0.9")
        phone = self.enter("kebun", PHONE, "10.0.0.7")
        self.enter("kebun", DESK, "10.0.0.8")
        page = phone.get("/profil/sesi/").content.decode()
        assert "Chrome di Android" in page
        assert "Edge di Windows" in page
        assert "10.0.0.8" in page
        assert "10.0.0.9" not in page
        assert page.count("Sesi ini") == 1

    def test_log_out_elsewhere_ends_the_others_and_keeps_this_one(self) -> None:
        phone, desk = self.enter("kebun", PHONE, "10.0.0.7"), self.enter("kebun", DESK, "10.0.0.8")
        colleague = self.enter("petani", DESK, "10.0.0.9")
        assert desk.post("/profil/sesi/akhiri/").status_code == 302
        assert "1 sesi lain diakhiri" in desk.get("/profil/sesi/").content.decode()
        assert phone.get("/profil/sesi/").status_code == 302
        assert colleague.get("/profil/sesi/").status_code == 200

    def test_writing_the_session_again_keeps_when_and_where_it_was_opened(self) -> None:
        client = self.enter("kebun", PHONE, "10.0.0.7")
        before = AccountSession.objects.get(account=self.account("kebun"))
        year = client.post("/tahun/pilih/", {"year": "2027"}, REMOTE_ADDR="10.0.0.99")
        assert year.status_code == 302
        after = AccountSession.objects.get(account=self.account("kebun"))
        assert after.session_data != before.session_data
        assert (after.opened_at, after.address) == (before.opened_at, "10.0.0.7")

    def test_a_visitor_without_login_sees_no_list(self) -> None:
        assert Client().get("/profil/sesi/").status_code == 302
        assert Client().post("/profil/sesi/akhiri/").status_code == 302

    def test_an_odd_browser_is_called_another_one(self) -> None:
        client = self.enter("kebun", "<script>", "10.0.0.7")
        page = client.get("/profil/sesi/").content.decode()
        assert "Peramban lain" in page
        assert "<script>alert" not in page
