"""RKA of every OPD, one RKA with its sub kegiatan, its moves, and differences from planning."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit import audit, workflow
from semai_kit.languages import counted
from semai_kit.money import rupiah
from semai_kit.refusals import Refused
from semai_kit.roles import allowed, allowed_anywhere
from semai_kit.views import xlsx

from ..models import PlanDifference
from ..selectors.rka import (
    Usage,
    differences_of,
    fetch_status,
    item_page,
    remarks_of,
    usage_of,
    visible_rkas,
)
from ..selectors.standards import price_review, with_successors
from ..selectors.versions import versions_of
from ..services.carrying import carry_state
from ..services.flow import move_rka, ordinary_steps, problems_of
from ..services.limits import sums_of
from ..services.plan import accept_difference, fetch_plan, refresh_if_old
from ..sheets import export_rows, export_sheet
from .pages import InRka, Page, PostAction

FIELD_TITLES = {
    "pagu": lazy("Pagu"),
    "sub_activity_name": lazy("Nama sub kegiatan"),
    "activity_name": lazy("Nama kegiatan"),
    "program_name": lazy("Nama program"),
    "indicator": lazy("Indikator"),
    "target": lazy("Target"),
    "unit": lazy("Satuan"),
}


class RkaList(Page):
    template_name = "semai_e_budgeting/rkas.html"
    title = lazy("RKA per OPD")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        year, account = self.request.fiscal_year, self.request.user
        refresh_if_old(year)
        rkas = list(visible_rkas(account, year))
        wanted = self.request.GET.get("keadaan", "")
        states = rkas[0].workflow().choices() if rkas else []
        shown = [rka for rka in rkas if not wanted or rka.state == wanted]
        for rka in shown:
            rka.usage = Usage(rka.pagu, rka.used)
        return super().get_context_data(
            rkas=shown,
            total=Usage(sum(rka.pagu for rka in shown), sum(rka.used for rka in shown)),
            states=states,
            wanted=wanted,
            fetch=fetch_status(year),
            may_fetch=allowed_anywhere(account, "plan.fetch") and year.is_open,
            **kwargs,
        )


class FetchPlan(PostAction):
    """“Ambil dari e-planning”."""

    permission = "plan.fetch"

    def act(self) -> str:
        outcome = fetch_plan(self.request.fiscal_year, self.request.user)
        if not outcome.reachable:
            kept = (
                _("Salinan terakhir tetap dipakai.")
                if outcome.fetched_at
                else _("Belum ada salinan yang dapat dipakai.")
            )
            raise Refused(
                _("Rencana kerja belum dapat diambil. {problem}. {kept}").format(
                    problem=outcome.problem.rstrip("."), kept=kept
                )
            )
        parts = [
            _("{added} sub kegiatan baru").format(added=outcome.added),
            counted("{changed} perubahan menunggu diterima", outcome.changed).format(changed=outcome.changed),
        ]
        if outcome.vanished:
            parts.append(_("{vanished} sub kegiatan tidak ada lagi").format(vanished=outcome.vanished))
        if outcome.returned:
            parts.append(_("{returned} sub kegiatan muncul kembali").format(returned=outcome.returned))
        note = f" {outcome.problem}." if outcome.problem else ""
        return _("Rencana kerja diambil dari e-planning: {parts}.{note}").format(parts=", ".join(parts), note=note)

    def target(self) -> str:
        return reverse("budget:rkas")


class RkaDetail(InRka, Page):
    template_name = "semai_e_budgeting/rka.html"

    def get_title(self) -> str:
        return _("RKA {name}").format(name=self.rka.agency.name)

    def get_back_url(self) -> str:
        return reverse("budget:rkas")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rka, account = self.rka, self.request.user
        page, groups = item_page(rka, self.request.GET.get("page"))
        usage, line_count = usage_of(rka)
        versions = list(versions_of(rka))
        history = list(workflow.history(rka))
        return super().get_context_data(
            rka=rka,
            page=page,
            groups=groups,
            usage=usage,
            line_count=line_count,
            editable=self.editable,
            problems=problems_of(rka) if self.editable or rka.state == "tapd" else [],
            differences=differences_of(rka).count(),
            transitions=ordinary_steps(rka, account) if rka.fiscal_year.is_open else [],
            history=history,
            returned=next((log for log in reversed(history) if log.to_state == "kembali"), None)
            if rka.state == "kembali"
            else None,
            versions=versions,
            latest=versions[-1].number if versions else None,
            remarks=list(remarks_of(rka)),
            remarkable=self.remarkable,
            may_answer=allowed(account, "budget.edit", agency=rka.agency),
            fetch=fetch_status(rka.fiscal_year),
            **self.prices(),
            earlier=carry_state(rka),
            **kwargs,
        )

    def prices(self) -> dict[str, Any]:
        """The review of prices, whose two lists turn by parameters of their own."""
        review = price_review(self.rka)
        outdated = self.part(review.outdated, "usang")
        outdated.object_list = with_successors(list(outdated.object_list), review.usable)
        return {"prices": review, "above": self.part(review.above, "di-atas"), "outdated": outdated}


class ConfirmMove(InRka, Page):
    """Asks once before a step: what will happen, what is in the way, and the reason where one is needed."""

    template_name = "semai_e_budgeting/move.html"

    def get_title(self) -> str:
        return _(self.step().title)

    def get_back_url(self) -> str:
        return self.rka_url()

    def step(self) -> workflow.Transition:
        steps = ordinary_steps(self.rka, self.request.user)
        found = next((step for step in steps if step.to == self.kwargs["to"]), None)
        if found is None:
            wanted = self.rka.workflow().state(self.kwargs["to"]).title
            raise workflow.TransitionRefused(
                _(
                    "RKA ini sekarang “{state_title}”; langkah menuju “{wanted}” tidak tersedia untuk Anda. "
                    "Buka kembali halaman RKA untuk melihat langkah yang bisa."
                ).format(state_title=_(self.rka.state_title), wanted=_(wanted))
            )
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        step = self.step()
        problems = problems_of(self.rka) if step.to in ("dikirim", "kunci") else []
        usage, _line_count = usage_of(self.rka)
        return super().get_context_data(
            rka=self.rka,
            step=step,
            problems=problems,
            usage=usage,
            next_version=self.rka.versions.count() + 1,
            **kwargs,
        )


class MoveRka(InRka, PostAction):
    permission = "budget.view"

    def act(self) -> str:
        rka = move_rka(self.rka.pk, self.kwargs["to"], self.request.user, self.request.POST.get("reason", ""))
        if rka.state == "dikirim":
            return _("RKA dikirim sebagai versi {number}. Rincian terkunci selama diperiksa.").format(
                number=rka.versions.count()
            )
        return _("RKA sekarang berstatus “{state_title}”.").format(state_title=_(rka.state_title))

    def target(self) -> str:
        return self.rka_url()


class Differences(InRka, Page):
    template_name = "semai_e_budgeting/differences.html"
    title = lazy("Perubahan dari e-planning")

    def get_back_url(self) -> str:
        return self.rka_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        used = sums_of(self.rka)
        differences = [shown_difference(difference, used) for difference in differences_of(self.rka)]
        may = allowed(self.request.user, "budget.accept", agency=self.rka.agency) and self.editable
        return super().get_context_data(
            rka=self.rka,
            differences=differences,
            may_accept=may,
            fetch=fetch_status(self.rka.fiscal_year),
            **kwargs,
        )


@dataclass(frozen=True)
class ShownDifference:
    """A difference as people read it; `over` is what the lines exceed the new pagu by."""

    difference: PlanDifference
    title: str
    old: str
    new: str
    used: Decimal
    over: Decimal


def shown_difference(difference: PlanDifference, used: Mapping[int, Decimal]) -> ShownDifference:
    old, new, over = difference.old_value, difference.new_value, Decimal(0)
    spent = used.get(difference.item_id, Decimal(0))
    if difference.field == "pagu":
        over = max(spent - Decimal(new), Decimal(0))
        old, new = rupiah(Decimal(old)), rupiah(Decimal(new))
    return ShownDifference(difference, FIELD_TITLES.get(difference.field, difference.field), old, new, spent, over)


class AcceptDifference(InRka, PostAction):
    permission = "budget.accept"

    def act(self) -> str:
        item = accept_difference(self.kwargs["difference"], self.request.user)
        return _("Perubahan diterima untuk {item}.").format(item=item)

    def target(self) -> str:
        return reverse("budget:differences", args=[self.rka.pk])


class ExportRka(InRka, Page):
    """All working lines as a spreadsheet that can be imported again."""

    def get(self, request: Any, *_args: Any, **_kwargs: Any) -> Any:
        audit.note(self.rka, "ekspor", "rincian RKA")
        name = f"rka-{self.rka.agency.short_name or self.rka.agency.code}-{self.rka.fiscal_year.year}"
        return xlsx(spreadsheets_name(name), export_sheet(), export_rows(self.rka))


def spreadsheets_name(text: str) -> str:
    """A file name of letters, digits and hyphens only."""
    return "".join(letter if letter.isalnum() else "-" for letter in text.lower()).strip("-")
