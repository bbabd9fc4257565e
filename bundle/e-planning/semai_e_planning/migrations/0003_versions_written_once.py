"""Refuse, in the database itself, any change of a version; and keep one of every RKPD that is determined already."""

from decimal import Decimal

from django.db import migrations

from semai_kit import append_only

TABLES = (
    "semai_e_planning_annualplanversion",
    "semai_e_planning_versionagency",
    "semai_e_planning_versionitem",
    "semai_e_planning_itemchange",
)
COPIED = ("indicator", "target", "unit", "location", "pagu", "note")
IN_WORK_PLAN = ("masuk_renja", "masuk_rkpd", "masuk_apbd", "realisasi")


def install(apps, schema_editor):
    append_only.install(schema_editor.connection, TABLES)


def remove(apps, schema_editor):
    append_only.remove(schema_editor.connection, TABLES)


def keep_determined(apps, schema_editor):
    models = {name: apps.get_model("semai_e_planning", name) for name in NAMES}
    for plan in models["AnnualPlan"].objects.filter(state="ditetapkan", enacted_on__isnull=False):
        _keep(models, plan)


NAMES = (
    "AgencyCeiling", "AnnualPlan", "AnnualPlanVersion", "Proposal", "VersionAgency", "VersionItem", "WorkPlanItem"
)  # fmt: skip


def _keep(models, plan):
    rows = models["WorkPlanItem"].objects.filter(work_plan__fiscal_year=plan.fiscal_year)
    items = list(rows.select_related("work_plan__agency", "sub_activity__parent__parent"))
    version = models["AnnualPlanVersion"].objects.create(
        plan=plan,
        number=plan.revision,
        decree=plan.decree,
        enacted_on=plan.enacted_on,
        total=sum((item.pagu for item in items), Decimal(0)),
    )
    for item in items:
        _copy(models, version, item)
    ceilings = models["AgencyCeiling"].objects.filter(fiscal_year=plan.fiscal_year).select_related("agency")
    amounts = {ceiling.agency_id: ceiling.amount for ceiling in ceilings}
    agencies = {one.agency_id: one.agency for one in [*ceilings, *(item.work_plan for item in items)]}
    for key, agency in agencies.items():
        total = sum((item.pagu for item in items if item.work_plan.agency_id == key), Decimal(0))
        models["VersionAgency"].objects.create(
            version=version, agency=agency, name=agency.name, ceiling=amounts.get(key), total=total
        )


def _copy(models, version, item):
    activity = item.sub_activity.parent
    taken = models["Proposal"].objects.filter(work_plan_item=item, state__in=IN_WORK_PLAN).order_by("number")
    models["VersionItem"].objects.create(
        version=version,
        item_id=item.pk,
        agency=item.work_plan.agency,
        agency_name=item.work_plan.agency.name,
        sub_activity=item.sub_activity,
        program_code=activity.parent.code,
        program_name=activity.parent.title,
        activity_code=activity.code,
        activity_name=activity.title,
        sub_activity_code=item.sub_activity.code,
        sub_activity_name=item.sub_activity.title,
        proposals=[_note(one) for one in taken.select_related("village")],
        **{name: getattr(item, name) for name in COPIED},
    )


def _note(proposal):
    agreed = proposal.estimate if proposal.verified_estimate is None else proposal.verified_estimate
    return {
        "number": proposal.number or "",
        "title": proposal.title,
        "village": proposal.village.name,
        "estimate": str(agreed.quantize(Decimal("0.01"))),
    }


class Migration(migrations.Migration):
    dependencies = [("semai_e_planning", "0002_versions_and_amendments")]

    operations = [
        migrations.RunPython(install, remove),
        migrations.RunPython(keep_determined, migrations.RunPython.noop),
    ]
