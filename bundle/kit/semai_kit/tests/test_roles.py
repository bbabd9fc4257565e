"""Who may do what, where."""

import datetime
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from semai_kit import roles
from semai_kit.models import Account, Agency, District, FiscalYear, RoleGrant, Village
from semai_kit.role_file import load_roles
from semai_kit.testing import KitTestCase
from semai_kit.tests.garden.models import Plot


class ReachTests(KitTestCase):
    @classmethod
    def make_personas(cls) -> None:
        cls.agency, cls.other = Agency.objects.get(code="1.01"), Agency.objects.get(code="1.02")
        cls.hulu, cls.hilir = District.objects.get(code="99.01.01"), District.objects.get(code="99.01.02")
        cls.upstream, cls.downstream = (
            Village.objects.get(code="99.01.01.2001"),
            Village.objects.get(code="99.01.02.2001"),
        )
        cls.persona("opd", "gardener", agency=cls.agency)
        cls.persona("camat", "district-gardener", district=cls.hulu)
        cls.persona("desa", "village-gardener", village=cls.upstream)
        cls.persona("kepala", "head-gardener")
        cls.persona("auditor", "auditor")

    def test_agency_grant_reaches_its_own_agency_only(self) -> None:
        opd = self.account("opd")
        assert roles.allowed(opd, "plot.write", agency=self.agency)
        assert not roles.allowed(opd, "plot.write", agency=self.other)

    def test_forgetting_the_place_denies_a_scoped_grant(self) -> None:
        with pytest.raises(roles.Denied, match="Petugas kebun OPD"):
            roles.require(self.account("opd"), "plot.write")
        roles.require_anywhere(self.account("opd"), "plot.write")

    def test_district_grant_reaches_its_villages(self) -> None:
        camat = self.account("camat")
        assert roles.allowed(camat, "plot.submit", village=self.upstream)
        assert roles.allowed(camat, "plot.submit", district=self.hulu)
        assert not roles.allowed(camat, "plot.submit", village=self.downstream)
        assert not roles.allowed(camat, "plot.submit", district=self.hilir)

    def test_village_grant_does_not_reach_its_district(self) -> None:
        desa = self.account("desa")
        assert roles.allowed(desa, "plot.view", village=self.upstream)
        assert not roles.allowed(desa, "plot.view", district=self.hulu)

    def test_region_grant_reaches_everything(self) -> None:
        kepala = self.account("kepala")
        assert roles.allowed(kepala, "plot.judge")
        assert roles.allowed(kepala, "plot.judge", village=self.downstream)

    def test_holders_are_exactly_the_accounts_that_are_allowed(self) -> None:
        places = [
            roles.Place(),
            roles.Place(agency=self.agency),
            roles.Place(agency=self.other),
            roles.Place(district=self.hulu),
            roles.Place(village=self.upstream),
            roles.Place(village=self.downstream),
            roles.Place(agency=self.other, village=self.upstream),
        ]
        for permission in ("plot.view", "plot.write", "plot.submit", "plot.judge", "nobody.has"):
            for place in places:
                with self.subTest(permission=permission, place=place):
                    may = {a for a in Account.objects.all() if roles.allowed_at(a, permission, place)}
                    assert set(roles.holders(permission, place)) == may

    def test_auditor_reads_everything_and_writes_nothing(self) -> None:
        auditor = self.account("auditor")
        assert roles.allowed(auditor, "plot.view", agency=self.agency)
        assert roles.allowed(auditor, "kit.audit.view")
        assert not roles.allowed(auditor, "plot.write", agency=self.agency)
        assert not roles.allowed(auditor, "kit.accounts.manage")

    def test_administrator_holds_no_permission_of_the_app(self) -> None:
        self.persona("admin", "administrator")
        assert not roles.allowed_anywhere(self.account("admin"), "plot.view")

    def test_expired_or_revoked_grant_allows_nothing(self) -> None:
        RoleGrant.objects.filter(account__username="opd").update(valid_until=datetime.date(2020, 1, 1))
        RoleGrant.objects.filter(account__username="desa").update(revoked_at=timezone.now())
        assert not roles.allowed(self.account("opd"), "plot.write", agency=self.agency)
        assert not roles.allowed(self.account("desa"), "plot.view", village=self.upstream)

    def test_grant_that_ends_today_still_holds_today(self) -> None:
        RoleGrant.objects.filter(account__username="opd").update(valid_until=timezone.localdate())
        assert roles.allowed(self.account("opd"), "plot.write", agency=self.agency)

    def test_inactive_or_expired_account_may_do_nothing(self) -> None:
        Account.objects.filter(username="opd").update(is_active=False)
        Account.objects.filter(username="kepala").update(expires_on=datetime.date(2020, 1, 1))
        assert not roles.allowed(self.account("opd"), "plot.write", agency=self.agency)
        assert not roles.allowed(self.account("kepala"), "plot.judge")

    def test_visitor_without_login_may_do_nothing(self) -> None:
        assert not roles.allowed_anywhere(AnonymousUser(), "plot.view")
        assert not roles.scope_of(AnonymousUser(), "plot.view")

    def test_grant_of_a_role_that_left_the_app_allows_nothing(self) -> None:
        RoleGrant.objects.filter(account__username="opd").update(role="forgotten")
        assert not roles.allowed_anywhere(self.account("opd"), "plot.view")

    def test_scope_filters_lists_to_what_is_reached(self) -> None:
        year = self._year()
        mine = Plot.objects.create(name="a", agency=self.agency, village=self.downstream, fiscal_year=year)
        up = Plot.objects.create(name="b", agency=self.other, village=self.upstream, fiscal_year=year)
        rows = Plot.objects.all()

        def seen(username: str) -> list[Plot]:
            scope = roles.scope_of(self.account(username), "plot.view")
            return list(scope.filter(rows, agency="agency", village="village"))

        assert seen("opd") == [mine]
        assert seen("camat") == [up]
        assert seen("desa") == [up]
        assert seen("kepala") == [mine, up]

    def test_empty_scope_filters_everything_away(self) -> None:
        Plot.objects.create(name="a", agency=self.agency, fiscal_year=self._year())
        scope = roles.scope_of(self.account("desa"), "plot.judge")
        assert not scope
        assert list(scope.filter(Plot.objects.all(), agency="agency")) == []

    def test_grants_are_read_once_per_account_object(self) -> None:
        opd = self.account("opd")
        with self.assertNumQueries(1):
            roles.allowed(opd, "plot.view", agency=self.agency)
            roles.allowed(opd, "plot.write", agency=self.agency)
            roles.scope_of(opd, "plot.view")

    def _year(self) -> FiscalYear:
        return FiscalYear.objects.get()


@pytest.mark.parametrize(
    "text",
    [
        "- {id: a, title: A, scope: planet, permissions: []}",
        "- {id: a, title: A, permissions: []}",
        "- {id: a, title: A, scope: region, permissions: [], extra: 1}",
    ],
)
def test_malformed_role_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "roles.yml"
    path.write_text(text)
    with pytest.raises(ImproperlyConfigured, match=r"roles\.yml"):
        load_roles(path)
