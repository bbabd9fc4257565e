"""Official documents: what is printed, the same bytes twice, what a template may hold, emblems, lazy loading."""

import base64
import os
import re
import subprocess
import sys
import tempfile
import zlib
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import SimpleTestCase

from semai_kit.documents import DocumentInvalid, Signatory, official_pdf
from semai_kit.documents.drawing import draw
from semai_kit.documents.emblem import EmblemUnsupported, read_emblem
from semai_kit.documents.glyphs import printable
from semai_kit.documents.markup import Cell, ListItem, PageBreak, Paragraph, Rule, Table, read_markup
from semai_kit.documents.outline import of_path
from semai_kit.documents.paper import Letterhead, Paper
from semai_kit.models import Agency, Official
from semai_kit.officials import signatory
from semai_kit.testing import KitTestCase

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 120">{}</svg>'


def streams(pdf: bytes) -> str:
    """The drawing commands of every page; reportlab packs them with ASCII85 and zlib."""
    found = re.findall(rb"/Filter \[ /ASCII85Decode /FlateDecode \].*?stream\r?\n(.*?)endstream", pdf, re.DOTALL)
    unpacked = [zlib.decompress(base64.a85decode(b"<~" + part.strip(), adobe=True)) for part in found]
    return b"\n".join(unpacked).decode("latin-1")


def words(pdf: bytes) -> str:
    """What the strings of the pages say, in drawing order."""
    text = "".join(re.findall(r"\(((?:[^()\\]|\\.)*)\)\s*Tj", streams(pdf)))
    return re.sub(r"\\(\d{3}|.)", lambda m: chr(int(m[1], 8)) if m[1].isdigit() else m[1], text)


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b(?!s)", pdf))


class OfficialPdfTests(KitTestCase):
    def make(self, count: int = 3, **changes: object) -> bytes:
        plots = [(f"Petak <i> & {i}", Decimal(1_500_000)) for i in range(count)]
        given = {
            "signatories": [
                Signatory(
                    "Kepala Dinas", "Yohana Contoh", "Pembina (IV/a)", "198001012005012001", caption="Mengetahui,"
                ),
                Signatory("Bupati Contoh", "Drs. Nama", acting="Pj."),
            ],
            "number": "007/PANEN/2027",
            "year": 2027,
            "on": date(2027, 11, 2),
        }
        context = {"plots": plots, "note": "catatan"}
        return official_pdf("Berita acara panen", "garden/harvest_document.html", context, **(given | changes))

    def test_letterhead_title_number_body_and_signatures_are_printed(self) -> None:
        text = words(self.make())
        for part in (
            "PEMERINTAH KABUPATEN CONTOH",
            "Jalan Contoh Nomor 1",
            "BERITA ACARA PANEN",
            "Nomor: 007/PANEN/2027",
            "Tahun Anggaran 2027",
            "Petak <i> & 2",
            "Rp1.500.000",
            "Mengetahui,",
            "Pj. Bupati Contoh,",
            "Drs. Nama",
            "Pembina (IV/a)",
            "NIP. 198001012005012001",
            "Contoh, 2 November 2027",
            "Halaman 1 dari 2",
        ):
            with self.subTest(part):
                assert part in text

    def test_the_same_input_gives_the_same_bytes(self) -> None:
        assert self.make() == self.make()

    def test_an_agency_has_its_own_letterhead_and_the_day_may_be_left_open(self) -> None:
        text = words(self.make(agency=Agency.objects.get(code="1.02"), on=None, place="Kota Contoh"))
        assert "DINAS KESEHATAN" in text
        assert "Kota Contoh, ....." in text

    def test_headings_of_a_long_table_repeat_and_pages_are_counted(self) -> None:
        pdf = self.make(count=150)
        total = pages(pdf)
        assert total > 3
        assert words(pdf).count("No.Petak") >= total - 2
        assert f"Halaman {total} dari {total}" in words(pdf)

    def test_a_cell_longer_than_a_page_goes_on_at_the_next(self) -> None:
        assert pages(official_pdf("Panjang", "garden/long_cell_document.html", {"text": "kata " * 6000})) > 3

    def test_what_cannot_be_printed_is_named(self) -> None:
        with pytest.raises(DocumentInvalid, match="<form> cannot be printed"):
            official_pdf("X", "garden/form_document.html", {})

    def test_the_library_is_loaded_when_a_document_is_made_and_not_before(self) -> None:
        code = (
            "import django, sys; django.setup(); import semai_kit.documents; from django.urls import get_resolver;"
            "get_resolver().url_patterns; loaded = {name.split('.')[0] for name in sys.modules};"
            "print(loaded & {'reportlab', 'PIL', 'openpyxl'})"
        )
        env = {**os.environ, "DJANGO_SETTINGS_MODULE": "semai_kit.tests.settings"}
        result = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
        assert result.stdout.strip() == "set()"


