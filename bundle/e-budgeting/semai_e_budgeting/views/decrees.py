"""Penetapan: the Perda and Perkada of a year, the DPA each of them made, and the lampiran."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as lazy
from semai_kit.languages import counted
from semai_kit.money import total
from semai_kit.roles import allowed, require, scope_of
from semai_kit.views import FormPage, PdfPage

from ..forms_execution import DecreeForm
from ..models import Decree, DpaVersion
from ..selectors.dpa import account_sums
from ..selectors.recap import LEVELS
from ..services import decrees
from .pages import Page, PostAction


class Decrees(Page):
    template_name = "semai_e_budgeting/decrees.html"
    title = lazy("Penetapan")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        year, may_edit = self.request.fiscal_year, allowed(self.request.user, decrees.MANAGE)
        late = decrees.ready_rkas(year, Decree.Kind.BUDGET) if may_edit and year.is_open else []
        return super().get_context_data(
            decrees=Decree.objects.filter(fiscal_year=year).select_related("fiscal_year"),
            late=late,
            may_edit=may_edit,
            **kwargs,
        )


class AddDecree(FormPage):
    permission = decrees.MANAGE
    form_class = DecreeForm
    template_name = "semai_e_budgeting/decree_form.html"
    title = lazy("Catat penetapan")
    submit_title = lazy("Catat dan terbitkan DPA")
    success_message = lazy("Penetapan dicatat dan DPA diterbitkan.")

    def get_back_url(self) -> str:
        return reverse("budget:decrees")

    def perform(self, form: DecreeForm) -> Decree:
        return decrees.register_decree(self.request.fiscal_year, form.entry(), self.request.user)

    def get_success_url(self) -> str:
        return reverse("budget:decree", args=[self.result.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        year = self.request.fiscal_year
        concerned = [
            (title, decrees.ready_rkas(year, kind), decrees.missing_rkas(year, kind))
            for kind, title in Decree.Kind.choices
        ]
        return super().get_context_data(concerned=concerned, **kwargs)


def decree_of(view: Any) -> Decree:
    return get_object_or_404(Decree.objects.select_related("fiscal_year"), pk=view.kwargs["decree"])


class DecreeDetail(Page):
    template_name = "semai_e_budgeting/decree.html"

    def get_title(self) -> str:
        return str(decree_of(self))

    def get_back_url(self) -> str:
        return reverse("budget:decrees")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        decree, account = decree_of(self), self.request.user
        dpas = DpaVersion.objects.filter(decree=decree).select_related("rka__agency").order_by("rka__agency__code")
        everything = allowed(account, "budget.view")
        may = allowed(account, decrees.MANAGE) and decree.fiscal_year.is_open
        return super().get_context_data(
            decree=decree,
            dpas=scope_of(account, "budget.view").filter(dpas, agency="rka__agency"),
            total=total(dpas, "total") if everything else None,
            ready=decrees.ready_rkas(decree.fiscal_year, decree.kind) if may else [],
            everything=everything,
            **kwargs,
        )


class IssueDocuments(PostAction):
    permission = decrees.MANAGE

    def act(self) -> str:
        count = decrees.issue_documents(decree_of(self).pk, self.request.user)
        return counted("{count} DPA diterbitkan.", count).format(count=count)

    def target(self) -> str:
        return reverse("budget:decree", args=[self.kwargs["decree"]])


class AppendixPdf(PdfPage):
    """Lampiran: the money of the decree per OPD and per account down to jenis; for readers of the whole region."""

    permission = "budget.view"
    document_template = "semai_e_budgeting/appendix_document.html"

    def get_title(self) -> str:
        return f"Lampiran {decree_of(self).get_kind_display()}: ringkasan belanja"

    def get_context(self) -> dict[str, Any]:
        require(self.request.user, "budget.view")
        decree = decree_of(self)
        dpas = DpaVersion.objects.filter(decree=decree).select_related("rka__agency").order_by("rka__agency__code")
        rows = list(dpas)
        accounts = account_rows([dpa.rka_version_id for dpa in rows])
        return {"decree": decree, "dpas": rows, "accounts": accounts, "total": sum(dpa.total for dpa in rows)}

    def get_number(self) -> str:
        return decree_of(self).number

    def get_year(self) -> int:
        return decree_of(self).fiscal_year.year

    def get_options(self) -> dict[str, Any]:
        return {"on": decree_of(self).decided_on}


def account_rows(versions: list[int]) -> list[tuple[str, str, Any]]:
    """Code, name of the level and sum, from akun to jenis."""
    sums: dict[str, Any] = {}
    for code, _name, amount in account_sums(versions):
        parts = code.split(".")
        for level in range(1, min(3, len(parts)) + 1):
            key = ".".join(parts[:level])
            sums[key] = sums.get(key, 0) + amount
    return [(code, LEVELS[code.count(".") + 1], sums[code]) for code in sorted(sums)]
