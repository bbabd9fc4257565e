"""Packaged reference data, and what BPKAD adds to it."""

from datetime import date

import pytest
from semai_kit.refusals import Refused
from semai_kit.roles import Denied, catalog

from semai_e_budgeting.models import CodePack, FundingSource, PackCode, Rka
from semai_e_budgeting.services.reference import (
    CodeEntry,
    FundingEntry,
    PackEntry,
    add_funding,
    create_pack,
    end_funding,
    end_pack,
    import_accounts,
    load_packaged_reference,
    tree_problems,
)
from semai_e_budgeting.tests.base import BudgetCase

PACK = PackEntry(
    "belanja-900-1-861-2026", "Belanja 2026", "Kepmendagri 900.1-861 Tahun 2026", date(2026, 3, 2), 2027
)
CODES = [
    CodeEntry("5", "Belanja"),
    CodeEntry("5.1", "Operasi"),
    CodeEntry("5.1.02", "Barang"),
    CodeEntry("5.1.02.01", "Barang"),
    CodeEntry("5.1.02.01.001", "Pakai habis"),
    CodeEntry("5.1.02.01.001.00024", "Alat tulis kantor"),
]


class Packaged(BudgetCase):
    def test_packaged_tree_is_whole_and_reaches_sub_rincian(self) -> None:
        codes = [CodeEntry(code.code, code.name) for code in PackCode.objects.all()]
        assert tree_problems(codes) == []
        assert PackCode.objects.filter(postable=True).count() >= 100
        assert set(PackCode.objects.filter(postable=True).values_list("level", flat=True)) == {6}

    def test_pack_names_its_decree_and_says_it_is_an_excerpt(self) -> None:
        pack = CodePack.objects.get()
        assert (pack.decree_date, pack.is_excerpt, pack.valid_from_year) == (date(2021, 12, 27), True, 2022)

    def test_loading_again_changes_nothing(self) -> None:
        before = list(PackCode.objects.order_by("pk").values())
        load_packaged_reference()
        assert list(PackCode.objects.order_by("pk").values()) == before

    def test_loading_again_keeps_an_end_of_validity_set_by_the_region(self) -> None:
        end_pack(CodePack.objects.get().pk, 2027, self.account("bpkad"))
        end_funding(FundingSource.objects.get(code="HIBAH").pk, 2027, self.account("bpkad"))
        load_packaged_reference()
        assert CodePack.objects.get().valid_until_year == 2027
        assert FundingSource.objects.get(code="HIBAH").valid_until_year == 2027

    def test_workflow_and_roles_load_and_agree_on_permissions(self) -> None:
        granted = {permission for role in catalog().values() for permission in role.permissions}
        assert {step.permission for step in Rka.workflow().transitions} <= granted


class Own(BudgetCase):
    def test_imported_codes_of_another_width_become_choosable(self) -> None:
        pack = create_pack(PACK, self.account("bpkad"))
        assert import_accounts(pack.pk, CODES, self.account("bpkad")) == 6
        leaf = PackCode.objects.get(code="5.1.02.01.001.00024")
        assert (leaf.postable, leaf.level) == (True, 6)

    def test_code_without_parent_is_refused_and_nothing_is_written(self) -> None:
        pack = create_pack(PACK, self.account("bpkad"))
        with pytest.raises(Refused):
            import_accounts(pack.pk, CODES[1:], self.account("bpkad"))
        assert not pack.codes.exists()

    def test_malformed_and_repeated_codes_are_named(self) -> None:
        problems = tree_problems(
            [CodeEntry("5", "x"), CodeEntry("5", "y"), CodeEntry("5.a", "z"), CodeEntry("5..1", "z")]
        )
        assert [position for position, _ in problems] == [1, 2, 3]

    def test_pack_code_and_funding_code_are_unique(self) -> None:
        create_pack(PACK, self.account("bpkad"))
        with pytest.raises(Refused):
            create_pack(PACK, self.account("bpkad"))
        with pytest.raises(Refused):
            add_funding(FundingEntry("PAD", "x", "", 2027), self.account("bpkad"))

    def test_validity_cannot_end_before_it_began(self) -> None:
        with pytest.raises(Refused):
            end_pack(CodePack.objects.get().pk, 2020, self.account("bpkad"))

    def test_only_the_budget_office_edits_reference_data(self) -> None:
        for username in ("opd", "verifikator", "tapd", "auditor"):
            with self.subTest(username), pytest.raises(Denied):
                create_pack(PACK, self.account(username))
