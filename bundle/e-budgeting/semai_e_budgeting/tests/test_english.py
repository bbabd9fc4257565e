"""English pages, found by following the links of each desk; what is kept or official stays Indonesian."""

import io
from collections import Counter
from datetime import date
from html.parser import HTMLParser

from auditlog.models import LogEntry
from django.test import Client
from django.urls import resolve, reverse
from django.utils.translation import override
from openpyxl import load_workbook
from semai_kit.models import Agency, FiscalYear, Notification
from semai_kit.testing import PASSWORD, KitTestCase
from semai_kit.testing.english import in_english, left_in_indonesian

from semai_e_budgeting.models import CodePack, DpaVersion, PlanFetch, Rka, StandardItem
from semai_e_budgeting.services.ceilings import create_document
from semai_e_budgeting.services.flow import move_rka
from semai_e_budgeting.services.mapping import MappingEntry, write_mapping
from semai_e_budgeting.services.plan import bring_plan
from semai_e_budgeting.services.reference import PackEntry, create_pack, end_pack, load_packaged_reference
from semai_e_budgeting.services.sample import load_sample
from semai_e_budgeting.services.standards import StandardEntry, create_standard
from semai_e_budgeting.tests.base import wired
from semai_e_budgeting.tests.provider import PublishedPlan, planning_server, published_item
from semai_e_budgeting.urls import pages as routes

# Buttons and downloads.
NOT_PAGES = {
    *("accept-difference", "carry-now", "discard-standard", "enforce-standard", "fetch", "issue-documents", "move"),
    *("remove-ceiling", "remove-line-now", "appendix-pdf", "dpa-pdf", "export"),
}
SIGHTS = 3  # how many addresses of one page are looked at: they differ with the state of the record


