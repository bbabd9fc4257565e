"""Addresses of the kit's pages, and what an app's urls.py starts from."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, URLResolver, include, path
from ninja import NinjaAPI

from semai_kit.views import (
    accounts,
    agencies,
    attachments,
    audit_trail,
    languages,
    notifications,
    officials,
    oidc,
    profile,
    session,
    tokens,
    years,
)

app_name = "kit"

urlpatterns = [
    path("masuk/", session.login, name="login"),
    path("masuk/daerah/", oidc.begin, name="oidc"),
    path("masuk/daerah/kembali/", oidc.finish, name="oidc-callback"),
    path("keluar/", session.logout, name="logout"),
    path("kata-sandi/", session.ChangePassword.as_view(), name="password"),
    path("profil/", profile.Profile.as_view(), name="profile"),
    path("profil/sesi/", profile.SessionList.as_view(), name="sessions"),
    path("profil/sesi/akhiri/", profile.EndOtherSessions.as_view(), name="end-sessions"),
    path("pemberitahuan/", notifications.NotificationList.as_view(), name="notifications"),
    path("pemberitahuan/dibaca/", notifications.ReadAll.as_view(), name="read-all"),
    path("pemberitahuan/<int:pk>/buka/", notifications.OpenNotification.as_view(), name="open-notification"),
    path("bahasa/", languages.choose, name="language"),
    path("daerah/logo", session.logo, name="logo"),
    path("favicon.ico", session.logo, name="icon"),  # a "not found" page would set a cookie beside it
    path("tahun/pilih/", years.choose, name="choose-year"),
    path("tahun/", years.YearList.as_view(), name="years"),
    path("tahun/buka/", years.OpenYear.as_view(), name="open-year"),
    path("tahun/<int:pk>/status/", years.SetStatus.as_view(), name="set-year-status"),
    path("tahun/<int:pk>/tahap/<slug:stage>/", years.SetStageStatus.as_view(), name="set-stage-status"),
    path("akun/", accounts.AccountList.as_view(), name="accounts"),
    path("akun/baru/", accounts.CreateAccount.as_view(), name="create-account"),
    path("akun/<int:pk>/", accounts.AccountDetail.as_view(), name="account"),
    path("akun/<int:pk>/ubah/", accounts.ChangeAccount.as_view(), name="change-account"),
    path("akun/<int:pk>/aktif/", accounts.SetActive.as_view(), name="set-active"),
    path("akun/<int:pk>/kata-sandi/", accounts.ResetPassword.as_view(), name="reset-password"),
    path("akun/<int:pk>/peran/", accounts.GrantRole.as_view(), name="grant-role"),
    path("akun/peran/<int:pk>/cabut/", accounts.RevokeRole.as_view(), name="revoke-role"),
    path("pejabat/", officials.OfficialList.as_view(), name="officials"),
    path("pejabat/baru/", officials.CreateOfficial.as_view(), name="create-official"),
    path("pejabat/<int:pk>/", officials.ChangeOfficial.as_view(), name="change-official"),
    path("opd/perubahan/", agencies.SuccessionList.as_view(), name="successions"),
    path("opd/perubahan/baru/", agencies.RecordSuccession.as_view(), name="record-succession"),
    path("token/", tokens.TokenList.as_view(), name="tokens"),
    path("token/baru/", tokens.CreateToken.as_view(), name="create-token"),
    path("token/<int:pk>/", tokens.TokenDetail.as_view(), name="token"),
    path("token/<int:pk>/cabut/", tokens.RevokeToken.as_view(), name="revoke-token"),
    path("audit/", audit_trail.AuditTrail.as_view(), name="audit"),
    path("audit/<int:pk>/", audit_trail.AuditEntry.as_view(), name="audit-entry"),
    path("lampiran/<int:pk>/", attachments.download, name="attachment"),
]


def app_urls(api: NinjaAPI | None = None) -> list[URLPattern | URLResolver]:
    """The kit's pages and, when the app has an API, /api/… and /openapi.json. Add the app's own paths to it."""
    patterns: list[URLPattern | URLResolver] = [path("", include(("semai_kit.urls", "kit")))]
    if api is not None:
        patterns.append(path("api/", api.urls))
        patterns.append(path("openapi.json", _openapi_view(api), name="openapi"))
    return patterns


def _openapi_view(api: NinjaAPI):
    def openapi(request: HttpRequest) -> JsonResponse:
        return JsonResponse(api.get_openapi_schema())

    return openapi
