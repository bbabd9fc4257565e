"""The form of a new application: people get it with a trap and a signed age, the counter without."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from semai_kit.address import client_address
from semai_kit.refusals import Refused
from semai_kit.views import year_of

from .. import reference
from ..forms.public import FilingForm, PublicFilingForm
from ..services import filing, guard
from .mine import RECEIPT, actor, remember
from .pages import PublicPage


class FileApplication(PublicPage):
    """The form of one kind; people get it with a trap, the counter without."""

    template_name = "semai_e_hibah/filing_form.html"
    public_tab = "file"
    back_url = reverse_lazy("grants:choose-kind")

    def get_title(self) -> str:
        return _(self.kind.title)

    @property
    def kind(self) -> reference.Kind:
        try:
            return reference.kind(self.kwargs["kind"])
        except reference.ReferenceInvalid:
            raise Http404("no such kind") from None

    def form_class(self) -> type[FilingForm]:
        return FilingForm if actor(self.request) else PublicFilingForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = kwargs.pop("form", None) or self.form_class()(kind=self.kind, initial={"token": guard.form_token()})
        return super().get_context_data(**{**kwargs, "form": form, "kind": self.kind})

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.form_class()(request.POST, kind=self.kind)
        if not form.is_valid():
            return self._again(form)
        try:
            filed = self._file(form)
        except Refused as refusal:
            form.add_error(None, refusal.message)
            return self._again(form, 429 if refusal.status == 429 else 422)
        except ValidationError as error:
            form.add_service_errors(error)
            return self._again(form)
        if filed.again:
            messages.info(
                request, _("Permohonan ini sudah tercatat. Kode di bawah ini menggantikan yang sebelumnya.")
            )
        remember(request, filed.application)
        request.session[RECEIPT] = {"application": filed.application.pk, "code": filed.code}
        return redirect("grants:receipt")

    def _file(self, form: FilingForm) -> filing.Filed:
        account = actor(self.request)
        if account is not None:
            return filing.file(form.content(), account=account, year=year_of(self.request))
        given = form.cleaned_data
        nonce = guard.nonce_of(given["token"], given["website"])
        guard.count("filing", client_address(self.request))
        return filing.file(form.content(), nonce=nonce)

    def _again(self, form: FilingForm, status: int = 422) -> HttpResponse:
        """The form once more; one that grew too old starts anew, so that nobody types everything again."""
        if "token" in form.data and guard.is_spent(form.data["token"]):
            form.data = form.data.copy()
            form.data["token"] = guard.form_token()
        return self.render_to_response(self.get_context_data(form=form), status=status)
