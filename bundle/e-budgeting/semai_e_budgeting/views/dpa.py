"""DPA of every OPD and of one, its PDF, two versions side by side, the cash plan; opening or dropping a round."""

from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit import audit, officials
from semai_kit.documents import Signatory
from semai_kit.models import Agency
from semai_kit.roles import allowed
from semai_kit.views import FormPage, PdfPage, xlsx

from ..cash_plan import MONTHS
from ..forms_execution import CashForm, DropForm, RoundForm
from ..models import DpaVersion, Rka
from ..selectors.dpa import CashRow, account_sums, by_account, cash_plan, dpas_of, visible_dpas
from ..selectors.rka import rka_of
from ..selectors.versions import compare, compare_page
from ..services import rounds
from ..services.cash import set_months
from ..services.limits import open_round
from ..services.states import EDITABLE, LOCKED
from ..sheets_execution import cash_rows, cash_sheet, comparison_rows, comparison_sheet
from ..shifts import round_kinds
from .pages import Page
from .rka import spreadsheets_name

ACCOUNTS = "rekening"  # the parameter that turns the pages of sums per account


class DpaList(Page):
    template_name = "semai_e_budgeting/dpas.html"
    title = lazy("DPA per OPD")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rkas = list(visible_dpas(self.request.user, self.request.fiscal_year))
        total = sum((rka.dpa_total or 0 for rka in rkas), start=0)
        return super().get_context_data(rkas=rkas, total=total, **kwargs)


class InDpa:
    """Finds the RKA of the address and its DPA versions, for who may read them."""

    kwargs: dict[str, Any]

    @property
    def rka(self) -> Rka:
        if not hasattr(self, "_rka"):
            found = rka_of(self.request.user, self.kwargs["rka"])
            if found is None:
                raise Http404
            self._rka = found
        return self._rka

    @property
    def dpas(self) -> list[DpaVersion]:
        if not hasattr(self, "_dpas"):
            self._dpas = dpas_of(self.rka)
        return self._dpas

    def version(self, number: str | int) -> DpaVersion:
        found = next((dpa for dpa in self.dpas if str(dpa.number) == str(number)), None)
        if found is None:
            raise Http404
        return found

    def get_back_url(self) -> str:
        return reverse("budget:dpa", args=[self.kwargs["rka"]])

    get_success_url = get_back_url

    def file_name(self, kind: str) -> str:
        agency = self.rka.agency
        return spreadsheets_name(f"{kind}-{agency.short_name or agency.code}-{self.rka.fiscal_year.year}")


class DpaDetail(InDpa, Page):
    template_name = "semai_e_budgeting/dpa.html"

    def get_title(self) -> str:
        return _("DPA {name}").format(name=self.rka.agency.name)

    def get_back_url(self) -> str:
        return reverse("budget:dpas")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rka, opened = self.rka, open_round(self.rka)
        may = allowed(self.request.user, rounds.MANAGE, agency=rka.agency) and rka.fiscal_year.is_open
        return super().get_context_data(
            rka=rka,
            dpas=self.dpas,
            newest=self.dpas[-1] if self.dpas else None,
            opened=opened,
            opened_kind=round_kinds()[opened.kind] if opened else None,
            rounds=[(row, round_kinds()[row.kind]) for row in rka.rounds.select_related("result", "base")],
            may_open=may and bool(self.dpas) and opened is None and rka.state == LOCKED,
            may_drop=may and opened is not None and rka.state in EDITABLE,
            **kwargs,
        )


class DpaVersionPage(InDpa, Page):
    template_name = "semai_e_budgeting/dpa_version.html"

    def get_title(self) -> str:
        return str(self.version(self.kwargs["number"]))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        dpa = self.version(self.kwargs["number"])
        plan = cash_plan(dpa)
        return super().get_context_data(
            rka=self.rka,
            dpa=dpa,
            plan=plan,
            page=self.part(plan.rows),
            accounts=self.part(account_sums([dpa.rka_version_id]), ACCOUNTS),
            may_plan=dpa.number == self.dpas[-1].number
            and self.rka.fiscal_year.is_open
            and allowed(self.request.user, "cash.edit", agency=self.rka.agency),
            **kwargs,
        )

    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if request.GET.get("export") != "xlsx":
            return super().get(request, *args, **kwargs)
        dpa = self.version(self.kwargs["number"])
        audit.note(dpa, "ekspor", "anggaran kas")
        return xlsx(self.file_name(f"anggaran-kas-{dpa.number}"), cash_sheet(), cash_rows(cash_plan(dpa)))


