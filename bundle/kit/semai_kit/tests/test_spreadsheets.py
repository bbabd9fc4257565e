"""Sheets people send: good ones, wrong ones, hostile ones."""

import datetime
import io
import zipfile
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from semai_kit.spreadsheets import CellError, Column, Sheet, SheetRefused, error_sheet, read, template, write

SHEET = Sheet(
    "Usulan",
    (
        Column("name", "Nama kegiatan", required=True, max_length=50, help="Tulis singkat."),
        Column("volume", "Volume", "integer"),
        Column("cost", "Biaya", "decimal"),
        Column("start", "Mulai", "date"),
        Column("kind", "Jenis", "choice", choices=("Jalan", "Irigasi")),
    ),
    max_rows=20,
)
HEADER = ["Nama kegiatan", "Volume", "Biaya", "Mulai", "Jenis"]


def book(*rows: list, header: list | None = None) -> bytes:
    workbook = Workbook()
    for row in [header or HEADER, *rows]:
        workbook.active.append(row)
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def repacked(content: bytes, changes: dict[str, bytes]) -> bytes:
    """The same package with parts replaced or added."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            if name not in changes:
                target.writestr(name, source.read(name))
        for name, part in changes.items():
            target.writestr(name, part)
    return buffer.getvalue()


def test_values_come_typed() -> None:
    reading = read(book(["Jalan desa", 3, 1500000.5, datetime.date(2027, 5, 1), "jalan"]), SHEET)
    assert reading.ok
    assert dict(reading.rows[0].values) == {
        "name": "Jalan desa",
        "volume": 3,
        "cost": Decimal("1500000.5"),
        "start": datetime.date(2027, 5, 1),
        "kind": "Jalan",
    }


def test_values_typed_as_text_are_understood() -> None:
    reading = read(book(["Jalan", "1.250", "Rp 1.500.000,50", "31/12/2027", "IRIGASI"]), SHEET)
    values = reading.rows[0].values
    assert (values["volume"], values["cost"]) == (1250, Decimal("1500000.50"))
    assert (values["start"], values["kind"]) == (datetime.date(2027, 12, 31), "Irigasi")


def test_codes_stored_as_numbers_lose_no_digits() -> None:
    assert read(book([2027.0]), SHEET).rows[0].values["name"] == "2027"


@pytest.mark.parametrize("stored", [5310016502850010, 5.31001650285001e15, -(10**15), 1e300])
def test_a_number_too_long_for_a_spreadsheet_is_not_taken_for_a_code(stored: float) -> None:
    reading = read(book([stored]), SHEET)
    assert "sudah dibulatkan" in reading.errors[0].message


def test_columns_come_in_any_order_and_unknown_ones_are_ignored() -> None:
    content = book(["x", "Jalan desa", 1], header=["Catatan saya", "nama   KEGIATAN *", "Volume"])
    assert read(content, SHEET).rows[0].values == {"name": "Jalan desa", "volume": 1}


def test_empty_rows_are_skipped_and_numbers_stay_those_people_see() -> None:
    reading = read(book([None], ["Jalan", "x"], [None]), SHEET)
    assert [(error.row, error.key) for error in reading.errors] == [(3, "volume")]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ([None, 1], "Nama kegiatan (A2): wajib diisi"),
        (["x" * 51], "paling banyak 50"),
        (["a", 1.5], "harus bilangan bulat"),
        (["a", "satu"], "“satu” bukan angka"),
        (["a", True], "bukan angka"),
        (["a", None, "1.5"], "bukan angka"),
        (["a", None, 10**20], "terlalu besar"),
        (["a", None, None, "kemarin"], "bukan tanggal"),
        (["a", None, None, None, "Jembatan"], "Pilihannya: Jalan, Irigasi"),
        ([datetime.date(2027, 1, 1)], "harus teks"),
    ],
)
def test_wrong_cell_is_named_with_its_place(row: list, message: str) -> None:
    reading = read(book(row), SHEET)
    assert reading.rows == ()
    assert message in reading.errors[0].message


@pytest.mark.parametrize("formula", ["=1+1", '=HYPERLINK("http://x","y")', "=cmd|' /C calc'!A0"])
def test_formula_is_refused_not_evaluated(formula: str) -> None:
    reading = read(book([formula, 1]), SHEET)
    assert "berisi rumus" in reading.errors[0].message


def test_array_formula_is_refused() -> None:
    from openpyxl.worksheet.formula import ArrayFormula

    workbook = Workbook()
    workbook.active.append(HEADER)
    workbook.active["A2"] = ArrayFormula("A2:A2", "=SUM(1,2)")
    buffer = io.BytesIO()
    workbook.save(buffer)
    assert "berisi rumus" in read(buffer.getvalue(), SHEET).errors[0].message


def test_zip_bomb_is_refused_before_it_unpacks() -> None:
    bomb = repacked(book(["a"]), {"xl/media/image1.png": b"\0" * (61 * 1024 * 1024)})
    assert len(bomb) < SHEET.max_bytes
    with pytest.raises(SheetRefused, match="terlalu besar"):
        read(bomb, SHEET)


def test_package_of_very_many_parts_is_refused() -> None:
    with pytest.raises(SheetRefused, match="terlalu besar"):
        read(repacked(book(["a"]), {f"x/{i}": b"" for i in range(600)}), SHEET)


@pytest.mark.parametrize(
    "part", ["xl/vbaProject.bin", "xl/VBAPROJECT.BIN", "xl/macrosheets/sheet1.xml", "xl/activeX/activeX1.xml"]
)
def test_macros_are_refused(part: str) -> None:
    with pytest.raises(SheetRefused, match="makro"):
        read(repacked(book(["a"]), {part: b"x"}), SHEET)


def test_external_entity_is_refused() -> None:
    hostile = (
        b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
        b'<c r="A1" t="inlineStr"><is><t>&x;</t></is></c></row></sheetData></worksheet>'
    )
    with pytest.raises(SheetRefused, match="rusak"):
        read(repacked(book(["a"]), {"xl/worksheets/sheet1.xml": hostile}), SHEET)


def test_expanding_entities_are_refused() -> None:
    hostile = (
        b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
        b'<c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>'
    )
    with pytest.raises(SheetRefused, match="rusak"):
        read(repacked(book(["a"]), {"xl/worksheets/sheet1.xml": hostile}), SHEET)


def test_row_far_down_the_sheet_is_refused_without_walking_there_forever() -> None:
    workbook = Workbook()
    workbook.active.append(HEADER)
    workbook.active.cell(row=1_000_000, column=1, value="x")
    buffer = io.BytesIO()
    workbook.save(buffer)
    with pytest.raises(SheetRefused, match="Lebih dari 20 baris"):
        read(buffer.getvalue(), SHEET)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"nama;volume", "bukan XLSX"),
        (b"\xd0\xcf\x11\xe0 encrypted or old xls", "bukan XLSX"),
        (b"PK\x03\x04 truncated", "rusak"),
        (b"", "bukan XLSX"),
        (book(header=["Nama kegiatan"]), "Tidak ada baris"),
        (book(["x"], header=["Volume"]), "Kolom tidak ditemukan di baris pertama: Nama kegiatan"),
        (book(["x", "y"], header=["Nama kegiatan", "nama kegiatan"]), "ada dua kali"),
        (book(*[["x"]] * 21), "Lebih dari 20 baris"),
        (repacked(book(["x"]), {"xl/workbook.xml": b"<x/>"}), "rusak"),
    ],
)
def test_unusable_file_is_refused_with_the_reason(content: bytes, message: str) -> None:
    with pytest.raises(SheetRefused, match=message):
        read(content, SHEET)


def test_file_larger_than_the_limit_is_not_read_to_its_end() -> None:
    endless = io.BytesIO(b"PK" + b"x" * (6 * 1024 * 1024))
    with pytest.raises(SheetRefused, match="lebih besar dari 5 MB"):
        read(endless, SHEET)
    assert endless.tell() == SHEET.max_bytes + 1


def test_error_sheet_can_be_corrected_and_sent_again() -> None:
    reading = read(book(["Jalan", "x"], ["", 2], ["Irigasi", 3]), SHEET)
    workbook = load_workbook(io.BytesIO(error_sheet(reading)))
    page = workbook.active
    assert [cell.value for cell in page[1]][:3] == ["Kesalahan", "Nama kegiatan", "Volume"]
    assert "Volume (B2)" in page["A2"].value
    assert page["A4"].value is None
    page["C2"], page["B3"] = 1, "Talud"
    buffer = io.BytesIO()
    workbook.save(buffer)
    again = read(buffer.getvalue(), SHEET)
    assert [row.values["name"] for row in again.rows] == ["Jalan", "Talud", "Irigasi"]
    assert [cell.value for cell in load_workbook(io.BytesIO(error_sheet(again))).active[1]].count("Kesalahan") == 1


def test_errors_of_the_app_remove_their_rows() -> None:
    reading = read(book(["a"], ["b"]), SHEET).with_errors([CellError(3, "name", "sudah ada")])
    assert [row.number for row in reading.rows] == [2]
    assert not reading.ok


@pytest.mark.parametrize("text", ["=1+1", "+62812", "-5", "@sum", "\tx", "=cmd|' /C calc'!A0"])
def test_written_text_never_becomes_a_formula(text: str) -> None:
    cell = load_workbook(io.BytesIO(write(SHEET, [{"name": text}]))).active["A2"]
    assert (cell.data_type, cell.value, cell.quotePrefix) == ("s", text, True)


def test_further_sheets_are_pages_of_the_same_file() -> None:
    other = Sheet(title="Lain", columns=(Column("place", "Tempat"),))
    content = write(SHEET, [{"name": "a"}], (other, [{"place": "b"}, {"place": "c"}]))
    pages = {page.title: [row[0] for row in page.values] for page in load_workbook(io.BytesIO(content)).worksheets}
    assert pages == {SHEET.title: [SHEET.columns[0].title, "a"], "Lain": ["Tempat", "b", "c"]}
    assert [row.values["name"] for row in read(content, SHEET).rows] == ["a"]


def test_control_characters_do_not_break_the_file() -> None:
    assert load_workbook(io.BytesIO(write(SHEET, [{"name": "a\x00b\x0bc"}]))).active["A2"].value == "abc"


def test_template_reads_as_empty_and_explains_itself() -> None:
    content = template(SHEET)
    with pytest.raises(SheetRefused, match="Tidak ada baris"):
        read(content, SHEET)
    workbook = load_workbook(io.BytesIO(content))
    assert workbook.sheetnames == ["Usulan", "Pilihan", "Petunjuk"]
    assert workbook["Usulan"]["A1"].value == "Nama kegiatan *"
    assert workbook["Usulan"].data_validations.dataValidation[0].formula1 == "'Pilihan'!$A$1:$A$2"
    assert "Tulis singkat." in workbook["Petunjuk"]["B2"].value


ROWS = st.fixed_dictionaries(
    {
        "name": st.text(st.characters(min_codepoint=32, max_codepoint=1000), min_size=1, max_size=50).filter(
            str.strip
        ),
        "volume": st.none() | st.integers(-(10**9), 10**9),
        "cost": st.none() | st.decimals(-(10**9), 10**9, places=2),
        "start": st.none() | st.dates(datetime.date(1990, 1, 1), datetime.date(2100, 1, 1)),
        "kind": st.none() | st.sampled_from(["Jalan", "Irigasi"]),
    }
)


@settings(deadline=None, max_examples=50)
@given(st.lists(ROWS, min_size=1, max_size=4))
def test_what_is_written_reads_back_the_same(rows: list[dict]) -> None:
    reading = read(write(SHEET, rows), SHEET)
    got = [dict(row.values) for row in reading.rows]
    assert got == [row | {"name": row["name"].strip()} for row in rows]
