"""The read API and its description."""

from __future__ import annotations

from .cases import PerformanceCase

URL = "/api/performance/indicators"


class ApiTest(PerformanceCase):
    def test_figures_are_strings_and_only_verified_ones_count(self) -> None:
        self.verified("452.40")
        self.sent("464", 2)
        answer = self.as_("auditor").get(URL, {"year": 2027, "agency": "1.03"}).json()
        assert (answer["measured"], answer["average"]) == (1, "97.50")
        (found,) = answer["indicators"]
        assert (found["target"], found["realised"], found["achievement"]) == ("464.00", "452.40", "97.50")

    def test_anonymous_and_people_without_a_role_are_refused(self) -> None:
        assert self.client.get(URL, {"year": 2027}).status_code == 401
        assert self.as_("administrator").get(URL, {"year": 2027}).status_code == 403

    def test_strange_questions_are_answered_not_crashed_on(self) -> None:
        client = self.as_("auditor")
        for query in ({"year": "x"}, {}, {"year": 10**30}, {"year": -1}, {"year": 2027, "agency": "\0"}):
            with self.subTest(query=query):
                assert client.get(URL, query).status_code in (404, 422)
        assert client.get(URL, {"year": 2027, "agency": "9.99"}).status_code == 404

    def test_openapi_describes_it(self) -> None:
        assert URL in self.client.get("/openapi.json").json()["paths"]

    def test_it_costs_a_bounded_number_of_queries(self) -> None:
        self.verified()
        client = self.as_("auditor")
        with self.assertNumQueries(8):
            client.get(URL, {"year": 2027})