class PdfPageTests(KitTestCase):
    @classmethod
    def make_personas(cls) -> None:
        cls.persona("kebun", "gardener", agency=Agency.objects.get(code="1.01"))
        cls.persona("admin", "administrator")

    def test_a_page_downloads_the_document_to_those_who_may(self) -> None:
        response = self.as_("kebun").get("/panen/cetak/")
        assert response["Content-Type"] == "application/pdf"
        assert response["Content-Disposition"] == 'attachment; filename="berita-acara-panen-1panen2027.pdf"'
        assert "DINAS PENDIDIKAN" in words(response.content)
        assert self.as_("admin").get("/panen/cetak/").status_code == 403
        self.client.logout()
        assert self.client.get("/panen/cetak/").status_code == 302


class SignatoryTests(KitTestCase):
    @classmethod
    def make_personas(cls) -> None:
        cls.persona("admin", "administrator")
        cls.persona("kebun", "gardener", agency=Agency.objects.get(code="1.01"))

    def test_who_signs_depends_on_the_day_and_an_acting_official_goes_first(self) -> None:
        health = Agency.objects.get(code="1.02")
        Official.objects.create(
            agency=health,
            title="Kepala Dinas",
            name="dr. Lama",
            valid_from=date(2024, 1, 1),
            valid_until=date(2026, 6, 30),
        )
        Official.objects.create(
            agency=health,
            title="Kepala Dinas",
            acting="Plt.",
            name="Ani",
            nip="198001012005012001",
            valid_from=date(2026, 7, 1),
        )
        assert signatory(health, on=date(2026, 6, 30)).name == "dr. Lama"
        acting = signatory(health, on=date(2027, 1, 1), caption="Mengetahui,")
        assert (acting.office, acting.name, acting.caption) == ("Plt. Kepala Dinas", "Ani", "Mengetahui,")

    def test_without_an_entry_the_region_file_names_who_signs(self) -> None:
        assert signatory() == Signatory("Bupati", "Yohana Contoh")
        assert signatory(title="Sekretaris Daerah") == Signatory("Sekretaris Daerah", "")
        assert signatory(Agency.objects.get(code="1.01")) == Signatory("Kepala Dinas", "")

    def test_the_secretary_is_not_taken_for_the_head(self) -> None:
        Official.objects.create(title="Sekretaris Daerah", name="Sekda Contoh", valid_from=date(2026, 1, 1))
        assert signatory().name == "Yohana Contoh"
        assert signatory(title="Sekretaris Daerah").name == "Sekda Contoh"

    def test_the_administrator_keeps_the_list_and_nobody_else(self) -> None:
        sent = {"title": "Bupati", "name": "Yohana Contoh, S.H.", "acting": "Pj.", "valid_from": "2026-01-01"}
        client = self.as_("admin")
        assert client.post("/pejabat/baru/", sent).status_code == 302
        official = Official.objects.get()
        assert "Pj. Bupati" in client.get("/pejabat/").content.decode()
        wrong = client.post(f"/pejabat/{official.pk}/", sent | {"valid_until": "2025-01-01"})
        assert "Tanggal selesai tidak boleh mendahului" in wrong.content.decode()
        assert self.as_("kebun").get("/pejabat/").status_code == 403
        assert self.as_("kebun").post("/pejabat/baru/", sent).status_code == 403
        assert Official.objects.count() == 1


class MarkupTests(SimpleTestCase):
    def test_blocks_in_order_with_their_text_escaped_again(self) -> None:
        blocks = read_markup(
            "<h2>Satu &amp; dua</h2> lepas <p class='center'>a <strong>b &lt;img&gt;</strong><br>c</p><hr>"
            "<ul><li>x<ol><li>y</li><li>z</li></ol></li><li>w</li></ul><div class='page-break'></div>"
        )
        assert blocks == [
            Paragraph("Satu &amp; dua", "h2"),
            Paragraph("lepas"),
            Paragraph("a <b>b &lt;img&gt;</b><br/>c", "text", "center"),
            Rule(),
            ListItem("•", "x", 0),
            ListItem("1.", "y", 1),
            ListItem("2.", "z", 1),
            ListItem("•", "w", 0),
            PageBreak(),
        ]

    def test_tables_keep_headings_widths_and_alignment(self) -> None:
        (table,) = read_markup(
            "<table><thead><tr><th width='30%'>A</th><th>B</th></tr></thead>"
            "<tr><td class='number'>1</td><td><p>dua</p><p>baris</p></td></tr><tr><td colspan=2>x</td></tr></table>"
        )
        assert isinstance(table, Table)
        assert (table.headings, table.widths) == (1, [30, 0])
        assert table.rows[1] == [Cell("1", align="right"), Cell("dua<br/>baris")]
        assert table.rows[2] == [Cell("x", columns=2)]

    def test_faulty_templates_are_refused_by_what_is_wrong(self) -> None:
        for html, fault in (
            ("<script>alert(1)</script>", "<script>"),
            ("<img src='/etc/passwd'>", "<img>"),
            ("<p><b>x</p>", "<b> is not closed"),
            ("<p>x</b></p>", "</b> closes nothing"),
            ("<table><tr><td>x</td></tr>", "not closed"),
            ("<table><tr><td><table></table></td></tr></table>", "inside a table"),
            ("<table>teks<tr><td>x</td></tr></table>", "between cells"),
            ("<table><tr><td colspan='999'>x</td></tr></table>", "colspan"),
            ("<td>x</td>", "where no row"),
        ):
            with self.subTest(html), pytest.raises(DocumentInvalid, match=re.escape(fault)):
                read_markup(html)

    def test_rows_of_different_lengths_are_refused(self) -> None:
        blocks = read_markup("<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>")
        with pytest.raises(DocumentInvalid, match="1 or 2 columns"):
            draw(Paper("X", Letterhead(("Y",))), blocks)

    def test_letters_the_fonts_lack_lose_their_marks(self) -> None:
        assert printable("Ğüneş ≥ → ✓ “x” é 中") == "Güneş ≥ → ✓ “x” é ?".replace("ş", "s")


