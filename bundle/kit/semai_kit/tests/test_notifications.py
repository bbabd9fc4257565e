"""Notifications: who is told, in the caller's transaction; the list; letters, and a mail server that is dead."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import override_settings
from django.utils import timezone

from semai_kit import accounts, mail
from semai_kit.environment import Mail
from semai_kit.models import Account, Agency, Notification, OutgoingMail
from semai_kit.notifications import mark_read, notify
from semai_kit.settings import _mail
from semai_kit.testing import KitTestCase, KitThreadsTestCase, environment
from semai_kit.tests.mailserver import MailServer


@contextmanager
def mailing(port: int) -> Iterator[None]:
    server = Mail("127.0.0.1", port, "none", sender="Contoh <noreply@contohkab.go.id>")
    backend = {"EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend"}
    with override_settings(SEMAI=environment("garden", mail=server), **_mail(server), **backend):
        yield


class People:
    @classmethod
    def make_personas(cls) -> None:
        schools = Agency.objects.get(code="1.01")
        for name in ("kebun", "petani"):
            account = cls.persona(name, "gardener", agency=schools)
            account.email = f"{name}@contohkab.go.id"
            account.save()
        cls.persona("admin", "administrator")

    def tell(self, *names: str, title: str = "Petak menunggu Anda", body: str = "") -> int:
        return notify([self.account(name) for name in names], title, "/petak/", body=body)


class ListTests(People, KitTestCase):
    def test_each_account_is_told_once_and_only_those_who_can_log_in(self) -> None:
        accounts.set_active(None, self.account("petani"), False)
        assert self.tell("kebun", "kebun", "petani") == 1
        assert Notification.objects.get().account.username == "kebun"

    def test_nobody_hears_of_what_was_rolled_back(self) -> None:
        with transaction.atomic():
            self.tell("kebun")
            transaction.set_rollback(True)
        assert not Notification.objects.exists()

    def test_only_pages_of_this_app_are_linked(self) -> None:
        for address in ("https://jahat.example/", "//jahat.example/", "/\\jahat.example", "javascript:x", ""):
            with self.subTest(address), pytest.raises(ValueError, match="path of this app"):
                notify([self.account("kebun")], "x", address)

    def test_the_header_counts_what_is_unread_without_a_query_of_its_own(self) -> None:
        client = self.as_("kebun")
        client.get("/")
        with self.assertNumQueries(4):
            assert "belum dibaca" not in client.get("/").content.decode()
        self.tell("kebun")
        self.tell("kebun")
        with self.assertNumQueries(4):
            assert "Pemberitahuan, 2 belum dibaca" in client.get("/").content.decode()

    def test_opening_marks_it_read_and_leads_to_the_page(self) -> None:
        self.tell("kebun", title="Satu", body="Baris <b>dua</b>")
        told = Notification.objects.get()
        client = self.as_("kebun")
        page = client.get("/pemberitahuan/").content.decode()
        assert "Baris &lt;b&gt;dua" in page
        response = client.post(f"/pemberitahuan/{told.pk}/buka/")
        assert response["Location"] == "/petak/"
        told.refresh_from_db()
        assert told.read_at is not None

    def test_nobody_opens_or_reads_what_was_told_to_others(self) -> None:
        self.tell("kebun", title="Rahasia")
        told = Notification.objects.get()
        client = self.as_("petani")
        assert "Rahasia" not in client.get("/pemberitahuan/").content.decode()
        assert client.post(f"/pemberitahuan/{told.pk}/buka/").status_code == 404
        client.post("/pemberitahuan/dibaca/")
        told.refresh_from_db()
        assert told.read_at is None
        client = self.as_("kebun")
        client.post("/pemberitahuan/dibaca/")
        assert mark_read(self.account("kebun")) == 0

    def test_a_long_list_has_pages(self) -> None:
        for number in range(31):
            self.tell("kebun", title=f"Kabar {number:02d}")
        client = self.as_("kebun")
        assert "Kabar 00" not in client.get("/pemberitahuan/").content.decode()
        assert "Kabar 00" in client.get("/pemberitahuan/?page=2").content.decode()

    def test_without_a_mail_server_nothing_is_queued(self) -> None:
        self.tell("kebun")
        assert not OutgoingMail.objects.exists()
        assert mail.send_due() == mail.Round()


class LetterTests(People, KitTestCase):
    @pytest.fixture(autouse=True)
    def _server(self) -> Iterator[None]:
        self.server = MailServer()
        with mailing(self.server.port):
            yield
        self.server.stop()

    def test_letters_are_sent_once_with_what_was_told_and_where(self) -> None:
        self.tell("kebun", "petani", title="Petak\r\nBcc: jahat@example.org", body="Segera diperiksa.")
        assert mail.send_due().sent == 2
        assert mail.send_due() == mail.Round()
        letter = next(kept for kept in self.server.letters if kept["To"] == "kebun@contohkab.go.id")
        assert letter["Subject"] == "Petak Bcc: jahat@example.org"
        assert letter["Bcc"] is None
        text = letter.get_content()
        assert "Segera diperiksa." in text
        assert "http://testserver/petak/" in text

    def test_each_person_may_switch_letters_off(self) -> None:
        client = self.as_("kebun")
        assert client.post("/profil/", {}).status_code == 302
        assert self.account("kebun").wants_mail is False
        self.tell("kebun", "petani")
        assert mail.send_due().sent == 1
        assert client.post("/profil/", {"wants_mail": "on"}).status_code == 302
        assert self.account("kebun").wants_mail is True

    def test_what_was_read_meanwhile_or_concerns_a_closed_account_is_not_sent(self) -> None:
        self.tell("kebun", "petani")
        mark_read(self.account("kebun"))
        accounts.set_active(None, self.account("petani"), False)
        assert mail.send_due() == mail.Round(dropped=2)
        assert self.server.letters == []

    def test_an_address_that_does_not_exist_is_given_up_at_once(self) -> None:
        self.server.refuse["RCPT"] = b"550 no such user"
        self.tell("kebun")
        assert mail.send_due() == mail.Round(dropped=1)
        row = OutgoingMail.objects.get()
        assert (row.state, "no such user" in row.failure) == ("dropped", True)

    def test_a_refusal_is_tried_again_later_and_given_up_in_the_end(self) -> None:
        self.server.refuse["DATA"] = b"451 greylisted"
        self.tell("kebun")
        for tries in range(1, len(mail.WAITS) + 1):
            assert mail.send_due().failed == 1
            row = OutgoingMail.objects.get()
            assert (row.tries, row.state) == (tries, "waiting")
            assert row.due_at > timezone.now()
            OutgoingMail.objects.update(due_at=timezone.now())
        assert mail.send_due().failed == 1
        assert OutgoingMail.objects.get().state == "dropped"

    def test_a_dead_server_stops_the_round_at_the_first_letter_and_keeps_all(self) -> None:
        self.tell("kebun", "petani")
        with mailing(1):
            outcome = mail.send_due()
        assert (outcome.sent, outcome.failed) == (0, 1)
        assert sorted(OutgoingMail.objects.values_list("tries", flat=True)) == [0, 1]
        OutgoingMail.objects.update(due_at=timezone.now() - timedelta(minutes=1))
        assert mail.send_due().sent == 2

    def test_the_verb_says_what_it_sent_and_fails_with_the_server(self) -> None:
        self.tell("kebun")
        out = StringIO()
        call_command("send_mail", stdout=out)
        assert out.getvalue() == "mail: 1 sent, 0 dropped, 0 failed\n"
        self.tell("kebun")
        with mailing(1), pytest.raises(CommandError, match="Connection refused"):
            call_command("send_mail", stdout=out)

    def test_two_accounts_cannot_share_an_address(self) -> None:
        client = self.as_("admin")
        sent = {"username": "baru", "full_name": "Baru", "email": "KEBUN@contohkab.go.id"}
        assert "sudah dipakai" in client.post("/akun/baru/", sent).content.decode()
        assert not Account.objects.filter(username="baru").exists()
        assert client.post("/akun/baru/", sent | {"email": " "}).status_code == 200
        assert Account.objects.filter(username="baru").exists()


class CourierTests(People, KitThreadsTestCase):
    def test_the_courier_sends_beside_the_requests_and_ends_when_told(self) -> None:
        server = MailServer()
        try:
            with mailing(server.port):
                self.tell("kebun")
                courier = mail.Courier(pause_seconds=0.05)
                courier.start()
                deadline = time.monotonic() + 20
                while not server.letters and time.monotonic() < deadline:
                    time.sleep(0.05)
                courier.end()
                courier.join(10)
                assert len(server.letters) == 1
                assert not courier.is_alive()
        finally:
            server.stop()

    def test_two_couriers_send_each_letter_once(self) -> None:
        server = MailServer()

        def work() -> None:
            mail.send_due()
            connection.close()

        try:
            with mailing(server.port):
                for number in range(6):
                    self.tell("kebun", title=f"Kabar {number}")
                threads = [threading.Thread(target=work) for _ in range(3)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
        finally:
            server.stop()
        assert sorted(letter["Subject"] for letter in server.letters) == [f"Kabar {n}" for n in range(6)]
