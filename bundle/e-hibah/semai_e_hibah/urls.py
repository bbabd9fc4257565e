"""Addresses of the grants app. Pages without an account come first."""

from django.urls import include, path
from semai_kit.urls import app_urls

from .api import api
from .views import applications, awards, budget, earlier, filing, home, mine, public, reports

public_pages = [
    path("", home.home, name="home"),
    path("ajukan/", public.ChooseKind.as_view(), name="choose-kind"),
    path("ajukan/<slug:kind>/", filing.FileApplication.as_view(), name="file"),
    path("tanda-terima/", public.Receipt.as_view(), name="receipt"),
    path("status/", public.Status.as_view(), name="status"),
    path("status/tutup/", public.Leave.as_view(), name="leave"),
    path("penerima/", public.Recipients.as_view(), name="recipients"),
    path("belum-lapor/", public.Owing.as_view(), name="owing"),
    path("permohonan-saya/<str:number>/", mine.Mine.as_view(), name="mine"),
    path("permohonan-saya/<str:number>/ubah/", mine.ChangeMine.as_view(), name="change-mine"),
    path("permohonan-saya/<str:number>/berkas/<slug:document>/", mine.UploadDocument.as_view(), name="upload"),
    path("permohonan-saya/<str:number>/kirim/", mine.SubmitMine.as_view(), name="submit-mine"),
    path("permohonan-saya/<str:number>/tarik/", mine.WithdrawMine.as_view(), name="withdraw-mine"),
    path("permohonan-saya/<str:number>/laporan/<int:report>/", mine.ReportMine.as_view(), name="report-mine"),
    path(
        "permohonan-saya/<str:number>/laporan/<int:report>/berkas/", mine.ReportFile.as_view(), name="report-file"
    ),
    path(
        "permohonan-saya/<str:number>/laporan/<int:report>/serahkan/",
        mine.SubmitReport.as_view(),
        name="submit-report",
    ),
]

desk_pages = [
    path("permohonan/", applications.ApplicationList.as_view(), name="applications"),
    path("permohonan/<int:pk>/", applications.ApplicationDetail.as_view(), name="application"),
    path("permohonan/<int:pk>/langkah/", applications.MoveApplication.as_view(), name="move"),
    path("permohonan/<int:pk>/opd/", applications.Classify.as_view(), name="classify"),
    path("permohonan/<int:pk>/rekomendasi/", applications.Recommend.as_view(), name="recommend"),
    path("permohonan/<int:pk>/setujui/", applications.Decide.as_view(), name="decide"),
    path("permohonan/<int:pk>/aturan/<slug:rule>/", applications.Waive.as_view(), name="waive"),
    path("permohonan/<int:pk>/data-pribadi/", applications.Reveal.as_view(), name="reveal"),
    path("permohonan/<int:pk>/kode/", applications.RenewCode.as_view(), name="renew-code"),
    path("permohonan/<int:pk>/perjanjian/", awards.RecordAgreement.as_view(), name="record-agreement"),
    path("permohonan/<int:pk>/perjanjian/ekspor/", awards.AgreementPdf.as_view(), name="agreement"),
    path("permohonan/<int:pk>/pencairan/", awards.Pay.as_view(), name="pay"),
    path("permohonan/<int:pk>/tutup/", awards.CloseApplication.as_view(), name="close"),
    path("daftar-penerima/", awards.AwardLists.as_view(), name="award-lists"),
    path("daftar-penerima/baru/", awards.CreateAwardList.as_view(), name="create-award-list"),
    path("daftar-penerima/<int:pk>/", awards.AwardListPage.as_view(), name="award-list"),
    path("daftar-penerima/<int:pk>/ekspor/", awards.AwardListPdf.as_view(), name="award-list-document"),
    path("daftar-penerima/<int:pk>/status/", awards.MoveAwardList.as_view(), name="move-award-list"),
    path(
        "daftar-penerima/<int:pk>/masuk/<int:application>/",
        awards.AddToAwardList.as_view(),
        name="add-to-award-list",
    ),
    path(
        "daftar-penerima/<int:pk>/keluar/<int:application>/",
        awards.TakeOutOfAwardList.as_view(),
        name="take-out-of-award-list",
    ),
    path("penerima-terdahulu/", earlier.EarlierList.as_view(), name="earlier"),
    path("penerima-terdahulu/impor/", earlier.ImportEarlier.as_view(), name="import-earlier"),
    path("penerima-terdahulu/<int:pk>/hapus/", earlier.RemoveEarlier.as_view(), name="remove-earlier"),
    path("laporan/", reports.ReportList.as_view(), name="reports"),
    path("laporan/<int:pk>/", reports.ReportDetail.as_view(), name="report"),
    path("laporan/<int:pk>/status/", reports.MoveReport.as_view(), name="move-report"),
    path("pagu/", budget.Budget.as_view(), name="budget"),
    path("pagu/ambil/", budget.Fetch.as_view(), name="fetch"),
    path("pagu/rekening/baru/", budget.AddLine.as_view(), name="add-line"),
    path("pagu/rekening/<int:pk>/", budget.ChangeLine.as_view(), name="change-line"),
    path("masa-pengajuan/", budget.Windows.as_view(), name="windows"),
    path("masa-pengajuan/<int:pk>/", budget.ChangeWindow.as_view(), name="change-window"),
]

urlpatterns = [*app_urls(api), path("", include(([*public_pages, *desk_pages], "grants")))]
