"""Addresses of e-budgeting, beside those of the kit."""

from django.urls import include, path
from semai_kit.urls import app_urls

from .api import api
from .views import (
    carrying,
    ceilings,
    decrees,
    dpa,
    home,
    imports,
    lines,
    mapping,
    recap,
    reference,
    remarks,
    rka,
    standards,
    versions,
)

RKA = "rka/<int:rka>/"
ITEM = RKA + "sub/<int:item>/"
LINE = ITEM + "rincian/<int:line>/"
CEILINGS = "kua-ppas/<int:document>/"
DPA = "dpa/<int:rka>/"
DPA_VERSION = DPA + "<int:number>/"
DECREE = "penetapan/<int:decree>/"
PAIR = "referensi/pemetaan/<int:old>/<int:new>/"
STANDARD = "referensi/standar-harga/keputusan/<int:standard>/"

pages = [
    path("", home.Home.as_view(), name="home"),
    path("rka/", rka.RkaList.as_view(), name="rkas"),
    path("rka/ambil/", rka.FetchPlan.as_view(), name="fetch"),
    path(RKA, rka.RkaDetail.as_view(), name="rka"),
    path(RKA + "langkah/<slug:to>/", rka.ConfirmMove.as_view(), name="confirm-move"),
    path(RKA + "langkah/<slug:to>/jalankan/", rka.MoveRka.as_view(), name="move"),
    path(RKA + "perubahan/", rka.Differences.as_view(), name="differences"),
    path(RKA + "perubahan/<int:difference>/terima/", rka.AcceptDifference.as_view(), name="accept-difference"),
    path(RKA + "ekspor/", rka.ExportRka.as_view(), name="export"),
    path(ITEM, lines.ItemLines.as_view(), name="item"),
    path(ITEM + "rincian/baru/", lines.AddLine.as_view(), name="add-line"),
    path(LINE + "ubah/", lines.ChangeLine.as_view(), name="change-line"),
    path(LINE + "hapus/", lines.RemoveLine.as_view(), name="remove-line"),
    path(LINE + "hapus/jalankan/", lines.RemoveLineNow.as_view(), name="remove-line-now"),
    path(RKA + "catatan/baru/", remarks.AddRemark.as_view(), name="add-remark"),
    path(RKA + "catatan/<int:remark>/tanggapi/", remarks.AnswerRemark.as_view(), name="answer-remark"),
    path(RKA + "versi/<int:number>/", versions.VersionDetail.as_view(), name="version"),
    path(RKA + "banding/", versions.CompareVersions.as_view(), name="compare"),
    path(RKA + "impor/", imports.ImportLines.as_view(), name="import"),
    path(RKA + "tahun-lalu/", carrying.Carry.as_view(), name="carry"),
    path(RKA + "tahun-lalu/bawa/", carrying.CarryNow.as_view(), name="carry-now"),
    path("kua-ppas/", ceilings.Documents.as_view(), name="ceiling-documents"),
    path("kua-ppas/baru/", ceilings.AddDocument.as_view(), name="add-ceiling-document"),
    path("kua-ppas/pantauan/", ceilings.PaguMonitor.as_view(), name="pagu-monitor"),
    path(CEILINGS, ceilings.Ceilings.as_view(), name="ceilings"),
    path(CEILINGS + "plafon/", ceilings.WriteCeiling.as_view(), name="write-ceiling"),
    path(CEILINGS + "plafon/<int:ceiling>/hapus/", ceilings.RemoveCeiling.as_view(), name="remove-ceiling"),
    path(CEILINGS + "impor/", ceilings.ImportCeilings.as_view(), name="import-ceilings"),
    path(CEILINGS + "sepakati/", ceilings.AgreeDocument.as_view(), name="agree-ceilings"),
    path("dpa/", dpa.DpaList.as_view(), name="dpas"),
    path(DPA, dpa.DpaDetail.as_view(), name="dpa"),
    path(DPA + "banding/", dpa.CompareDpas.as_view(), name="compare-dpas"),
    path(DPA + "pergeseran/buka/", dpa.OpenRound.as_view(), name="open-round"),
    path(DPA + "pergeseran/batal/", dpa.DropRound.as_view(), name="drop-round"),
    path(DPA_VERSION, dpa.DpaVersionPage.as_view(), name="dpa-version"),
    path(DPA_VERSION + "pdf/", dpa.DpaPdf.as_view(), name="dpa-pdf"),
    path(DPA_VERSION + "kas/<int:item>/", dpa.PlanMonths.as_view(), name="plan-months"),
    path("penetapan/", decrees.Decrees.as_view(), name="decrees"),
    path("penetapan/baru/", decrees.AddDecree.as_view(), name="add-decree"),
    path(DECREE, decrees.DecreeDetail.as_view(), name="decree"),
    path(DECREE + "terbitkan/", decrees.IssueDocuments.as_view(), name="issue-documents"),
    path(DECREE + "lampiran/pdf/", decrees.AppendixPdf.as_view(), name="appendix-pdf"),
    path("rekap/", recap.RecapByAgency.as_view(), name="recap"),
    path("rekap/rekening/", recap.RecapByAccount.as_view(), name="recap-accounts"),
    path("rekap/sumber-dana/", recap.RecapByFunding.as_view(), name="recap-funding"),
    path("referensi/", reference.Accounts.as_view(), name="accounts"),
    path("referensi/paket/baru/", reference.AddPack.as_view(), name="add-pack"),
    path("referensi/paket/<int:pack>/impor/", reference.ImportAccounts.as_view(), name="import-accounts"),
    path("referensi/paket/<int:pack>/akhiri/", reference.EndPack.as_view(), name="end-pack"),
    path("referensi/standar-harga/", standards.StandardItems.as_view(), name="standard-items"),
    path("referensi/standar-harga/keputusan/", standards.Standards.as_view(), name="standards"),
    path("referensi/standar-harga/keputusan/baru/", standards.AddStandard.as_view(), name="add-standard"),
    path(STANDARD, standards.StandardDetail.as_view(), name="standard"),
    path(STANDARD + "impor/", standards.ImportStandard.as_view(), name="import-standard"),
    path(STANDARD + "berlakukan/", standards.EnforceStandard.as_view(), name="enforce-standard"),
    path(STANDARD + "hapus/", standards.DiscardStandard.as_view(), name="discard-standard"),
    path(STANDARD + "akhiri/", standards.EndStandard.as_view(), name="end-standard"),
    path("referensi/pemetaan/", mapping.Mappings.as_view(), name="mappings"),
    path("referensi/pemetaan/baru/", mapping.AddMapping.as_view(), name="add-mapping"),
    path("referensi/pemetaan/putusan/<int:year>/<slug:kind>/<str:code>/", mapping.Decide.as_view(), name="decide"),
    path(PAIR, mapping.MappingDetail.as_view(), name="mapping"),
    path(PAIR + "impor/", mapping.ImportMapping.as_view(), name="import-mapping"),
    path("referensi/sumber-dana/", reference.Sources.as_view(), name="sources"),
    path("referensi/sumber-dana/baru/", reference.AddSource.as_view(), name="add-source"),
    path("referensi/sumber-dana/<int:source>/akhiri/", reference.EndSource.as_view(), name="end-source"),
]

urlpatterns = [path("", include((pages, "budget"))), *app_urls(api)]