class English(KitTestCase):
    """The content of `sample-data`, made by desks that read English."""

    @classmethod
    def make_personas(cls) -> None:
        load_packaged_reference()
        cls.plan = PublishedPlan(
            [
                published_item(agency_code=code, sub_activity_code=f"{code}.{number}", pagu="400000000.00")
                for code in ("1.01", "1.02", "1.03", "5.01")
                for number in (1, 2)
            ]
        )
        with planning_server(cls.plan), wired(cls.plan.base_url), override("en"):
            load_sample(PASSWORD)
            cls.plan.items[0]["pagu"] = "390000000.00"
            bring_plan(FiscalYear.objects.get(year=2027))

    def setUp(self) -> None:
        StandardItem.objects.filter(unit__in=("Kegiatan", "Paket")).update(unit="M2")  # also words of pages

    def give_back(self) -> Rka:
        """The RKA of two versions with a remark that waits for its answer."""
        rka = Rka.objects.get(agency__code="1.01", fiscal_year__year=2027)
        move_rka(rka.pk, "asistensi", self.account("verifikator"))
        move_rka(rka.pk, "kembali", self.account("verifikator"), "Perbaiki.")
        return rka

    def draft_more(self) -> None:
        """A KUA-PPAS and a price standard that are drafts, and an RKA of a year whose codes wait for decisions."""
        desk, old, day = self.account("bpkad"), CodePack.objects.get(), date(2027, 1, 1)
        create_document(FiscalYear.objects.get(year=2027), "perubahan", "", desk)
        self.draft = create_standard(StandardEntry("ASB", "Perbup 9/2027", day, day, 2027), desk)
        new = create_pack(PackEntry("belanja-2028", "Belanja 2028", "Keputusan 1", day, 2028), desk)
        end_pack(old.pk, 2027, desk)
        ended = old.codes.filter(postable=True).values_list("code", flat=True)[0]
        write_mapping(old.pk, new.pk, [MappingEntry(ended, "")], desk)
        year = FiscalYear.objects.get_or_create(year=2028)[0]
        self.empty = Rka.objects.create(fiscal_year=year, agency=Agency.objects.get(code="1.01"))

    def test_no_page_shows_a_text_that_has_english_words(self) -> None:
        self.give_back()
        self.draft_more()
        self.persona("perencana", "opd", agency=self.empty.agency)
        shifted = DpaVersion.objects.latest("pk").rka_id
        beside = [
            f"{reverse('budget:mappings')}?tahun=2028",
            reverse("budget:carry", args=[self.empty.pk]),
            reverse("budget:standard", args=[self.draft.pk]),
            reverse("budget:add-remark", args=[Rka.objects.get(state="tapd").pk]),
            *(reverse(f"budget:{name}", args=[shifted]) for name in ("dpa", "drop-round")),
        ]
        seen: set[str] = set()
        for desk in ("bpkad", "perencana", "verifikator"):
            with self.subTest(desk):
                pages = walk(in_english(self.as_(desk)), ["/", *beside])
                seen |= {resolve(address.partition("?")[0]).url_name for address in pages}
                assert {a: left for a, page in pages.items() if (left := left_in_indonesian(page))} == {}
        assert {route.name for route in routes} - seen == NOT_PAGES

    def test_what_an_english_reader_does_is_kept_in_indonesian(self) -> None:
        year = FiscalYear.objects.get(year=2027)
        with override("en"):
            self.give_back()
            with wired("http://127.0.0.1:9/api"):
                bring_plan(year)
        assert "Dikembalikan" in Notification.objects.latest("pk").title
        assert "tidak" in PlanFetch.objects.get(fiscal_year=year).problem
        kept = set(LogEntry.objects.filter(content_type__model="decree").values_list("object_repr", flat=True))
        assert kept == {"APBD 2027, Perda Contoh 2026", "Pergeseran 2027, Perkada Contoh 2027"}
        assert set(DpaVersion.objects.values_list("label", flat=True)) == {"DPA", "DPA Pergeseran 1"}
        client = in_english(self.as_("bpkad"))
        for address in (reverse("budget:recap"), reverse("budget:pagu-monitor"), reverse("budget:standard-items")):
            client.get(address, {"export": "xlsx"})
        details = [
            row.additional_data["detail"] for row in LogEntry.objects.filter(additional_data__event="ekspor")
        ]
        assert {str(detail) for detail in details} == {"Rekap per OPD", "Pantauan pagu", "Standar harga"}

    def test_documents_and_spreadsheets_are_those_of_the_indonesian_page(self) -> None:
        dpa = DpaVersion.objects.latest("pk")
        addresses = (
            reverse("budget:dpa-pdf", args=[dpa.rka_id, dpa.number]),
            reverse("budget:appendix-pdf", args=[dpa.decree_id]),
        )
        client = self.as_("bpkad")
        before = [client.get(address).content for address in addresses]
        assert [in_english(client).get(address).content for address in addresses] == before
        sheets = [
            (f"{reverse('budget:dpa-version', args=[dpa.rka_id, dpa.number])}?export=xlsx", "Januari"),
            (f"{reverse('budget:compare-dpas', args=[dpa.rka_id])}?export=xlsx", "Baru"),
        ]
        for address, word in sheets:
            book = load_workbook(io.BytesIO(client.get(address).content))
            assert word in {cell.value for row in book.active.iter_rows() for cell in row}


def walk(client: Client, addresses: list[str]) -> dict[str, str]:
    """Pages of this app by address, from these on along their links; buttons are not pressed."""
    found: dict[str, str] = {}
    counts: Counter[str] = Counter()
    waiting = list(addresses)
    while waiting:
        address = waiting.pop(0)
        match = resolve(address.partition("?")[0])
        if address in found or match.namespace != "budget" or counts[match.url_name] == SIGHTS:
            continue
        answer = client.get(address)
        if answer.status_code != 200 or "html" not in answer["Content-Type"]:
            continue
        counts[match.url_name] += 1
        found[address] = answer.content.decode()
        waiting += links_of(found[address], address.partition("?")[0])
    return found


def links_of(page: str, here: str) -> list[str]:
    reader = _Links()
    reader.feed(page)
    found = [here + link if link.startswith("?") else link.partition("#")[0] for link in reader.links]
    return [link for link in found if link.startswith("/") and "export=" not in link]


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "a" and values.get("href") and "download" not in values:
            self.links.append(str(values["href"]))
