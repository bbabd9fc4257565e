"""Rule results for a page: what the rules say while it matters, what they said once it is decided."""

from __future__ import annotations

from dataclasses import dataclass

from ..models import Application, Waiver
from ..services.eligibility import WAIVED_IN, judge

UNDECIDED = ("draf", "kurang", *WAIVED_IN)


@dataclass(frozen=True)
class ShownRule:
    """One line of the page; `fault` is empty when the rule is met."""

    id: str
    title: str
    basis: str
    fault: str
    passed: bool
    waiver: Waiver | None
    waivable: bool


def shown_rules(application: Application) -> list[ShownRule]:
    """Asked anew until TAPD has decided; after that the results kept at the last step that asked."""
    if application.state in UNDECIDED:
        return [
            ShownRule(
                id=judged.finding.rule.id,
                title=judged.finding.rule.title,
                basis=judged.finding.rule.basis,
                fault=judged.finding.fault,
                passed=judged.finding.passed,
                waiver=judged.waiver,
                waivable=judged.stands_in_the_way and judged.finding.rule.waivable,
            )
            for judged in judge(application)
        ]
    waivers = {waiver.rule_id: waiver for waiver in application.waivers.select_related("account")}
    kept = {result.rule_id: result for result in application.rule_results.all()}
    return [
        ShownRule(row.rule_id, row.title, row.basis, row.detail, row.passed, waivers.get(row.rule_id), False)
        for row in kept.values()
    ]
