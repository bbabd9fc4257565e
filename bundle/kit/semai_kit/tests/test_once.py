"""A form that is sent twice from the same page is taken once; nothing else is held up."""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from typing import Any
from unittest import mock

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client
from django.utils import timezone

from semai_kit import once
from semai_kit.models import Agency, FiscalYear, SentForm
from semai_kit.refusals import Refused
from semai_kit.testing import KitTestCase, KitThreadsTestCase
from semai_kit.tests.garden.models import Plot
from semai_kit.tests.garden.views import NewPlot
from semai_kit.tests.test_attachments import JPEG

NEW = "/petak/baru/"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Gardener:
    """Mixed into a case: a persona whose browser sends the tokens of the pages it was shown."""

    @classmethod
    def make_personas(cls) -> None:
        cls.persona("kebun", "gardener", agency=Agency.objects.get(code="1.01"))  # type: ignore[attr-defined]

    def browser(self) -> Client:
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(self.account("kebun"), backend="semai_kit.accounts.AccountBackend")  # type: ignore[attr-defined]
        return browser

    def filled(self, browser: Client, **changes: Any) -> dict[str, Any]:
        """The form of a new page, with what somebody entered."""
        found = TOKEN.search(browser.get(NEW).content.decode())
        assert found
        entered = {"name": "Petak satu", "agency": Agency.objects.get(code="1.01").pk, "cost": "12.000"}
        return {once.TOKEN: found[1], **entered, **changes}


class OnceTests(Gardener, KitTestCase):
    def test_the_same_form_again_leads_where_the_first_led_and_says_so(self) -> None:
        browser = self.browser()
        form = self.filled(browser)
        first, second = browser.post(NEW, form), browser.post(NEW, form)
        assert (
            (first.status_code, first["Location"]) == (second.status_code, second["Location"]) == (302, "/petak/")
        )
        assert Plot.objects.count() == 1
        page = browser.get("/petak/").content.decode()
        assert "tidak diproses dua kali" in page
        assert page.count("Petak disimpan.") == 1

    def test_what_is_entered_anew_or_otherwise_is_taken(self) -> None:
        browser = self.browser()
        form = self.filled(browser)
        for sent in (form, {**form, "name": "Petak dua"}, self.filled(browser)):
            assert browser.post(NEW, sent).status_code == 302
        assert sorted(Plot.objects.values_list("name", flat=True)) == ["Petak dua", "Petak satu", "Petak satu"]

    def test_another_file_is_another_form(self) -> None:
        browser = self.browser()
        form = self.filled(browser)
        for content in (JPEG, JPEG, JPEG + b" "):
            photo = SimpleUploadedFile("foto.jpg", content)
            assert browser.post(NEW, {**form, "photo": photo}).status_code == 302
        assert Plot.objects.count() == 2

    def test_what_was_refused_may_be_sent_again(self) -> None:
        browser = self.browser()
        form = self.filled(browser)
        with mock.patch.object(NewPlot, "perform", side_effect=Refused("belum dibuka")):
            assert browser.post(NEW, form).status_code == 422
        assert SentForm.objects.count() == 0
        assert browser.post(NEW, form).status_code == 302
        assert Plot.objects.count() == 1

    def test_a_step_that_was_refused_beside_its_page_may_be_sent_again(self) -> None:
        browser = self.browser()
        form = self.filled(browser)
        assert browser.post(NEW, form).status_code == 302
        plot = Plot.objects.get()
        step = {once.TOKEN: form[once.TOKEN], "to": "tidak-ada"}
        address = f"/petak/{plot.pk}/status/"
        assert browser.post(address, step).status_code == 302  # back to the page, with the refusal as a message
        assert SentForm.objects.count() == 1
        browser.post(address, step)
        assert browser.get(f"/petak/{plot.pk}").content.decode().count("tidak diproses dua kali") == 0

    def test_the_year_can_be_chosen_to_and_fro_from_old_pages(self) -> None:
        first = FiscalYear.objects.get()
        other = FiscalYear.objects.create(year=first.year + 1)
        browser = self.browser()
        token = self.filled(browser)[once.TOKEN]
        for year in (other, first, other):
            browser.post("/tahun/pilih/", {once.TOKEN: token, "year": year.year, "next": "/petak/"})
            assert browser.get("/petak/").context["request"].fiscal_year == year
        assert SentForm.objects.count() == 0

    def test_visitors_without_an_account_and_strangers_to_a_page_leave_nothing(self) -> None:
        anonymous = Client()
        anonymous.post("/masuk/", {once.TOKEN: "x", "username": "kebun", "password": "salah"})
        browser = self.browser()
        assert browser.post(NEW, {**self.filled(browser), once.TOKEN: "x" * 64}).status_code == 403
        assert SentForm.objects.count() == Plot.objects.count() == 0

    def test_a_sending_whose_process_was_killed_is_taken_over(self) -> None:
        browser = self.browser()
        form = self.filled(browser)
        browser.post(NEW, form)
        SentForm.objects.update(answer="", sent_at=timezone.now() - once.ABANDONED - timedelta(seconds=1))
        browser.post(NEW, form)
        assert Plot.objects.count() == 2
        assert SentForm.objects.get().answer == "/petak/"

    def test_one_that_takes_too_long_is_not_begun_again(self) -> None:
        browser = self.browser()
        form = self.filled(browser)
        browser.post(NEW, form)
        SentForm.objects.update(answer="")
        with mock.patch.object(once, "PATIENCE_SECONDS", 0.05):
            response = browser.post(NEW, form)
        assert response.status_code == 409
        assert "masih diproses" in response.content.decode()
        assert Plot.objects.count() == 1

    def test_yesterdays_are_forgotten(self) -> None:
        SentForm.objects.create(digest="x", answer="/", sent_at=timezone.now() - once.KEPT - timedelta(seconds=1))
        browser = self.browser()
        browser.post(NEW, self.filled(browser))
        assert not SentForm.objects.filter(digest="x").exists()


class TwoPressesTests(Gardener, KitThreadsTestCase):
    def test_who_presses_twice_gets_one_plot_and_the_message_of_the_first(self) -> None:
        browser = self.browser()
        form = self.filled(browser)
        at_work, pressed, perform = threading.Event(), threading.Event(), NewPlot.perform
        answers = []

        def slowly(view: NewPlot, entered: Any) -> Plot:
            at_work.set()
            assert pressed.wait(20)
            return perform(view, entered)

        def press() -> None:
            other = Client(enforce_csrf_checks=True)
            other.cookies = browser.cookies.copy()
            try:
                answers.append(other.post(NEW, form))
            finally:
                connections.close_all()

        with mock.patch.object(NewPlot, "perform", slowly):
            first, second = (threading.Thread(target=press) for _ in range(2))
            first.start()
            assert at_work.wait(20)
            at_work.clear()
            second.start()
            assert not at_work.wait(0.5)  # the second does not get that far
            pressed.set()
            first.join(20)
            second.join(20)
        assert [(answer.status_code, answer["Location"]) for answer in answers] == [(302, "/petak/")] * 2
        assert Plot.objects.count() == 1
        page = browser.get("/petak/").content.decode()
        assert "Petak disimpan." in page
        assert "dua kali" not in page
