"""Document numbers: gap-free, unique, per year or agency, patterns of the region, and what a file may say."""

import tempfile
import threading
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import SimpleTestCase, override_settings
from django.utils import timezone

from semai_kit import audit, numbering
from semai_kit.models import Agency, FiscalYear, IssuedNumber, NumberCounter
from semai_kit.numbering_file import NumberingInvalid, load_series
from semai_kit.testing import KitTestCase, KitThreadsTestCase, environment
from semai_kit.years import YearClosed

MONTH = numbering.ROMAN[timezone.localdate().month - 1]


class TakeTests(KitTestCase):
    def setUp(self) -> None:
        self.year = FiscalYear.objects.get()
        self.schools = Agency.objects.get(code="1.01")
        self.works = Agency.objects.get(code="1.03")

    def test_numbers_follow_one_another_in_the_pattern_of_the_series(self) -> None:
        taken = [numbering.take("harvest", self.year) for _ in range(3)]
        assert taken == [f"00{n}/PANEN/{MONTH}/2027" for n in (1, 2, 3)]

    def test_each_agency_and_each_year_counts_for_itself(self) -> None:
        later = FiscalYear.objects.create(year=2028)
        taken = [
            numbering.take("seed-letter", year, agency=agency, kind="B")
            for year, agency in (
                (self.year, self.schools),
                (self.year, self.works),
                (self.year, self.schools),
                (later, self.schools),
            )
        ]
        assert taken == ["1/B/Disdik/2027", "1/B/DPU/2027", "2/B/Disdik/2027", "1/B/Disdik/2028"]

    def test_a_number_rolled_back_was_never_given(self) -> None:
        with transaction.atomic():
            numbering.take("harvest", self.year)
            transaction.set_rollback(True)
        assert numbering.take("harvest", self.year).startswith("001/")
        assert IssuedNumber.objects.count() == 1

    def test_the_register_knows_who_took_it_and_cannot_be_rewritten(self) -> None:
        self.persona("kebun", "gardener", agency=self.schools)
        with audit.acting(self.account("kebun")):
            numbering.take("harvest", self.year)
        row = IssuedNumber.objects.get()
        assert (row.account.username, row.sequence) == ("kebun", 1)
        with pytest.raises(DatabaseError), transaction.atomic():
            IssuedNumber.objects.filter(pk=row.pk).update(text="x")

    def test_a_number_that_stands_on_a_document_is_not_given_again(self) -> None:
        numbering.take("harvest", self.year)
        NumberCounter.objects.update(last=0)
        with pytest.raises(numbering.NumberRefused, match="sudah dipakai"):
            numbering.take("harvest", self.year)
        assert (NumberCounter.objects.get().last, IssuedNumber.objects.count()) == (0, 1)

    def test_a_locked_year_gives_no_numbers(self) -> None:
        FiscalYear.objects.update(status="locked")
        with pytest.raises(YearClosed):
            numbering.take("harvest", self.year)
        assert not IssuedNumber.objects.exists()

    def test_unknown_series_missing_agency_and_missing_field_are_named(self) -> None:
        for series, given, fault in (
            ("nowhere", {}, "known are harvest, seed-letter"),
            ("seed-letter", {"kind": "B"}, "counts per agency"),
            ("seed-letter", {"agency": self.schools}, "no value for kind"),
            ("seed-letter", {"agency": self.schools, "kind": "x" * 200}, "longer than 120"),
        ):
            with self.subTest(fault), pytest.raises(NumberingInvalid, match=fault), transaction.atomic():
                numbering.take(series, self.year, **given)
        assert not IssuedNumber.objects.exists()

    def test_the_region_replaces_a_pattern(self) -> None:
        self.addCleanup(numbering.all_series.cache_clear)
        with override_settings(SEMAI=environment("garden", answers={"number_harvest": "PN-{year}-{number:05d}"})):
            numbering.all_series.cache_clear()
            assert numbering.take("harvest", self.year) == "PN-2027-00001"


class ThreadsTests(KitThreadsTestCase):
    def test_threads_get_every_number_once_and_leave_no_gap(self) -> None:
        year = FiscalYear.objects.get()
        failures: list[Exception] = []

        def work() -> None:
            try:
                for _ in range(5):
                    with transaction.atomic():
                        numbering.take("harvest", year)
            except Exception as error:
                failures.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert sorted(IssuedNumber.objects.values_list("sequence", flat=True)) == list(range(1, 31))

    def test_outside_a_transaction_nothing_is_taken(self) -> None:
        with pytest.raises(RuntimeError, match="inside the transaction"):
            numbering.take("harvest", FiscalYear.objects.get())
        assert not NumberCounter.objects.exists()


class FileTests(SimpleTestCase):
    def load(self, text: str, **answers: str) -> dict[str, numbering.Series]:
        path = Path(tempfile.mkdtemp()) / "numbering.yml"
        path.write_text(text)
        return load_series(path, answers)

    def test_faults_are_told_together(self) -> None:
        text = """
a: {title: A, pattern: "{number}", per: year}
b: {title: B, pattern: "{number}/{year}", per: agency-year}
c: {title: C, pattern: "{number}/{year}/{kota}", per: month}
d: {title: D, pattern: "{number:>99999999}/{year!r}", per: year}
e: {title: E, pattern: "{number.real}/{year}", per: year}
f: {title: F, pattern: "{number/{year}", per: year}
g: {title: G, per: year}
h: {title: H, pattern: "{number}/{year}", per: year, extra: 1}
"""
        with pytest.raises(NumberingInvalid) as caught:
            self.load(text)
        message = str(caught.value)
        for fault in (
            "'a': pattern lacks {year}",
            "'b': pattern lacks {agency}",
            "'c': per must be one of year, agency-year",
            "'d': {number} takes a width only",
            "'d': {year} takes a width only",
            "'e': pattern uses {number.real}",
            "'f': pattern",
            "'g': KeyError('pattern')",
            "'h': ValueError",
        ):
            assert fault in message

    def test_an_answer_of_the_region_is_checked_as_the_file_is(self) -> None:
        text = 'a-b: {title: A, pattern: "{number}/{year}", per: year}'
        assert (
            self.load(text, number_a_b="{year}.{number:04d}")["a-b"].text({"number": 7, "year": 2027})
            == "2027.0007"
        )
        with pytest.raises(NumberingInvalid, match="lacks"):
            self.load(text, number_a_b="surat/{year}")

    def test_no_file_is_no_series(self) -> None:
        assert load_series(Path("/nonexistent/numbering.yml"), {}) == {}
