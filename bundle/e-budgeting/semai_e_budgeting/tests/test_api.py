"""The read API: session only, limited to one's roles, money as strings."""

from django.urls import reverse

from semai_e_budgeting.services.lines import add_line
from semai_e_budgeting.tests.base import BudgetCase

RECAP = "/api/budget/recap"


class RecapApi(BudgetCase):
    def setUp(self) -> None:
        add_line(self.rka.pk, self.entry(), self.account("opd"))

    def test_money_travels_as_strings(self) -> None:
        answer = self.as_("tapd").get(RECAP, {"year": 2027, "by": "account", "level": 2}).json()
        assert answer["total"] == "10000000.00"
        assert answer["balanced"] is True
        assert [row["code"] for row in answer["rows"]] == ["5", "5.1"]

    def test_visitors_get_401(self) -> None:
        assert self.client.get(RECAP, {"year": 2027}).status_code == 401

    def test_planner_gets_only_its_own_agency(self) -> None:
        answer = self.as_("opd-kesehatan").get(RECAP, {"year": 2027}).json()
        assert (answer["rows"], answer["total"]) == ([], "0.00")
        other = self.client.get(RECAP, {"year": 2027, "by": "funding", "agency": "1.01"})
        assert other.status_code == 404

    def test_unknown_year_level_and_kind_are_refused(self) -> None:
        client = self.as_("tapd")
        assert client.get(RECAP, {"year": 1999}).status_code == 404
        assert client.get(RECAP, {"year": 2027, "by": "account", "level": 9}).status_code == 422
        assert client.get(RECAP, {"year": 2027, "by": "rahasia"}).status_code == 422

    def test_openapi_describes_it(self) -> None:
        assert RECAP in self.client.get(reverse("openapi")).json()["paths"]
