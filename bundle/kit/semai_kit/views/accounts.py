"""The administrator's pages for accounts, roles and one-time passwords."""

from __future__ import annotations

from typing import Any

import django_filters
import django_tables2 as tables
from django import forms
from django.contrib import messages
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views import View

from semai_kit import accounts, roles
from semai_kit.forms import DateInput
from semai_kit.models import Account, Agency, District, RoleGrant, Village
from semai_kit.refusals import Refused
from semai_kit.views.bases import DetailPage, FormPage, ListPage, SignedIn

VIEW = "kit.accounts.view"


class AccountTable(tables.Table):
    full_name = tables.Column(
        verbose_name=lazy("Nama"), linkify=lambda record: reverse("kit:account", args=[record.pk])
    )
    username = tables.Column(verbose_name=lazy("Nama pengguna"))
    roles = tables.Column(verbose_name=lazy("Peran"), orderable=False, empty_values=())
    is_active = tables.Column(verbose_name=lazy("Status"))

    def render_roles(self, record: Account) -> str:
        known = roles.catalog()
        titles = [(_(known[g.role].title) if g.role in known else g.role, g.place or "") for g in record.grants_now]
        return format_html_join(", ", "{} {}", titles) or "—"

    def render_is_active(self, record: Account) -> str:
        kind, text = ("success", _("Aktif")) if record.is_usable else ("neutral", _("Nonaktif"))
        return format_html('<span class="badge badge-{}">{}</span>', kind, text)


class AccountFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label=lazy("Cari"), method="search")
    is_active = django_filters.BooleanFilter(label=lazy("Status"))

    class Meta:
        model = Account
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.form.fields["is_active"].widget = forms.Select(
            choices=[("", _("Semua")), ("true", _("Aktif")), ("false", _("Nonaktif"))]
        )

    def search(self, rows: QuerySet[Account], name: str, value: str) -> QuerySet[Account]:
        return rows.filter(Q(username__icontains=value) | Q(full_name__icontains=value) | Q(nip__startswith=value))


class AccountList(ListPage):
    permission = VIEW
    title = lazy("Akun")
    table_class = AccountTable
    filterset_class = AccountFilter

    def get_queryset(self) -> QuerySet[Account]:
        current = RoleGrant.objects.current().select_related("agency", "district", "village")
        return Account.objects.prefetch_related(Prefetch("grants", current, to_attr="grants_now"))

    def get_actions(self) -> list[tuple[str, str]]:
        if not roles.allowed(self.request.user, accounts.MANAGE):
            return []
        return [(_("Buat akun"), reverse("kit:create-account"))]


