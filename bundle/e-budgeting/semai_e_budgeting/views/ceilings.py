"""KUA-PPAS documents, their ceilings, and the monitor of pagu from e-planning to DPA."""

from collections.abc import Sequence
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit import audit
from semai_kit.languages import counted, official
from semai_kit.refusals import Refused
from semai_kit.roles import allowed
from semai_kit.spreadsheets import CellError, SheetRow
from semai_kit.views import FormPage, ImportPage, xlsx

from ..forms_execution import AgreementForm, CeilingDocumentForm, CeilingForm
from ..models import Ceiling, CeilingDocument
from ..selectors.dpa import ceiling_rows, pagu_changes, pagu_rows
from ..services import ceilings
from ..sheets_execution import ceiling_sheet, pagu_sheet
from .pages import Page, PostAction


class Documents(Page):
    template_name = "semai_e_budgeting/ceiling_documents.html"
    title = lazy("KUA-PPAS")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        documents = CeilingDocument.objects.filter(fiscal_year=self.request.fiscal_year)
        return super().get_context_data(
            documents=documents.select_related("fiscal_year"),
            may_edit=allowed(self.request.user, ceilings.EDIT),
            **kwargs,
        )


class InDocument:
    """Finds the document of the address."""

    kwargs: dict[str, Any]

    @property
    def document(self) -> CeilingDocument:
        found = CeilingDocument.objects.select_related("fiscal_year")
        return get_object_or_404(found, pk=self.kwargs["document"])

    def get_back_url(self) -> str:
        return reverse("budget:ceilings", args=[self.kwargs["document"]])

    get_success_url = get_back_url


class AddDocument(FormPage):
    permission = ceilings.EDIT
    form_class = CeilingDocumentForm
    title = lazy("KUA-PPAS baru")
    intro = lazy("Plafon disalin dari KUA-PPAS terakhir; yang pertama diisi pagu OPD dan program dari e-planning.")
    success_message = lazy("KUA-PPAS dibuat. Sesuaikan plafonnya, lalu catat kesepakatannya.")

    def get_back_url(self) -> str:
        return reverse("budget:ceiling-documents")

    def perform(self, form: CeilingDocumentForm) -> CeilingDocument:
        values = form.cleaned_data
        return ceilings.create_document(
            self.request.fiscal_year, values["stage"], values["note"], self.request.user
        )

    def get_success_url(self) -> str:
        return reverse("budget:ceilings", args=[self.result.pk])


class Ceilings(InDocument, Page):
    template_name = "semai_e_budgeting/ceilings.html"

    def get_title(self) -> str:
        return str(self.document)

    def get_back_url(self) -> str:
        return reverse("budget:ceiling-documents")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        document = self.document
        may_edit = allowed(self.request.user, ceilings.EDIT) and not document.is_agreed
        return super().get_context_data(
            document=document,
            page=self.part(ceiling_rows(self.request.user, document)),
            may_edit=may_edit,
            problems=ceilings.document_problems(document) if may_edit else [],
            **kwargs,
        )

    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if request.GET.get("export") != "xlsx":
            return super().get(request, *args, **kwargs)
        document = self.document
        audit.note(document, "ekspor", "plafon KUA-PPAS")
        rows = (
            {
                "agency_code": row.ceiling.agency.code,
                "code": row.ceiling.code,
                "amount": row.ceiling.amount,
                "name": row.ceiling.name,
                "used": row.used,
            }
            for row in ceiling_rows(request.user, document)
        )
        return xlsx(f"kua-ppas-{document.fiscal_year.year}", ceiling_sheet(full=True), rows)


class WriteCeiling(InDocument, FormPage):
    permission = ceilings.EDIT
    form_class = CeilingForm
    title = lazy("Tambah atau ubah plafon")
    success_message = lazy("Plafon disimpan.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "year": self.document.fiscal_year}

    def get_initial(self) -> dict[str, Any]:
        typed = self.request.GET.get("plafon", "")
        row = Ceiling.objects.filter(pk=typed, document=self.document).first() if typed.isdigit() else None
        return {"agency": row.agency_id, "code": row.code, "amount": row.amount} if row else {}

    def perform(self, form: CeilingForm) -> int:
        return ceilings.write_ceilings(self.document.pk, [form.entry()], self.request.user)


class ImportCeilings(InDocument, ImportPage):
    permission = ceilings.EDIT
    sheet = ceiling_sheet()
    title = lazy("Impor plafon")
    template_file_name = "templat-plafon"

    def check(self, rows: Sequence[SheetRow]) -> list[CellError]:
        known = ceilings.known_codes(self.document.fiscal_year)
        found = [(row, ceilings.entry_problem(ceiling_entry(row), known)) for row in rows]
        return [CellError(row.number, "code", problem) for row, problem in found if problem]

    def apply(self, rows: Sequence[SheetRow]) -> str:
        entries = [ceiling_entry(row) for row in rows]
        count = ceilings.write_ceilings(self.document.pk, entries, self.request.user)
        return counted("{count} plafon disimpan.", count).format(count=count)


def ceiling_entry(row: SheetRow) -> ceilings.CeilingEntry:
    return ceilings.CeilingEntry(row.values["agency_code"], row.values["code"] or "", row.values["amount"])


class RemoveCeiling(InDocument, PostAction):
    permission = ceilings.EDIT

    def act(self) -> str:
        row = Ceiling.objects.filter(pk=self.kwargs["ceiling"], document=self.document).first()
        if row is None:
            raise Refused(_("Plafon ini sudah dihapus."))
        ceilings.remove_ceiling(row.pk, self.request.user)
        return _("Plafon dihapus.")

    def target(self) -> str:
        return self.get_back_url()


class AgreeDocument(InDocument, FormPage):
    permission = ceilings.EDIT
    form_class = AgreementForm
    title = lazy("Catat kesepakatan KUA-PPAS")
    intro = lazy("Sesudah disepakati, plafon membatasi rincian RKA dan dokumen ini tidak dapat diubah lagi.")
    submit_title = lazy("Catat kesepakatan")
    success_message = lazy("KUA-PPAS disepakati dan berlaku.")

    def perform(self, form: AgreementForm) -> CeilingDocument:
        values = form.cleaned_data
        return ceilings.agree(self.document.pk, values["agreement"], values["agreed_on"], self.request.user)


class PaguMonitor(Page):
    template_name = "semai_e_budgeting/pagu_monitor.html"
    title = lazy("Pantauan pagu")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        year, account = self.request.fiscal_year, self.request.user
        changes = self.part(pagu_changes(account, year), size=50)
        return super().get_context_data(rows=pagu_rows(account, year), changes=changes, **kwargs)

    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if request.GET.get("export") != "xlsx":
            return super().get(request, *args, **kwargs)
        with official():
            audit.note(request.fiscal_year, "ekspor", str(self.title))
        columns = pagu_sheet().columns
        rows = pagu_rows(request.user, request.fiscal_year)
        cells = ({column.key: getattr(row, column.key) for column in columns} for row in rows)
        return xlsx(f"pantauan-pagu-{request.fiscal_year.year}", pagu_sheet(), cells)
