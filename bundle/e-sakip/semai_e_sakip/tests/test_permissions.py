"""Every address times every role gives what permissions.yml says; anonymous people get the login."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import yaml
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from .. import urls
from ..services import evaluations, measurements, reports
from .cases import PerformanceCase, proof

TABLE = yaml.safe_load((Path(__file__).parent / "permissions.yml").read_text(encoding="utf-8"))
ROLES = ("opd", "pejabat", "organisasi", "kepala_daerah", "inspektorat", "auditor", "administrator")
OPENED, REFUSED = {200, 302, 422}, {403, 404}


def addresses(patterns: list, prefix: str = "") -> set[str]:
    """Addresses of the app with every parameter as {}."""
    found = set()
    for pattern in patterns:
        text = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found |= addresses(pattern.url_patterns, text)
        elif isinstance(pattern, URLPattern):
            found.add("/" + re.sub(r"<[^>]+>", "{}", text))
    return found


class Matrix(PerformanceCase):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.keys = cls().records()

    def records(self) -> dict[str, int]:
        """One of everything, of the OPD `opd` works for, in a state in which nothing hides it."""
        self.budget()
        agreement = self.agreement()
        evaluation = self.evaluation()
        measurement = self.measured()
        deadline = timezone.localdate() + datetime.timedelta(days=9)
        content = evaluations.RecommendationContent("Perbaiki.", deadline)
        step = measurements.StepContent(1, "Survei", "", "")
        opd = self.account("opd")
        return {
            "node": self.node().pk,
            "indicator": self.indicator().pk,
            "step": measurements.save_step(opd, self.indicator(), step).pk,
            "measurement": measurement.pk,
            "agency": self.works.pk,
            "agreement": agreement.pk,
            "position": agreement.position_id,
            "report": reports.open_report(opd, self.works, self.year).pk,
            "evaluation": evaluation.pk,
            "answer": evaluation.answers.first().pk,
            "recommendation": evaluations.recommend(
                self.account("inspektorat"), self.works, self.year, content, evaluation
            ).pk,
        }

    def test_the_table_names_every_address(self) -> None:
        named = {re.sub(r"\{\w+\}|(?<=/ukur/)1|1\.03\.10|(?<=/naskah/)isu", "{}", one) for one in self.listed()}
        assert named == addresses(urls.pages)
        assert addresses(urls.pages) <= addresses(get_resolver().url_patterns)

    def listed(self) -> list[str]:
        return [*TABLE["get"], *TABLE["post"]]

    def test_every_page_opens_for_exactly_those_it_says(self) -> None:
        wrong = {}
        for role in ROLES:
            client = self.as_(role)
            for address, allowed in TABLE["get"].items():
                status = client.get(address.format(**self.keys)).status_code
                if status != (200 if role in allowed else 403):
                    wrong[role, address] = status
        assert wrong == {}

    def test_every_button_works_for_exactly_those_it_says(self) -> None:
        wrong = {}
        for role in ROLES:
            client = self.as_(role)
            for address, allowed in TABLE["post"].items():
                data = {"file": proof()} if address.endswith("/bukti/") else {}
                status = client.post(address.format(**self.keys), data).status_code
                if status not in (OPENED if role in allowed else REFUSED):
                    wrong[role, address] = status
        assert wrong == {}

    def test_another_agency_does_not_see_what_is_not_its_own(self) -> None:
        wrong = {}
        for role in ("opd-lain", "pejabat-lain"):
            client = self.as_(role)
            for address in TABLE["foreign_hidden"]:
                status = client.get(address.format(**self.keys)).status_code
                if status not in REFUSED:
                    wrong[role, address] = status
        assert wrong == {}

    def test_anonymous_people_get_the_login_everywhere(self) -> None:
        answers = {one: self.client.get(one.format(**self.keys)) for one in TABLE["get"]}
        answers |= {one: self.client.post(one.format(**self.keys)) for one in TABLE["post"]}
        login = {one for one, answer in answers.items() if answer.get("Location", "").startswith("/masuk/?")}
        assert set(answers) == login
