"""Addresses of e-sakip, beside those of the kit."""

from django.urls import include, path
from semai_kit.urls import app_urls

from .api import api
from .views import (
    agreements,
    evaluations,
    home,
    indicators,
    measurements,
    positions,
    recommendations,
    reports,
    tree,
)

NODE = "pohon/<int:pk>/"
INDICATOR = "indikator/<int:pk>/"
AGREEMENT = "perjanjian/<int:pk>/"
EVALUATION = "evaluasi/<int:pk>/"
ANSWER = "evaluasi/kriteria/<int:pk>/"
RECOMMENDATION = "tindak-lanjut/<int:pk>/"
REPORT = "lkjip/<int:pk>/"

pages = [
    path("", home.Home.as_view(), name="home"),
    path("pohon/", tree.TreeList.as_view(), name="tree"),
    path("pohon/gambar/", tree.DrawnTree.as_view(), name="drawn-tree"),
    path("pohon/ambil/", tree.Fetch.as_view(), name="fetch"),
    path("pohon/tambah/", tree.AddRoot.as_view(), name="add-root"),
    path(NODE, tree.Node.as_view(), name="node"),
    path(NODE + "tambah/", tree.AddNode.as_view(), name="add-node"),
    path(NODE + "ubah/", tree.ChangeNode.as_view(), name="change-node"),
    path(NODE + "hapus/", tree.DeleteNode.as_view(), name="delete-node"),
    path(NODE + "indikator/", tree.AddIndicator.as_view(), name="add-indicator"),
    path("indikator/", indicators.IndicatorList.as_view(), name="indicators"),
    path("indikator/impor/", indicators.ImportIndicators.as_view(), name="import-indicators"),
    path(INDICATOR, indicators.IndicatorDetail.as_view(), name="indicator"),
    path(INDICATOR + "ubah/", indicators.ChangeIndicator.as_view(), name="change-indicator"),
    path(INDICATOR + "hapus/", indicators.DeleteIndicator.as_view(), name="delete-indicator"),
    path(INDICATOR + "langkah/", measurements.AddStep.as_view(), name="add-step"),
    path(INDICATOR + "ukur/<int:quarter>/", measurements.Measure.as_view(), name="measure"),
    path("rencana-aksi/", measurements.ActionPlan.as_view(), name="action-plan"),
    path("rencana-aksi/<int:pk>/ubah/", measurements.ChangeStep.as_view(), name="change-step"),
    path("rencana-aksi/<int:pk>/hapus/", measurements.DeleteStep.as_view(), name="delete-step"),
    path("pengukuran/", measurements.MeasurementList.as_view(), name="measurements"),
    path("pengukuran/<int:pk>/", measurements.MeasurementDetail.as_view(), name="measurement"),
    path("pengukuran/<int:pk>/bukti/", measurements.AttachEvidence.as_view(), name="attach-evidence"),
    path("anggaran/", measurements.Budgets.as_view(), name="budgets"),
    path("anggaran/<int:agency>/<str:code>/", measurements.Spend.as_view(), name="spend"),
    path("perjanjian/", agreements.AgreementList.as_view(), name="agreements"),
    path("perjanjian/buat/<int:pk>/", agreements.OpenAgreement.as_view(), name="open-agreement"),
    path(AGREEMENT, agreements.AgreementDetail.as_view(), name="agreement"),
    path(AGREEMENT + "isi/", agreements.AgreementContent.as_view(), name="agreement-content"),
    path(AGREEMENT + "tandatangani/", agreements.SignAgreement.as_view(), name="sign-agreement"),
    path(AGREEMENT + "perubahan/", agreements.ReviseAgreement.as_view(), name="revise-agreement"),
    path(AGREEMENT + "cetak/", agreements.PrintAgreement.as_view(), name="print-agreement"),
    path(AGREEMENT + "pdf/", agreements.AgreementPdf.as_view(), name="agreement-pdf"),
    path("penanda-tangan/", positions.PositionList.as_view(), name="positions"),
    path("penanda-tangan/tambah/", positions.AddPosition.as_view(), name="add-position"),
    path("penanda-tangan/<int:pk>/ubah/", positions.ChangePosition.as_view(), name="change-position"),
    path("lkjip/", reports.ReportList.as_view(), name="reports"),
    path("lkjip/buat/", reports.OpenReport.as_view(), name="open-report"),
    path(REPORT, reports.ReportDetail.as_view(), name="report"),
    path(REPORT + "pdf/", reports.ReportPdf.as_view(), name="report-pdf"),
    path(REPORT + "naskah/<slug:section>/", reports.WriteSection.as_view(), name="write-section"),
    path("evaluasi/", evaluations.EvaluationList.as_view(), name="evaluations"),
    path("evaluasi/buka/<int:pk>/", evaluations.OpenEvaluation.as_view(), name="open-evaluation"),
    path(EVALUATION, evaluations.EvaluationDetail.as_view(), name="evaluation"),
    path(EVALUATION + "ringkasan/", evaluations.Summarise.as_view(), name="summarise"),
    path(EVALUATION + "rekomendasi/", recommendations.Recommend.as_view(), name="recommend"),
    path(ANSWER + "mandiri/", evaluations.Claim.as_view(), name="claim"),
    path(ANSWER + "apip/", evaluations.Grant.as_view(), name="grant"),
    path(ANSWER + "bukti/", evaluations.AttachToAnswer.as_view(), name="attach-answer"),
    path("tindak-lanjut/", recommendations.RecommendationList.as_view(), name="recommendations"),
    path(RECOMMENDATION, recommendations.RecommendationDetail.as_view(), name="recommendation"),
    path(RECOMMENDATION + "ubah/", recommendations.ChangeRecommendation.as_view(), name="change-recommendation"),
    path(RECOMMENDATION + "bukti/", recommendations.AttachProof.as_view(), name="attach-proof"),
]

urlpatterns = [*app_urls(api), path("", include((pages, "sakip")))]
