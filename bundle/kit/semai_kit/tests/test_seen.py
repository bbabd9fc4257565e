"""Two people at one record: who saves second is told what the first wrote, and nothing typed is lost."""

from __future__ import annotations

import html
import re
from datetime import date
from typing import Any

from django import forms
from django.test import SimpleTestCase

from semai_kit import seen
from semai_kit.models import Account, Agency
from semai_kit.testing import KitTestCase

HIDDEN = re.compile(r'name="seen" value="([^"]*)"')


class SeenTests(KitTestCase):
    @classmethod
    def make_personas(cls) -> None:
        cls.persona("admin", "administrator")
        cls.persona("sari", "auditor")

    def setUp(self) -> None:
        self.as_("admin")
        self.sari = Account.objects.get(username="sari")
        self.address = f"/akun/{self.sari.pk}/ubah/"

    def opened(self, answer: Any = None) -> str:
        found = HIDDEN.search((answer or self.client.get(self.address)).content.decode())
        assert found
        return html.unescape(found[1])

    def save(self, shown: str, **changes: Any) -> Any:
        entered = {"username": "sari", "full_name": "Sari", "nip": "", "email": "", "expires_on": ""}
        return self.client.post(self.address, {"seen": shown, **entered, **changes})

    def test_what_nobody_else_changed_is_saved(self) -> None:
        assert self.save(self.opened(), full_name="Sari Dewi").status_code == 302
        assert Account.objects.get(username="sari").full_name == "Sari Dewi"

    def test_what_somebody_else_wrote_is_shown_and_overwritten_only_knowingly(self) -> None:
        shown = self.opened()
        Account.objects.filter(pk=self.sari.pk).update(full_name="Sari Wulandari", expires_on=date(2027, 12, 31))
        answer = self.save(shown, full_name="Sari Dewi")
        page = html.unescape(answer.content.decode())
        assert answer.status_code == 422
        assert "Data ini berubah" in page
        assert "isinya menjadi “Sari Wulandari”" in page
        assert "isinya menjadi “31 Desember 2027”" in page
        assert 'value="Sari Dewi"' in page  # what was typed is still there
        assert Account.objects.get(pk=self.sari.pk).full_name == "Sari Wulandari"

        assert self.save(self.opened(answer), full_name="Sari Dewi", expires_on="2027-12-31").status_code == 302
        kept = Account.objects.get(pk=self.sari.pk)
        assert (kept.full_name, kept.expires_on) == ("Sari Dewi", date(2027, 12, 31))

    def test_the_same_written_by_two_is_no_conflict(self) -> None:
        shown = self.opened()
        Account.objects.filter(pk=self.sari.pk).update(full_name="Sari Dewi")
        assert self.save(shown, full_name="Sari Dewi").status_code == 302

    def test_another_fault_in_between_does_not_hide_the_conflict(self) -> None:
        shown = self.opened()
        Account.objects.filter(pk=self.sari.pk).update(full_name="Sari Wulandari")
        faulty = self.save(shown, full_name="Sari Dewi", email="bukan surel")
        assert "Data ini berubah" not in faulty.content.decode()
        answer = self.save(self.opened(faulty), full_name="Sari Dewi")
        assert answer.status_code == 422
        assert "Data ini berubah" in answer.content.decode()

    def test_a_program_that_opened_no_page_is_not_held_up(self) -> None:
        for shown in ("", "x", "full_name:", ":: full_name", "full_name:1 tidak_ada:2 " * 50):
            assert self.save(shown, full_name="Sari").status_code in (302, 422)
        assert self.save("", full_name="Sari Dewi").status_code == 302


class Sheet(forms.Form):
    agency = forms.ModelChoiceField(Agency.objects.none())
    grade = forms.ChoiceField(choices=[("a", "Sangat baik"), ("b", "Baik")])
    note = forms.CharField(required=False)


class WordsTests(SimpleTestCase):
    def test_values_are_compared_by_what_they_are(self) -> None:
        shown = seen.of({"agency": Agency(pk=7), "note": None, "made": date.today})
        assert [part.split(":")[0] for part in shown.split()] == ["agency", "note"]
        assert seen.changed({"agency": 7, "note": "", "other": 1}, shown) == []
        assert seen.changed({"agency": 8, "note": "x"}, shown) == ["agency", "note"]

    def test_what_is_there_now_is_said_as_people_read_it(self) -> None:
        given = {"agency": "", "grade": "b", "note": "lama"}
        before = seen.of({"agency": None, "grade": "b", "note": "lama"})
        form = Sheet({**given, seen.FIELD: before}, initial={"agency": None, "grade": "a", "note": "baru " * 100})
        assert seen.refuse(form)
        assert form.errors["grade"] == ["Sejak halaman ini dibuka, isinya menjadi “Sangat baik”."]
        assert len(form.errors["note"][0]) < 400
        assert seen.of_form(form) == seen.of(form.initial)
