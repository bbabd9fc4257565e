"""Who acts in the sample: one persona per desk, for the first kecamatan and OPD of the real region."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml
from semai_kit import sample
from semai_kit.models import Account, Agency, Village

from ..reference import DATA

DISTRICTS = 3
VILLAGES_PER_DISTRICT = 3
PLANNER = "opd"


@dataclass(frozen=True)
class People:
    """Personas and the places they work for."""

    desa: Account
    bappeda: Account
    dprd: Account
    inspektorat: Account
    head: Account
    by_district: Mapping[int, Account]
    by_agency: Mapping[int, Account]
    by_urusan: Mapping[str, Agency]
    villages: tuple[Village, ...]
    usernames: tuple[str, ...]


@lru_cache(maxsize=4)
def content(name: str) -> dict[str, Any]:
    """A YAML file of data/sample."""
    return yaml.safe_load((DATA / "sample" / name).read_text(encoding="utf-8"))


def engage(password: str) -> People:
    """Create (or refresh) the personas. Raises SampleRefused where the region file names no places."""
    villages = _villages()
    agencies = _agencies()
    if not villages or not agencies:
        raise sample.SampleRefused("berkas daerah belum berisi OPD dan desa/kelurahan; data contoh memerlukannya")

    def person(username: str, name: str, role: str, **place: Any) -> Account:
        return sample.persona(username, name, password, role, **place)

    districts = list(dict.fromkeys(village.district for village in villages))
    by_district = {
        district.pk: person(_numbered("kecamatan", i), f"Camat {district}", "kecamatan", district=district)
        for i, district in enumerate(districts)
    }
    planners = list(dict.fromkeys((sample.lead_agency(), *agencies.values())))
    by_agency = {
        agency.pk: person(_numbered(PLANNER, i), f"Perencana {agency.short_name}", "opd", agency=agency)
        for i, agency in enumerate(planners)
    }
    single = {
        "desa": person("desa", f"Operator {villages[0]}", "desa", village=villages[0]),
        "bappeda": person("bappeda", "Verifikator Bappeda", "bappeda"),
        "dprd": person("dprd", "Sekretariat DPRD", "dprd"),
        "inspektorat": person("inspektorat", "Pereviu Inspektorat", "inspektorat"),
        "head": person("kepala-daerah", "Kepala Daerah", "kepala_daerah"),
    }
    auditor = person("auditor", "Auditor", "auditor")
    accounts = (*single.values(), *by_district.values(), *by_agency.values(), auditor)
    usernames = tuple(account.username for account in accounts)
    return People(
        **single,
        by_district=by_district,
        by_agency=by_agency,
        by_urusan=agencies,
        villages=villages,
        usernames=usernames,
    )


def _villages() -> tuple[Village, ...]:
    """Some villages of the first kecamatan that have any."""
    rows: dict[int, list[Village]] = {}
    for village in Village.objects.current().select_related("district").order_by("code"):
        chosen = rows.setdefault(village.district_id, [])
        if len(chosen) < VILLAGES_PER_DISTRICT:
            chosen.append(village)
    return tuple(village for chosen in list(rows.values())[:DISTRICTS] for village in chosen)


def _agencies() -> dict[str, Agency]:
    """OPD by the urusan codes the sample uses, public works first."""
    current = list(Agency.objects.current().order_by("code"))
    if not current:
        return {}
    wanted = sorted(_urusan_used(), key=lambda code: (code != "1.03", code))
    found: dict[str, Agency] = {}
    for index, code in enumerate(wanted):
        holders = [agency for agency in current if code in sample.urusan_of(agency)]
        found[code] = holders[0] if holders else current[index % len(current)]
    return found


def _urusan_used() -> set[str]:
    document = content("five_year_plan.yml")
    objectives = (o for m in document["missions"] for g in m["goals"] for o in g["objectives"])
    return {program["urusan"] for objective in objectives for program in objective["programs"]}


def _numbered(name: str, index: int) -> str:
    return name if index == 0 else f"{name}{index + 1}"
