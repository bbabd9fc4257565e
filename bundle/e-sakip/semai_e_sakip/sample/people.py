"""Who acts in the sample: one persona per desk, OPD personas for those that carry programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml
from semai_kit import sample
from semai_kit.models import Account, Agency, FiscalYear

from ..models import BudgetItem, PerformanceNode
from ..reference import DATA

AGENCIES = 4


@dataclass(frozen=True)
class People:
    """Personas; `by_agency` in the order `opd`, `opd2`, …"""

    organisation: Account
    inspector: Account
    head: Account
    officials: Mapping[int, Account]
    by_agency: Mapping[int, Account]
    agencies: tuple[Agency, ...]
    usernames: tuple[str, ...]


@lru_cache(maxsize=4)
def content(name: str) -> dict[str, Any]:
    """A YAML file of data/sample."""
    return yaml.safe_load((DATA / "sample" / name).read_text(encoding="utf-8"))


def engage(password: str, year: FiscalYear) -> People:
    """Create (or refresh) the personas. Raises SampleRefused where the region file names no OPD."""
    agencies = _agencies(year)
    if not agencies:
        raise sample.SampleRefused("berkas daerah belum berisi OPD; data contoh memerlukannya")
    names = content("content.yml")["people"]

    def person(username: str, name: str, role: str, **place: Any) -> Account:
        return sample.persona(username, name, password, role, **place)

    by_agency = {
        agency.pk: person(_numbered("opd", i), names["opd"][i % len(names["opd"])], "opd", agency=agency)
        for i, agency in enumerate(agencies)
    }
    officials = {
        agency.pk: person(_numbered("pejabat", i), names["pejabat"], "pejabat", agency=agency)
        for i, agency in enumerate(agencies)
    }
    single = {
        "organisation": person("organisasi", names["organisasi"], "organisasi"),
        "inspector": person("inspektorat", names["inspektorat"], "inspektorat"),
        "head": person("kepala-daerah", names["kepala_daerah"], "kepala_daerah"),
    }
    auditor = person("auditor", "Auditor", "auditor")
    accounts = (*single.values(), *by_agency.values(), *officials.values(), auditor)
    usernames = tuple(account.username for account in accounts)
    return People(**single, officials=officials, by_agency=by_agency, agencies=agencies, usernames=usernames)


def _agencies(year: FiscalYear) -> tuple[Agency, ...]:
    """The lead OPD, then those with a budget, with programs in the tree, then any: at most AGENCIES."""
    lead = sample.lead_agency()
    if lead is None:
        return ()
    keys = PerformanceNode.objects.filter(fiscal_year=year).exclude(agency=None).values("agency")
    budgets = BudgetItem.objects.filter(fiscal_year=year).values("agency")
    current = Agency.objects.current().order_by("code")
    found = (lead, *current.filter(pk__in=budgets), *current.filter(pk__in=keys), *current)
    return tuple(dict.fromkeys(found))[:AGENCIES]


def _numbered(name: str, index: int) -> str:
    return name if index == 0 else f"{name}{index + 1}"
