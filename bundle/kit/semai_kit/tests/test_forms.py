"""Fields that apps share: quantities as people here type them, and free text with suggestions."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.test import SimpleTestCase

from semai_kit.forms import QuantityField, SuggestInput


class QuantityTests(SimpleTestCase):
    def test_a_comma_begins_the_decimals_and_a_dot_groups_thousands(self) -> None:
        assert QuantityField().clean("1.250,75") == Decimal("1250.75")

    def test_more_than_two_decimals_or_digits_than_the_column_holds_are_refused(self) -> None:
        for text in ("1,125", "1234567890123", "NaN", "1e9999"):
            with self.subTest(text=text), pytest.raises(ValidationError):
                QuantityField(max_digits=14).clean(text)
        assert QuantityField(max_digits=15).clean("1234567890123") == 1234567890123

    def test_a_stored_figure_is_shown_without_idle_zeros(self) -> None:
        shown = [str(QuantityField().prepare_value(Decimal(text))) for text in ("350.00", "12.50")]
        assert shown == ["350", "12.5"]


class SuggestTests(SimpleTestCase):
    def test_the_field_names_its_list_and_what_it_suggests_is_escaped(self) -> None:
        page = SuggestInput(["meter", "<script>"]).render("unit", "", {"id": "id_unit"})
        assert 'list="id_unit_saran"' in page
        assert '<datalist id="id_unit_saran"><option value="meter">' in page
        assert "<script>" not in page
