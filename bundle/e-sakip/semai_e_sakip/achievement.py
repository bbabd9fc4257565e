"""How far a target was reached: percent by polarity, year figures from quarters, efficiency. Pure, Decimal only.

The rule of a year is data (data/achievement.yml): bounds, polarities, bands. A figure without target or without
realisation has no achievement (None), never a guessed one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from .bands import Band, band_of, read_bands

HUNDRED = Decimal(100)
HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True)
class Polarity:
    """`sign` 1: realisation above the target adds to the achievement; -1: it takes away."""

    id: str
    title: str
    short: str
    sign: int


@dataclass(frozen=True)
class EfficiencyRule:
    """Judged only from `least_achievement` percent on."""

    least_achievement: Decimal
    bands: tuple[Band, ...]


@dataclass(frozen=True)
class Rule:
    """One version of the rules; `lowest` and `highest` bound what one indicator counts for, in percent."""

    id: str
    from_year: int
    basis: str
    lowest: Decimal
    highest: Decimal
    zero_met: Decimal
    zero_missed: Decimal
    polarities: tuple[Polarity, ...]
    bands: tuple[Band, ...]
    efficiency: EfficiencyRule

    def polarity(self, polarity_id: str) -> Polarity:
        return next(p for p in self.polarities if p.id == polarity_id)


@dataclass(frozen=True)
class Efficiency:
    """Achievement less absorption, in percentage points; `band` is None while the achievement is too low."""

    achievement: Decimal
    absorption: Decimal
    points: Decimal
    band: Band | None


def read_rule(entry: Mapping[str, Any]) -> Rule:
    """A rule from data. Raises ValueError on bounds that cross, polarities that repeat, bands out of order."""
    polarities = tuple(Polarity(p["id"], p["title"], p["short"], int(p["sign"])) for p in entry["polarities"])
    lowest, highest = Decimal(entry["lowest"]), Decimal(entry["highest"])
    if not lowest < HUNDRED <= highest:
        raise ValueError(f"rule {entry['id']}: bounds {lowest} to {highest} must hold 100")
    if len({p.id for p in polarities}) != len(polarities) or {p.sign for p in polarities} - {1, -1}:
        raise ValueError(f"rule {entry['id']}: polarities need distinct ids and a sign of 1 or -1")
    efficiency = entry["efficiency"]
    return Rule(
        id=str(entry["id"]),
        from_year=int(entry["from_year"]),
        basis=entry["basis"],
        lowest=lowest,
        highest=highest,
        zero_met=Decimal(entry["zero_target"]["met"]),
        zero_missed=Decimal(entry["zero_target"]["missed"]),
        polarities=polarities,
        bands=read_bands(entry["bands"]),
        efficiency=EfficiencyRule(Decimal(efficiency["least_achievement"]), read_bands(efficiency["bands"])),
    )


def raw_achievement(rule: Rule, polarity: str, target: Decimal, realised: Decimal) -> Decimal:
    """Percent reached, unbounded, two decimals: 100 exactly at the target, also when the target is negative."""
    sign = rule.polarity(polarity).sign
    if target == 0:
        return rule.zero_met if sign * realised >= 0 else rule.zero_missed
    return rounded(HUNDRED + sign * (realised - target) / abs(target) * HUNDRED)


def achievement(rule: Rule, polarity: str, target: Decimal | None, realised: Decimal | None) -> Decimal | None:
    """Percent reached within the rule's bounds, or None when there is nothing to compare."""
    if target is None or realised is None:
        return None
    return min(max(raw_achievement(rule, polarity, target, realised), rule.lowest), rule.highest)


def year_figure(accumulation: str, quarters: Sequence[Decimal | None]) -> Decimal | None:
    """The year's figure from what the quarters brought so far; None when none brought anything."""
    known = [figure for figure in quarters if figure is not None]
    if not known:
        return None
    if accumulation == "latest":
        return known[-1]
    total = sum(known, Decimal(0))
    return total if accumulation == "sum" else rounded(total / len(known))


def average(figures: Iterable[Decimal | None]) -> Decimal | None:
    """Mean of the figures that exist, two decimals."""
    known = [figure for figure in figures if figure is not None]
    return rounded(sum(known, Decimal(0)) / len(known)) if known else None


def absorption(budget: Decimal, spent: Decimal) -> Decimal | None:
    """Percent of the budget that was spent; None without a budget."""
    return rounded(spent / budget * HUNDRED) if budget > 0 else None


def efficiency(rule: Rule, reached: Decimal | None, absorbed: Decimal | None) -> Efficiency | None:
    """Performance against money; None when one of them is unknown."""
    if reached is None or absorbed is None:
        return None
    points = reached - absorbed
    judged = reached >= rule.efficiency.least_achievement
    return Efficiency(reached, absorbed, points, band_of(points, rule.efficiency.bands) if judged else None)


def rounded(figure: Decimal) -> Decimal:
    return figure.quantize(HUNDREDTH, rounding=ROUND_HALF_UP)
