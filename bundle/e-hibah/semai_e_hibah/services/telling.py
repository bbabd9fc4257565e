"""Telling desks what arrived: everyone who may take the next step at the application's place, and nobody else."""

from __future__ import annotations

from django.db.models import Q
from semai_kit import roles
from semai_kit.models import Account, Agency, RoleGrant
from semai_kit.notifications import notify

from ..models import Application, AwardList, Report

CHECKER = "report.check"
COUNTER = "applicant.act"
LIST_DESKS = {"draf": "award.edit", "diajukan": "award.sign"}


def holders(permission: str, agency: Agency | None) -> list[Account]:
    """Accounts that hold a permission for the region or for this OPD."""
    names = [role.id for role in roles.catalog().values() if role.grants(permission)]
    place = Q(agency=None, district=None, village=None)
    grants = RoleGrant.objects.current().filter(place | Q(agency=agency) if agency else place, role__in=names)
    return list(Account.objects.filter(pk__in=grants.values("account")))


def arrived(application: Application) -> None:
    """Tell the desk of the application's state. What is with its applicant waits for no desk."""
    steps = {step.permission for step in application.workflow().leaving(application.state)} - {COUNTER}
    people = [account for permission in sorted(steps) for account in holders(permission, application.agency)]
    notify(people, f"{application.state_title}: {application.number}", application.get_absolute_url())


def list_moved(award_list: AwardList, by: Account) -> None:
    """Tell who takes the next step with a list, but for who took this one; a signed one waits for nobody."""
    permission = LIST_DESKS.get(award_list.state)
    if permission is None:
        return
    people = [account for account in holders(permission, None) if account.pk != by.pk]
    notify(people, f"{award_list.state_title}: {award_list.title}", award_list.get_absolute_url())


def handed_in(report: Report) -> None:
    application = report.disbursement.agreement.application
    people = holders(CHECKER, application.agency)
    notify(people, f"Laporan diserahkan: {application.number}", report.get_absolute_url())


def due(report: Report) -> None:
    """Remind the OPD, which asks the recipient; recipients have no account here."""
    application = report.disbursement.agreement.application
    people = holders(CHECKER, application.agency)
    notify(people, f"Laporan ditunggu: {application.number}", report.get_absolute_url())