class EmblemTests(SimpleTestCase):
    def emblem(self, content: str | bytes, name: str = "logo.svg"):
        path = Path(tempfile.mkdtemp()) / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path, lambda: read_emblem(path)

    def printed(self, path: Path | None) -> str:
        return streams(draw(Paper("X", Letterhead(("Pemerintah X",), logo=path)), []))

    def test_shapes_groups_and_transforms_are_drawn(self) -> None:
        body = (
            '<title>Lambang</title><g transform="translate(10 5) scale(2)" fill="#0b5d3b" stroke="gold">'
            '<path d="M10 12h10v6c0 3-2 5-5 6z"/><circle cx="5" cy="5" r="4" style="fill:none;stroke-width:2"/>'
            '<rect x="1" y="1" width="8" height="4" rx="1"/><polygon points="0,0 4,0 2,4"/>'
            '<path d="M0 0a5 5 0 0110 0A5 5 0 1 1 0 0z" fill-rule="evenodd" opacity=".5"/></g>'
        )
        path, read = self.emblem(SVG.format(body))
        emblem = read()
        assert (emblem.width, emblem.height, len(emblem.painted)) == (100, 120, 5)
        assert emblem.painted[1].paint.width == 4
        assert emblem.painted[0].outline.steps[0].points == ((30, 29),)
        assert ".043137 .364706 .231373 rg" in self.printed(path)

    def test_a_half_circle_ends_where_it_should_and_passes_its_top(self) -> None:
        outline = of_path("M0 0A5 5 0 0 1 10 0")
        assert len(outline.steps) == 3
        (x, y), (end_x, end_y) = outline.steps[1].points[-1], outline.steps[2].points[-1]
        assert (round(x, 6), round(y, 6), round(end_x, 6), round(end_y, 6)) == (5, -5, 10, 0)

    def test_pictures_are_drawn_alone_and_within_a_drawing(self) -> None:
        data = base64.b64encode(PIXEL).decode()
        wrapped = SVG.format(f'<image width="100" height="100" href="data:image/png;base64,{data}"/>')
        for content, name in ((PIXEL, "logo.png"), (wrapped, "logo.svg")):
            path, read = self.emblem(content, name)
            assert read().picture == PIXEL
            assert " Do" in self.printed(path)

    def test_what_cannot_be_drawn_faithfully_is_left_out_and_logged(self) -> None:
        for body, fault in (
            ("<text>A</text>", "<text>"),
            ('<rect width="1" height="1" fill="url(#g)"/>', "colour"),
            ('<g clip-path="url(#c)"><rect width="1" height="1"/></g>', "clip-path"),
            ("<style>.a{fill:red}</style>", "<style>"),
            ('<image href="http://jahat.example/x.png"/>', "image"),
            ('<path d="M0 0 X"/>', "unknown commands"),
            ('<path d="M0 0 L1"/>', "too few"),
            ("", "empty"),
        ):
            with self.subTest(fault):
                path, read = self.emblem(SVG.format(body))
                with pytest.raises(EmblemUnsupported, match=re.escape(fault)):
                    read()
                with self.assertLogs("semai_kit.documents.stationery", "WARNING") as logs:
                    assert "PEMERINTAH X" in self.printed(path)
                assert "left out" in logs.output[0]

    def test_hostile_drawings_and_missing_files_leave_the_letter_without_a_logo(self) -> None:
        bomb = '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + SVG.format("<title>&b;</title>")
        for content in (bomb, "<svg", b"\x00\x01", b"\x89PNG broken"):
            with self.subTest(content[:20]), self.assertLogs("semai_kit.documents.stationery", "WARNING"):
                assert "PEMERINTAH X" in self.printed(self.emblem(content)[0])
        with self.assertLogs("semai_kit.documents.stationery", "WARNING"):
            self.printed(Path("/nonexistent/logo.svg"))
