import django_filters
import django_tables2 as tables
from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse_lazy

from semai_kit import attachments, audit, roles
from semai_kit.forms import AttachmentField
from semai_kit.models import Agency
from semai_kit.spreadsheets import CellError, Column, Sheet
from semai_kit.tests.garden.models import Plot
from semai_kit.views import DetailPage, FormPage, ImportPage, ListPage, PdfPage, TransitionPage

SHEET = Sheet("Petak", (Column("name", "Nama", required=True), Column("cost", "Biaya", "decimal")))


def home(request: HttpRequest) -> HttpResponse:
    return render(request, "garden/home.html", {"page_title": "Beranda"})


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("broken on purpose, to see the error page")


class PlotTable(tables.Table):
    name = tables.Column(verbose_name="Nama", linkify=True)
    agency = tables.Column(verbose_name="OPD", accessor="agency__short_name")
    state = tables.TemplateColumn("{% state_badge record %}", verbose_name="Status")
    cost = tables.TemplateColumn(
        "{{ record.cost|rupiah }}",
        verbose_name="Biaya",
        attrs={"th": {"class": "number"}, "td": {"class": "number"}},
    )


class PlotFilter(django_filters.FilterSet):
    name = django_filters.CharFilter(label="Nama", lookup_expr="icontains")
    state = django_filters.ChoiceFilter(
        label="Status", choices=lambda: Plot.workflow().choices(), empty_label="Semua"
    )

    class Meta:
        model = Plot
        fields: list[str] = []


def visible(account) -> QuerySet[Plot]:
    scope = roles.scope_of(account, "plot.view")
    return scope.filter(Plot.objects.select_related("agency", "village"), agency="agency", village="village")


class PlotList(ListPage):
    permission = "plot.view"
    title = "Petak"
    intro = "Petak kebun menurut OPD dan tahun anggaran."
    table_class = PlotTable
    filterset_class = PlotFilter
    sheet = SHEET
    export_name = "petak"

    def get_actions(self):
        return [("Petak baru", str(reverse_lazy("new-plot"))), ("Impor", str(reverse_lazy("import-plots")))]

    def get_queryset(self) -> QuerySet[Plot]:
        return visible(self.request.user).filter(fiscal_year=self.request.fiscal_year)


class PlotDetail(DetailPage):
    permission = "plot.view"
    back_url = reverse_lazy("plots")

    def get_queryset(self) -> QuerySet[Plot]:
        return visible(self.request.user)

    def get_facts(self):
        return [("OPD", self.object.agency), ("Biaya", self.object.cost), ("Tahun", self.object.fiscal_year)]

    def get_context_data(self, **kwargs):
        return super().get_context_data(transition_url=f"{self.object.pk}/status/", **kwargs)


class MovePlot(TransitionPage):
    def get_queryset(self) -> QuerySet[Plot]:
        return visible(self.request.user)


class PlotForm(forms.ModelForm):
    photo = AttachmentField(label="Foto", required=False, help_text="JPG, PNG atau PDF, paling besar 5 MB.")
    fertile = forms.BooleanField(label="Tanahnya subur", required=False, help_text="Centang bila sudah diperiksa.")

    class Meta:
        model = Plot
        fields = ["name", "agency", "village", "cost"]


class NewPlot(FormPage):
    permission = "plot.write"
    title = "Petak baru"
    form_class = PlotForm
    success_message = "Petak disimpan."
    success_url = reverse_lazy("plots")
    back_url = reverse_lazy("plots")

    def perform(self, form: PlotForm) -> Plot:
        account = self.request.user
        roles.require(account, "plot.write", agency=form.cleaned_data["agency"])
        plot = form.save(commit=False)
        plot.fiscal_year, plot.created_by = self.request.fiscal_year, account
        plot.save()
        if form.cleaned_data["photo"]:
            attachments.attach(plot, form.cleaned_data["photo"], account)
        return plot


class ImportPlots(ImportPage):
    permission = "plot.write"
    title = "Impor petak"
    sheet = SHEET
    success_url = reverse_lazy("plots")
    back_url = reverse_lazy("plots")

    def check(self, rows):
        known = set(Plot.objects.values_list("name", flat=True))
        return [
            CellError(r.number, "name", f"“{r.values['name']}” sudah ada")
            for r in rows
            if r.values["name"] in known
        ]

    def apply(self, rows):
        agency = Agency.objects.get(pk=min(roles.scope_of(self.request.user, "plot.write").agencies))
        year = self.request.fiscal_year
        audit.bulk_create(
            [
                Plot(
                    name=r.values["name"], cost=r.values["cost"] or 0, agency=agency, fiscal_year=year, state="draf"
                )
                for r in rows
            ]
        )
        return f"{len(rows)} petak disimpan."


class HarvestDocument(PdfPage):
    permission = "plot.view"
    title = "Berita acara panen"
    document_template = "garden/harvest_document.html"

    def get_context(self):
        return {"plots": [(plot.name, plot.cost) for plot in visible(self.request.user)], "note": "—"}

    def get_agency(self):
        return self.request.user.grants.first().agency

    def get_number(self):
        return "1/PANEN/2027"
