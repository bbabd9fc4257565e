"""Addresses of the planning app."""

from django.urls import include, path
from semai_kit.urls import app_urls

from .api import api
from .views import (
    annual_plans,
    calendar,
    five_year_plans,
    home,
    imports,
    proposals,
    rankings,
    reports,
    review,
    work_plans,
)

pages = [
    path("", home.Home.as_view(), name="home"),
    path("usulan/", proposals.ProposalList.as_view(), name="proposals"),
    path("usulan/baru/", proposals.CreateProposal.as_view(), name="create-proposal"),
    path("usulan/antrean/<slug:state>/", review.Queue.as_view(), name="queue"),
    path("usulan/peringkat/", rankings.Rankings.as_view(), name="rankings"),
    path("usulan/peringkat/desa/<int:pk>/", rankings.VillageRanking.as_view(), name="village-ranking"),
    path("usulan/peringkat/kecamatan/<int:pk>/", rankings.DistrictRanking.as_view(), name="district-ranking"),
    path("usulan/per-desa/", reports.PerVillage.as_view(), name="per-village"),
    path("usulan/berita-acara/<int:pk>/", reports.Minutes.as_view(), name="minutes"),
    path("usulan/berita-acara/<int:pk>/cetak/", reports.MinutesDocument.as_view(), name="minutes-document"),
    path("usulan/impor/", imports.ImportProposals.as_view(), name="import"),
    path("usulan/<int:pk>/", proposals.ProposalDetail.as_view(), name="proposal"),
    path("usulan/<int:pk>/ubah/", proposals.ChangeProposal.as_view(), name="change-proposal"),
    path("usulan/<int:pk>/hapus/", proposals.DeleteProposal.as_view(), name="delete-proposal"),
    path("usulan/<int:pk>/koreksi/", proposals.CorrectProposal.as_view(), name="correct-proposal"),
    path("usulan/<int:pk>/lampiran/", proposals.AttachFile.as_view(), name="attach"),
    path("usulan/<int:pk>/usulkan-lagi/", proposals.CarryOver.as_view(), name="carry-over"),
    path("rpjmd/", five_year_plans.Tree.as_view(), name="five-year-plan"),
    path("rpjmd/baru/", five_year_plans.CreatePeriod.as_view(), name="create-period"),
    path("rpjmd/keselarasan/", five_year_plans.Consistency.as_view(), name="consistency"),
    path("rpjmd/<int:pk>/", five_year_plans.Tree.as_view(), name="period"),
    path("rpjmd/<int:pk>/ubah/", five_year_plans.ChangePeriod.as_view(), name="change-period"),
    path("rpjmd/<int:pk>/misi/", five_year_plans.AddRoot.as_view(), name="add-root"),
    path("rpjmd/butir/<int:pk>/tambah/", five_year_plans.AddNode.as_view(), name="add-node"),
    path("rpjmd/butir/<int:pk>/ubah/", five_year_plans.ChangeNode.as_view(), name="change-node"),
    path("rpjmd/butir/<int:pk>/hapus/", five_year_plans.DeleteNode.as_view(), name="delete-node"),
    path("rpjmd/butir/<int:pk>/pagu/", five_year_plans.NodeCeilings.as_view(), name="node-ceilings"),
    path("rpjmd/butir/<int:pk>/indikator/", five_year_plans.AddIndicator.as_view(), name="add-indicator"),
    path("rpjmd/indikator/<int:pk>/ubah/", five_year_plans.ChangeIndicator.as_view(), name="change-indicator"),
    path("rpjmd/indikator/<int:pk>/hapus/", five_year_plans.DeleteIndicator.as_view(), name="delete-indicator"),
    path("renja/", work_plans.WorkPlanList.as_view(), name="work-plans"),
    path("renja/opd/<int:agency>/buat/", work_plans.OpenWorkPlan.as_view(), name="open-work-plan"),
    path("renja/opd/<int:agency>/pagu/", work_plans.SetCeiling.as_view(), name="set-ceiling"),
    path("renja/<int:pk>/", work_plans.WorkPlanDetail.as_view(), name="work-plan"),
    path("renja/<int:pk>/tambah/", work_plans.AddItem.as_view(), name="add-item"),
    path("renja/<int:pk>/usulan/", work_plans.TakeProposals.as_view(), name="take-proposals"),
    path("renja/<int:pk>/ekspor/", work_plans.export, name="export-work-plan"),
    path("renja/sub-kegiatan/<int:pk>/ubah/", work_plans.ChangeItem.as_view(), name="change-item"),
    path("renja/sub-kegiatan/<int:pk>/hapus/", work_plans.RemoveItem.as_view(), name="remove-item"),
    path("renja/usulan/<int:pk>/keluarkan/", work_plans.ReleaseProposal.as_view(), name="release-proposal"),
    path("rkpd/", annual_plans.AnnualPlanPage.as_view(), name="annual-plan"),
    path("rkpd/susun/", annual_plans.OpenAnnualPlan.as_view(), name="open-annual-plan"),
    path("rkpd/tetapkan/", annual_plans.Enact.as_view(), name="enact-annual-plan"),
    path("rkpd/ekspor/", annual_plans.export, name="export-annual-plan"),
    path("kalender/", calendar.Calendar.as_view(), name="calendar"),
    path("kalender/ubah/", calendar.ChangeCalendar.as_view(), name="change-calendar"),
]

urlpatterns = [*app_urls(api), path("", include((pages, "planning")))]