class AccountForm(forms.ModelForm):
    class Meta:
        model = Account
        fields = ["username", "full_name", "nip", "email", "expires_on"]
        widgets = {"expires_on": DateInput()}
        help_texts = {
            "username": lazy("Huruf kecil tanpa spasi, misalnya bidang.perencanaan atau NIP."),
            "nip": lazy("18 angka; boleh kosong untuk tenaga non-ASN."),
            "email": lazy("Untuk pemberitahuan dan masuk lewat penyedia identitas daerah."),
            "expires_on": lazy("Isi untuk akun sementara (kontrak, magang); sesudahnya akun tidak bisa masuk."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields.pop("username")


class CreateAccount(FormPage):
    permission = accounts.MANAGE
    title = lazy("Buat akun")
    form_class = AccountForm
    submit_title = lazy("Buat akun")
    back_url = reverse_lazy("kit:accounts")

    def perform(self, form: AccountForm) -> accounts.NewAccount:
        cleaned = {name: form.cleaned_data[name] for name in AccountForm.Meta.fields}
        return accounts.create_account(self.request.user, **cleaned)

    def form_valid(self, form: AccountForm) -> HttpResponse:
        response = super().form_valid(form)
        if response.status_code != 302:
            return response
        return show_password(self.request, self.result.account, self.result.password)

    def get_success_url(self) -> str:
        return reverse("kit:accounts")


class ChangeAccount(FormPage):
    permission = accounts.MANAGE
    title = lazy("Ubah akun")
    form_class = AccountForm
    success_message = lazy("Akun diperbarui.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"instance": get_object_or_404(Account, pk=self.kwargs["pk"])}

    def perform(self, form: AccountForm) -> Account:
        cleaned = {name: form.cleaned_data[name] for name in ("full_name", "nip", "email", "expires_on")}
        return accounts.change_account(self.request.user, form.instance, **cleaned)

    def get_success_url(self) -> str:
        return reverse("kit:account", args=[self.kwargs["pk"]])

    get_back_url = get_success_url


class AccountDetail(DetailPage):
    permission = VIEW
    model = Account
    template_name = "semai_kit/account.html"
    context_object_name = "subject"
    back_url = reverse_lazy("kit:accounts")

    def get_facts(self) -> list[tuple[str, Any]]:
        row = self.object
        return [
            (_("Nama pengguna"), row.username),
            ("NIP", row.nip or "—"),
            (_("Surel"), row.email or "—"),
            (_("Berlaku sampai"), row.expires_on or _("tanpa batas")),
            (_("Terakhir masuk"), row.last_login or _("belum pernah")),
            (_("Kata sandi"), _("sementara, wajib diganti") if row.must_change_password else _("milik sendiri")),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        known = roles.catalog()
        grants = list(self.object.grants.select_related("agency", "district", "village", "created_by"))
        for grant in grants:
            grant.title = _(known[grant.role].title) if grant.role in known else grant.role
        return super().get_context_data(
            grants=grants, can_manage=roles.allowed(self.request.user, accounts.MANAGE), **kwargs
        )


class GrantForm(forms.Form):
    role = forms.ChoiceField(label=lazy("Peran"))
    agency = forms.ModelChoiceField(
        None, label=lazy("OPD"), required=False, help_text=lazy("Untuk peran tingkat OPD.")
    )
    district = forms.ModelChoiceField(
        None, label=lazy("Kecamatan"), required=False, help_text=lazy("Untuk peran tingkat kecamatan.")
    )
    village = forms.ModelChoiceField(
        None, label=lazy("Desa/kelurahan"), required=False, help_text=lazy("Untuk peran tingkat desa.")
    )
    valid_until = forms.DateField(
        label=lazy("Berlaku sampai"),
        required=False,
        widget=DateInput(),
        help_text=lazy("Kosongkan bila tanpa batas waktu."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role.id, _(role.title)) for role in roles.catalog().values()]
        for name, model in (("agency", Agency), ("district", District), ("village", Village)):
            self.fields[name].queryset = model.objects.current()


class GrantRole(FormPage):
    permission = accounts.MANAGE
    form_class = GrantForm
    submit_title = lazy("Beri peran")
    success_message = lazy("Peran diberikan.")

    def get_account(self) -> Account:
        return get_object_or_404(Account, pk=self.kwargs["pk"])

    def get_title(self) -> str:
        return _("Beri peran kepada {account}").format(account=self.get_account())

    def perform(self, form: GrantForm) -> RoleGrant:
        return accounts.grant_role(self.request.user, self.get_account(), **form.cleaned_data)

    def get_success_url(self) -> str:
        return reverse("kit:account", args=[self.kwargs["pk"]])

    get_back_url = get_success_url


class AccountAction(SignedIn, View):
    """A POST on one account; a refusal becomes a message."""

    permission = accounts.MANAGE
    http_method_names = ["post"]

    def perform(self, account: Account) -> HttpResponse | None:
        raise NotImplementedError(f"{type(self).__name__} must act in perform()")

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        account = get_object_or_404(Account, pk=pk)
        try:
            response = self.perform(account)
        except Refused as refusal:
            messages.error(request, refusal.message)
            response = None
        return response or redirect("kit:account", pk=pk)


class SetActive(AccountAction):
    def perform(self, account: Account) -> None:
        active = self.request.POST.get("active") == "1"
        accounts.set_active(self.request.user, account, active)
        messages.success(
            self.request, _("Akun diaktifkan.") if active else _("Akun dinonaktifkan; sesinya diakhiri.")
        )


class ResetPassword(AccountAction):
    def perform(self, account: Account) -> HttpResponse:
        return show_password(self.request, account, accounts.reset_password(self.request.user, account))


class RevokeRole(SignedIn, View):
    permission = accounts.MANAGE
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        grant = get_object_or_404(RoleGrant, pk=pk)
        try:
            accounts.revoke_role(request.user, grant)
        except Refused as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, _("Peran dicabut."))
        return redirect("kit:account", pk=grant.account_id)


def show_password(request: HttpRequest, account: Account, password: str) -> HttpResponse:
    """The one page that shows a one-time password; it is never stored, redirected or cached."""
    context = {"subject": account, "password": password, "page_title": _("Kata sandi sementara")}
    return render(request, "semai_kit/one_time_password.html", context)
