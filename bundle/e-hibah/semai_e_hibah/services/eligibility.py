"""Eligibility of one application: facts gathered, rules asked, results kept, waivers allowed."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from semai_kit import roles, years
from semai_kit.languages import official
from semai_kit.models import Account

from .. import rules
from ..errors import NotEligible, RuleBroken
from ..models import Application, EarlierAward, FilingWindow, Report, RuleResult, Waiver
from .filing import lock

AWARDED = ("ditetapkan", "nphd", "dicairkan", "selesai")
NOT_COUNTED = ("draf", "ditolak", "ditarik", "batal")
WAIVE = "application.waive"
WAIVED_IN = ("diajukan", "kepala_daerah", "klasifikasi", "rekomendasi", "verifikasi", "tapd")


@dataclass(frozen=True)
class Judged:
    """A finding and the waiver that covers it, if any."""

    finding: rules.Finding
    waiver: Waiver | None

    @property
    def stands_in_the_way(self) -> bool:
        return not self.finding.passed and self.waiver is None


def judge(application: Application) -> list[Judged]:
    """What the rules of the year say about the application now."""
    facts, rule_set = facts_of(application), rules.set_of(application.fiscal_year.year)
    with official():  # what they say is kept with the application
        findings = rules.evaluate(facts, rule_set)
    waivers = {waiver.rule_id: waiver for waiver in application.waivers.select_related("account")}
    return [Judged(finding, waivers.get(finding.rule.id)) for finding in findings]


def facts_of(application: Application) -> rules.Facts:
    applicant = application.applicant
    others = Application.objects.filter(applicant__identity=applicant.identity).exclude(pk=application.pk)
    same_year = others.filter(fiscal_year=application.fiscal_year, pk__lt=application.pk)
    window = FilingWindow.objects.filter(fiscal_year=application.fiscal_year).first()
    return rules.Facts(
        kind=application.kind,
        form=applicant.form_id,
        registered_on=applicant.registered_on,
        filed_on=application.filed_on or timezone.localdate(),
        closes_on=window.closes_on if window else None,
        fiscal_year=application.fiscal_year.year,
        amount=application.considered,
        awarded_years=_awarded_years(others, applicant.identity),
        unreported=_unreported(application),
        same_year=tuple(same_year.exclude(state__in=NOT_COUNTED).values_list("number", flat=True)),
    )


def require(application: Application, step: str) -> None:
    """Keep what the rules say at this step; raise NotEligible naming every rule that stands in the way."""
    judged = judge(application)
    barred = [j for j in judged if j.stands_in_the_way]
    if barred:
        told = " ".join(f"{_(j.finding.rule.title)}: {j.finding.fault}" for j in barred)
        raise NotEligible(_("Belum memenuhi syarat. {told}").format(told=told))
    rule_set = rules.set_of(application.fiscal_year.year)
    for j in judged:
        RuleResult.objects.create(
            application=application,
            step=step,
            rule_set=rule_set.id,
            rule_id=j.finding.rule.id,
            title=j.finding.rule.title,
            basis=j.finding.rule.basis,
            passed=j.finding.passed,
            detail=j.finding.fault,
        )


@transaction.atomic
def waive(account: Account, application: Application, rule_id: str, reason: str) -> Waiver:
    """Allow an exception from a rule that fails and may be waived."""
    roles.require(account, WAIVE)
    locked = lock(application)
    years.require_open(locked.fiscal_year)
    if locked.state not in WAIVED_IN:
        raise RuleBroken(
            _("Permohonan berstatus “{state_title}”; pengecualian tidak diperlukan lagi.").format(
                state_title=_(locked.state_title)
            )
        )
    judged = next((j for j in judge(locked) if j.finding.rule.id == rule_id), None)
    if judged is None or judged.finding.passed or judged.waiver is not None:
        raise RuleBroken(_("Aturan ini tidak memerlukan pengecualian."))
    if not judged.finding.rule.waivable:
        raise RuleBroken(_("Aturan “{title}” tidak boleh dikecualikan.").format(title=_(judged.finding.rule.title)))
    if not reason.strip():
        raise RuleBroken(_("Isi alasan pengecualian."))
    return Waiver.objects.create(application=locked, rule_id=rule_id, reason=reason.strip(), account=account)


def _awarded_years(others: QuerySet[Application], identity: str) -> tuple[int, ...]:
    """Years of awards, of those from before this app too."""
    here = others.filter(state__in=AWARDED).values_list("fiscal_year__year", flat=True)
    before = EarlierAward.objects.filter(identity=identity).values_list("year", flat=True)
    return (*here, *before)


def _unreported(application: Application) -> tuple[str, ...]:
    """Numbers of the applicant's other applications with a report past its day, and earlier awards without one."""
    path = "disbursement__agreement__application"
    late = Report.objects.filter(
        due_on__lt=timezone.localdate(), **{f"{path}__applicant__identity": application.applicant.identity}
    ).exclude(state="diterima")
    others = late.exclude(**{path: application}).values_list(f"{path}__number", flat=True).distinct()
    before = EarlierAward.objects.filter(identity=application.applicant.identity, reported=False)
    return (*others, *(f"tahun {award.year} “{award.title}”" for award in before))
