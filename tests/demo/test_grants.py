"""A grant in a real browser, on a telephone: filed by somebody without an account, decided, paid, accounted for."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
import yaml
from selenium.webdriver.common.by import By

from tests.demo.conftest import Demo
from tests.demo.pages import Screen

pytestmark = [pytest.mark.demo, pytest.mark.browser]

APP = "e-hibah"
TITLE = "Rumah bibit kopi Golo Lusang"
FORM_SECONDS = 5  # a form sent at once is taken for a robot's


@pytest.mark.pictures
def test_a_grant_goes_from_public_filing_to_its_report(demo: Demo, phone: Screen, tmp_path: Path) -> None:
    paper, picture = tmp_path / "berkas.pdf", tmp_path / "foto.png"
    paper.write_bytes(b"%PDF-1.4\n" + b"contoh " * 50)
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + b"contoh " * 50)
    number, code = somebody_files(demo, phone, paper)
    line, agency, evaluator = where_the_money_is(demo, phone)
    desks_decide(demo, phone, agency, evaluator, line)
    head_signs_the_list(demo, phone)
    agreement_and_payment(demo, phone, evaluator)
    recipient_reports(demo, phone, number, code, paper, picture)
    at(demo, phone, evaluator, "/laporan/?state=diserahkan")
    phone.press(TITLE)
    phone.press("Terima laporan")
    everyone_reads_how_it_ended(demo, phone, number)


def somebody_files(demo: Demo, phone: Screen, paper: Path) -> tuple[str, str]:
    """File without an account and return the number and the secret code."""
    anonymous(demo, phone, "/")
    phone.show("e-hibah/beranda-umum")
    phone.press("Ajukan permohonan")
    phone.open("/ajukan/hibah-kelompok/")
    phone.fill(name="Kelompok Kopi Golo Lusang", person_name="Elisabet Jemumu", nik="5399995408800091")
    phone.fill(deed_number="220/91/KESBANG/2020", address="Lingkungan Contoh", phone="0812-0000-9191")
    phone.driver.execute_script("document.querySelector('[name=registered_on]').value = '2020-05-06'")
    phone.fill(bank_account="99100000091", bank_holder="Elisabet Jemumu", title=TITLE, asked="15.000.000")
    phone.fill(purpose="Rangka dan naungan untuk lima ribu bibit kopi.")
    phone.choose(village="Wae Rii")
    phone.show("e-hibah/ajukan")
    phone.driver.find_element(By.NAME, "agreed").click()
    time.sleep(FORM_SECONDS)
    phone.press("Simpan dan lanjut ke berkas")
    number = re.search(r"HB-\d{4}-\d{5}", phone.text)
    code = phone.driver.find_element(By.CSS_SELECTOR, ".secret").text
    assert number
    phone.show("e-hibah/tanda-terima")
    phone.press("Lanjut ke berkas")
    phone.show("e-hibah/berkas", at="Berkas")
    for path in [link for link in phone.links("main") if "/berkas/" in link]:
        phone.open(path)
        upload(phone, paper)
    phone.press("Kirim permohonan")
    phone.press("Kirim permohonan")
    assert "Pemeriksaan kelengkapan" in phone.heading
    return number.group(), code


def where_the_money_is(demo: Demo, phone: Screen) -> tuple[str, str, str]:
    """A line of accounts 5.1.05, the OPD it belongs to and who evaluates there."""
    at(demo, phone, "tapd", "/pagu/")
    assert "Pagu dari e-budgeting per" in phone.text
    line = next(row for row in phone.rows() if "5.1.05" in row[2])
    at(demo, phone, "auditor", "/akun/")
    people = [row for row in phone.rows() if f"Evaluator {line[1]}" in " ".join(row)]
    evaluator = next(cell for cell in people[0] if re.fullmatch(r"opd\d*", cell))
    return line[0], line[1], evaluator


def desks_decide(demo: Demo, phone: Screen, agency: str, evaluator: str, line: str) -> None:
    for person, step in (
        ("tata-usaha", "Lengkap, teruskan ke kepala daerah"),
        ("kepala-daerah", "Teruskan ke Tim Pertimbangan"),
    ):
        open_it(demo, phone, person)
        phone.press(step)
    open_it(demo, phone, "tim-pertimbangan")
    phone.press("Tentukan OPD")
    phone.choose(agency=name_of(demo, agency))
    phone.press("Teruskan ke OPD")
    open_it(demo, phone, evaluator)
    phone.show("e-hibah/tindakan", at="Langkah berikutnya")
    phone.press("Rekomendasikan nilai")
    phone.fill(amount="12.000.000", note="Lokasi sudah disurvei dan siap ditanami.")
    phone.press("Kirim ke Tim Pertimbangan")
    open_it(demo, phone, "tim-pertimbangan")
    phone.press("Teruskan ke TAPD")
    open_it(demo, phone, "tapd")
    phone.press("Setujui nilai")
    phone.fill(amount="11.000.000")
    phone.choose(line=line)
    phone.press("Setujui", refused=True)
    assert "melampaui" in phone.text
    phone.show("e-hibah/melampaui-pagu")
    phone.fill(amount="2.000.000")
    phone.press("Setujui")


def name_of(demo: Demo, short_name: str) -> str:
    """The full name of an OPD, as forms offer it."""
    region = yaml.safe_load((demo.ground.inventory / "group_vars/all/region.yml").read_text(encoding="utf-8"))
    agencies = region["semai_region"]["agencies"]
    return next(str(agency["name"]) for agency in agencies if agency["short_name"] == short_name)


def head_signs_the_list(demo: Demo, phone: Screen) -> None:
    at(demo, phone, "tapd", "/daftar-penerima/baru/")
    phone.fill(title="Daftar penerima uji")
    phone.press("Susun")
    assert TITLE in phone.text
    phone.press("Ajukan ke kepala daerah")
    at(demo, phone, "kepala-daerah", "/daftar-penerima/")
    phone.press("Daftar penerima uji")
    phone.show("e-hibah/daftar-penerima")
    phone.press("Tetapkan dan tanda tangani")
    assert "Ditandatangani" in phone.heading


def agreement_and_payment(demo: Demo, phone: Screen, evaluator: str) -> None:
    open_it(demo, phone, evaluator)
    phone.press("Catat NPHD")
    phone.fill(official_name="Pejabat Contoh", official_title="Kepala Dinas")
    phone.press("Simpan")
    open_it(demo, phone, "bpkad")
    phone.press("Cairkan")
    phone.fill(amount="6.000.000", order_number="91/SP2D")
    phone.press("Simpan", refused=True)
    assert "paling banyak" in phone.text
    phone.fill(amount="2.000.000")
    phone.press("Simpan")
    assert "Dicairkan" in phone.heading


def recipient_reports(demo: Demo, phone: Screen, number: str, code: str, paper: Path, picture: Path) -> None:
    anonymous(demo, phone, f"/status/?nomor={number}")
    phone.fill(number=number, code=code)
    phone.press("Buka")
    phone.press("Isi laporan")
    phone.fill(spent="1.800.000", returned="200.000", narrative="Rumah bibit berdiri dan terisi.")
    phone.show("e-hibah/laporan")
    phone.press("Simpan")
    for file in (picture, paper):
        phone.press("Tambah foto atau bukti")
        upload(phone, file)
    phone.press("Serahkan laporan")
    phone.press("Serahkan laporan")
    assert "Laporan diserahkan." in phone.text


def everyone_reads_how_it_ended(demo: Demo, phone: Screen, number: str) -> None:
    anonymous(demo, phone, f"/status/?nomor={number}")
    assert "Selesai" in phone.text
    phone.show("e-hibah/status")
    phone.press("Penerima")
    phone.show("e-hibah/penerima")
    assert TITLE in phone.text
    assert "Elisabet" not in phone.text


def upload(phone: Screen, file: Path) -> None:
    phone.driver.find_element(By.CSS_SELECTOR, "input[type=file]").send_keys(str(file))
    phone.press("Unggah")


def anonymous(demo: Demo, phone: Screen, path: str) -> None:
    phone.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
    phone.address = demo.address(APP)
    phone.open(path)


def at(demo: Demo, phone: Screen, name: str, path: str) -> None:
    phone.enter(demo.address(APP), name, demo.password(APP))
    phone.open(path)


def open_it(demo: Demo, phone: Screen, name: str) -> None:
    at(demo, phone, name, "/permohonan/")
    phone.press(TITLE)