class DpaPdf(InDpa, PdfPage):
    """The DPA as an official document: sums per sub kegiatan and account, and the plan of the months."""

    permission = "budget.view"
    document_template = "semai_e_budgeting/dpa_document.html"

    @property
    def dpa(self) -> DpaVersion:
        return self.version(self.kwargs["number"])

    def get_title(self) -> str:
        changed = {
            "DPA": "Dokumen Pelaksanaan Anggaran",
            "DPPA": "Dokumen Pelaksanaan Perubahan Anggaran",
        }
        return changed.get(self.dpa.label, f"Dokumen Pelaksanaan Anggaran ({self.dpa.label})")

    def get_context(self) -> dict[str, Any]:
        dpa = self.dpa
        return {
            "dpa": dpa,
            "plan": cash_plan(dpa),
            "accounts": account_sums([dpa.rka_version_id]),
            "agency": self.agency_then(),
        }

    def agency_then(self) -> Any:
        return self.rka.agency.at(self.dpa.decree.decided_on)

    def get_signatories(self) -> list[Signatory]:
        day = self.dpa.decree.decided_on
        return [
            officials.signatory(self.rka.agency, on=day, caption="Pengguna Anggaran,"),
            officials.signatory(title="Pejabat Pengelola Keuangan Daerah", on=day, caption="Mengesahkan,"),
        ]

    def get_number(self) -> str:
        return self.dpa.document_number

    def get_agency(self) -> Agency:
        return self.rka.agency

    def get_year(self) -> int:
        return self.rka.fiscal_year.year

    def get_options(self) -> dict[str, Any]:
        return {"on": self.dpa.decree.decided_on}


class CompareDpas(InDpa, Page):
    """Any two versions: per account and per line what was, what became, and the difference."""

    template_name = "semai_e_budgeting/dpa_compare.html"
    title = lazy("Semula dan menjadi")

    def pair(self) -> tuple[DpaVersion, DpaVersion] | None:
        if len(self.dpas) < 2:
            return None
        old = self.request.GET.get("lama") or self.dpas[-2].number
        new = self.request.GET.get("baru") or self.dpas[-1].number
        return self.version(old), self.version(new)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        pair = self.pair()
        own: dict[str, Any] = {"rka": self.rka, "dpas": self.dpas, "pair": pair}
        if pair:
            only = self.request.GET.get("semua") != "1"
            versions = pair[0].rka_version, pair[1].rka_version
            comparison = compare_page(*versions, self.request.GET.get("page"), only_changes=only)
            query = self.request.GET.copy()
            query["export"] = "xlsx"
            for turned in ("page", ACCOUNTS):
                query.pop(turned, None)
            accounts = [row for row in by_account(*versions) if row.difference or not only]
            own |= {
                "comparison": comparison,
                "accounts": self.part(accounts, ACCOUNTS),
                "only_changes": only,
                "export_url": f"?{query.urlencode()}",
            }
        return super().get_context_data(**own, **kwargs)

    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        pair = self.pair()
        if request.GET.get("export") != "xlsx" or pair is None:
            return super().get(request, *args, **kwargs)
        audit.note(pair[1], "ekspor", f"perbandingan dengan {pair[0].label}")
        comparison = compare(pair[0].rka_version, pair[1].rka_version)
        name = self.file_name(f"semula-menjadi-{pair[0].number}-{pair[1].number}")
        return xlsx(name, comparison_sheet(), comparison_rows(comparison))


class PlanMonths(InDpa, FormPage):
    permission = "cash.edit"
    form_class = CashForm
    template_name = "semai_e_budgeting/cash_form.html"
    success_message = lazy("Anggaran kas disimpan.")

    def row(self) -> CashRow:
        plan = cash_plan(self.version(self.kwargs["number"]))
        found = next((row for row in plan.rows if row.item.pk == self.kwargs["item"]), None)
        if found is None:
            raise Http404
        return found

    def get_title(self) -> str:
        return _("Anggaran kas per bulan")

    def get_back_url(self) -> str:
        return reverse("budget:dpa-version", args=[self.kwargs["rka"], self.kwargs["number"]])

    get_success_url = get_back_url

    def get_initial(self) -> dict[str, Any]:
        return {f"month_{n}": amount for n, amount in zip(range(1, 13), self.row().months, strict=True)}

    def perform(self, form: CashForm) -> None:
        dpa = self.version(self.kwargs["number"])
        set_months(dpa.pk, self.kwargs["item"], form.months(), self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(row=self.row(), months=MONTHS, **kwargs)


class OpenRound(InDpa, FormPage):
    permission = rounds.MANAGE
    form_class = RoundForm
    template_name = "semai_e_budgeting/round_form.html"
    title = lazy("Buka pergeseran atau Perubahan")
    submit_title = lazy("Buka untuk OPD")
    success_message = lazy("RKA dibuka. OPD dapat mengubah rincian dan mengirimnya lagi.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(rka=self.rka, kinds=round_kinds().values(), **kwargs)

    def perform(self, form: RoundForm) -> Any:
        values = form.cleaned_data
        return rounds.open_for_round(self.rka.pk, values["kind"], values["reason"], self.request.user)


class DropRound(InDpa, FormPage):
    permission = rounds.MANAGE
    form_class = DropForm
    title = lazy("Batalkan pergeseran")
    intro = lazy("Rincian RKA kembali seperti DPA yang berlaku. Versi RKA yang sudah dikirim tetap tersimpan.")
    submit_title = lazy("Batalkan pergeseran")
    success_message = lazy("Pergeseran dibatalkan; rincian kembali seperti DPA yang berlaku.")

    def perform(self, form: DropForm) -> Any:
        return rounds.drop_round(self.rka.pk, form.cleaned_data["reason"], self.request.user)
