"""Who acts in the sample: one persona per desk, and an evaluator for each OPD that has an application."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from semai_kit import sample
from semai_kit.models import Account, Agency


@dataclass(frozen=True)
class People:
    """Personas by desk; evaluators by OPD."""

    counter: Account
    head: Account
    board: Account
    tapd: Account
    treasury: Account
    by_agency: Mapping[int, Account]

    def evaluator(self, agency: Agency) -> Account:
        return self.by_agency[agency.pk]


def engage(password: str, agencies: list[Agency]) -> People:
    """Create or refresh the personas; `opd` works for the same OPD as in the other apps."""

    def person(username: str, name: str, role: str, agency: Agency | None = None) -> Account:
        return sample.persona(username, name, password, role, agency=agency)

    ordered = list(dict.fromkeys(agency for agency in (sample.lead_agency(), *agencies) if agency))
    evaluators = {
        agency.pk: person(
            "opd" if index == 0 else f"opd{index + 1}", f"Evaluator {agency.short_name}", "opd", agency
        )
        for index, agency in enumerate(ordered)
    }
    person("inspektorat", "Pengawas Inspektorat", "inspektorat")
    person("auditor", "Auditor", "auditor")
    return People(
        counter=person("tata-usaha", "Petugas Tata Usaha", "tata_usaha"),
        head=person("kepala-daerah", "Kepala Daerah", "kepala_daerah"),
        board=person("tim-pertimbangan", "Sekretaris Tim Pertimbangan", "tim_pertimbangan"),
        tapd=person("tapd", "Sekretaris TAPD", "tapd"),
        treasury=person("bpkad", "Pengelola Hibah BPKAD", "bpkad"),
        by_agency=evaluators,
    )
