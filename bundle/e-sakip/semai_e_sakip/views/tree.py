"""The cascading tree: drawn, as a list, one node, and what the region adds itself."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core import paginator
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views import View
from semai_kit import roles
from semai_kit.models import Agency
from semai_kit.paging import ROWS, page_of_groups
from semai_kit.views import FormPage, SignedIn, year_of

from .. import reference
from ..drawing import HEIGHT, WIDTH, draw
from ..forms.tree import LocalIndicatorForm, NodeForm
from ..models import Indicator, PerformanceNode
from ..selectors import tree as trees
from ..services import gates
from ..services import tree as writing
from ..services.fetching import FetchOutcome, fetch_all, refresh_if_old
from .home import source_notes
from .pages import ConfirmPage, Page, RecordForm, RecordPage

NODE_ADDRESS = "/pohon/%d/"
BOXES = 160  # in a picture


def node_or_none(key: int) -> PerformanceNode | None:
    rows = PerformanceNode.objects.select_related("agency", "fiscal_year", "parent")
    return rows.filter(pk=key).first()


class _TreePage(Page):
    """Both views of the tree: filtered by OPD and cut at a level, both in the address."""

    permission = "performance.view"
    title = lazy("Pohon kinerja")
    other: tuple[str, str]
    fallback: str

    def chosen_agency(self) -> Agency | None:
        wanted = self.request.GET.get("opd", "")
        return Agency.objects.filter(pk=int(wanted)).first() if wanted.isdecimal() and len(wanted) < 10 else None

    def chosen_level(self, fallback: str) -> str:
        wanted = self.request.GET.get("sampai", "")
        return wanted if wanted in {level.id for level in reference.levels()} else fallback

    def part_of_tree(self, rows: int) -> tuple[paginator.Page, list[trees.Branch]]:
        """As many programs with all below them as make up so many rows, and what leads to them."""
        outline = trees.outline(self.year, self.chosen_agency(), self.chosen_level(self.fallback))
        page = page_of_groups(outline.groups(), self.request.GET.get("page"), rows)
        return page, trees.tree(self.year, outline.around(page.object_list))

    def get_actions(self) -> list[tuple[str, str]]:
        kept = self.request.GET.copy()
        kept.pop("page", None)  # a picture holds more than a page of the list
        query = kept.urlencode()
        title, name = self.other
        actions = [(title, reverse(name) + (f"?{query}" if query else ""))]
        if gates.may(self.request.user, "tree.edit", roles.Place(), self.year):
            actions.append((_("Tambah misi"), reverse("sakip:add-root")))
        return actions

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        refresh_if_old(self.year)
        used = PerformanceNode.objects.filter(fiscal_year=self.year).exclude(agency=None).values("agency")
        return super().get_context_data(
            agencies=Agency.objects.filter(pk__in=used).order_by("code"),
            agency=self.chosen_agency(),
            levels=reference.levels(),
            level=self.chosen_level(self.fallback),
            sources=source_notes(self.year),
            may_fetch=roles.allowed(self.request.user, "source.fetch") and self.year.is_open,
            **kwargs,
        )


class TreeList(_TreePage):
    template_name = "semai_e_sakip/tree.html"
    other = (lazy("Lihat gambar"), "sakip:drawn-tree")
    fallback = "sub_kegiatan"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page, branches = self.part_of_tree(ROWS)
        return super().get_context_data(page=page, branches=branches, **kwargs)


class DrawnTree(_TreePage):
    template_name = "semai_e_sakip/drawn_tree.html"
    other = (lazy("Lihat daftar"), "sakip:tree")

    @property
    def fallback(self) -> str:  # type: ignore[override]
        return [level.id for level in reference.levels() if level.drawn][-1]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page, branches = self.part_of_tree(BOXES)
        return super().get_context_data(
            page=page, drawing=draw(trees.shown(branches, NODE_ADDRESS)), width=WIDTH, height=HEIGHT, **kwargs
        )


class Node(RecordPage):
    permission = "performance.view"
    template_name = "semai_e_sakip/node.html"
    back_title = lazy("Pohon kinerja")
    back_url = reverse_lazy("sakip:tree")

    def load(self) -> PerformanceNode | None:
        return node_or_none(self.kwargs["pk"])

    def get_title(self) -> str:
        return self.record.title

    def get_actions(self) -> list[tuple[str, str]]:
        node, account, year = self.record, self.request.user, self.record.fiscal_year
        actions = []
        if gates.may(account, "indicator.edit", node.place(), year):
            actions.append((_("Tambah indikator"), reverse("sakip:add-indicator", args=[node.pk])))
        if not gates.may(account, "tree.edit", roles.Place(), year):
            return actions
        below = reference.level_below(node.level)
        if below:
            actions.append(
                (
                    _("Tambah {level}").format(level=_(below.title).lower()),
                    reverse("sakip:add-node", args=[node.pk]),
                )
            )
        if node.is_local:
            actions.append((_("Ubah"), reverse("sakip:change-node", args=[node.pk])))
            actions.append((_("Hapus"), reverse("sakip:delete-node", args=[node.pk])))
        return actions

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            node=self.record,
            branch=trees.branch_of(self.record),
            ancestors=trees.ancestors(self.record),
            **kwargs,
        )


class AddRoot(FormPage):
    permission = "tree.edit"
    form_class = NodeForm
    back_url = reverse_lazy("sakip:tree")
    success_message = lazy("Misi ditambahkan.")
    title = lazy("Tambah misi")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "has_agency": False}

    def perform(self, form: BaseForm) -> PerformanceNode:
        return writing.add_node(self.request.user, year_of(self.request), None, form.content())

    def get_success_url(self) -> str:
        return reverse("sakip:node", args=[self.result.pk])


class _NodeForm(RecordForm):
    permission = "tree.edit"
    form_class = NodeForm
    success_message = lazy("Perubahan tersimpan.")

    def load(self) -> PerformanceNode | None:
        return node_or_none(self.kwargs["pk"])

    def get_intro(self) -> str:
        return str(self.record)

    def get_back_url(self) -> str:
        return reverse("sakip:node", args=[self.record.pk])

    def get_success_url(self) -> str:
        return self.get_back_url()


class AddNode(_NodeForm):
    def load(self) -> PerformanceNode | None:
        node = super().load()
        return node if node and reference.level_below(node.level) else None

    def get_title(self) -> str:
        return _("Tambah {level}").format(level=_(reference.level_below(self.record.level).title).lower())

    def get_initial(self) -> dict[str, Any]:
        return {"code": f"{self.record.code}."}

    def get_form_kwargs(self) -> dict[str, Any]:
        below = reference.level_below(self.record.level)
        return {**super().get_form_kwargs(), "has_agency": below.agency and self.record.agency is None}

    def perform(self, form: BaseForm) -> PerformanceNode:
        return writing.add_node(self.request.user, self.record.fiscal_year, self.record, form.content())

    def get_success_url(self) -> str:
        return reverse("sakip:node", args=[self.result.pk])


class ChangeNode(_NodeForm):
    def get_title(self) -> str:
        return _("Ubah {level}").format(level=_(self.record.level_title).lower())

    def get_initial(self) -> dict[str, Any]:
        return {"code": self.record.code, "title": self.record.title, "agency": self.record.agency_id}

    def get_form_kwargs(self) -> dict[str, Any]:
        parent = self.record.parent
        own = reference.level(self.record.level).agency and not (parent and parent.agency_id)
        return {**super().get_form_kwargs(), "has_agency": own}

    def perform(self, form: BaseForm) -> PerformanceNode:
        return writing.change_node(self.request.user, self.record, form.content())


class DeleteNode(ConfirmPage, _NodeForm):
    form_class = ConfirmPage.form_class
    success_message = lazy("Butir dihapus.")

    def get_title(self) -> str:
        return _("Hapus {level}").format(level=_(self.record.level_title).lower())

    def perform(self, form: BaseForm) -> None:
        writing.delete_node(self.request.user, self.record)

    def get_success_url(self) -> str:
        return reverse("sakip:tree")


class AddIndicator(_NodeForm):
    permission = "indicator.edit"
    form_class = LocalIndicatorForm
    title = lazy("Tambah indikator")
    success_message = lazy("Indikator ditambahkan.")

    def place(self) -> roles.Place:
        return self.record.place()

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "node": self.record, "year": self.record.fiscal_year.year}

    def perform(self, form: BaseForm) -> Indicator:
        return writing.add_indicator(self.request.user, self.record, form.wording(), form.definition())

    def get_success_url(self) -> str:
        return reverse("sakip:indicator", args=[self.result.pk])


class Fetch(SignedIn, View):
    """“Ambil data”: asks every connected source at once."""

    permission = "source.fetch"
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        outcomes = fetch_all(year_of(request), request.user)
        for outcome in outcomes:
            say = messages.success if outcome.reachable else messages.warning
            say(request, said(outcome))
        if not outcomes:
            messages.warning(request, _("Belum ada aplikasi lain yang dihubungkan; isi pohon kinerja di sini."))
        return redirect("sakip:tree")


def said(outcome: FetchOutcome) -> str:
    subject, provider = _(outcome.source.subject), outcome.source.provider
    if not outcome.reachable:
        kept = (
            _("Salinan terakhir tetap dipakai.")
            if outcome.fetched_at
            else _("Belum ada salinan yang dapat dipakai.")
        )
        return _("{subject} belum dapat diambil dari {provider}. {problem}. {kept}").format(
            subject=subject, provider=provider, problem=outcome.problem.rstrip("."), kept=kept
        )
    merged = outcome.merged
    counts = _("{added} baru, {changed} berubah, {vanished} tidak ada lagi").format(
        added=merged.added, changed=merged.changed, vanished=merged.vanished
    )
    return _("{subject} diambil dari {provider}: {counts}.{problem}").format(
        subject=subject, provider=provider, counts=counts, problem=f" {outcome.problem}." if outcome.problem else ""
    )
