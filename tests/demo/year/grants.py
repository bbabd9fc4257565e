"""e-hibah: filed by somebody without an account, decided, paid from the DPA's line, accounted for."""

from __future__ import annotations

import re
import time

from selenium.webdriver.common.by import By

from tests.demo.pages import Screen
from tests.demo.year.story import GRANT_LINE, GRANTS, OPD, Agreed, Story, of_rupiah, rupiah

TITLE = "Rumah bibit kopi Golo Lusang"
LIST = "Daftar penerima uji"
FORM_SECONDS = 5  # a form sent at once is taken for a robot's
PAID = 2_000_000


def somebody_files(story: Story) -> tuple[str, str]:
    """File without an account and return the number and the secret code."""
    phone = story.come_without_account(GRANTS)
    phone.show("e-hibah/beranda-umum")
    phone.press("Ajukan permohonan")
    phone.press("Isi permohonan Hibah uang kepada kelompok masyarakat")
    phone.fill(name="Kelompok Kopi Golo Lusang", person_name="Elisabet Jemumu", nik="5399995408800091")
    phone.fill(deed_number="220/91/KESBANG/2020", address="Lingkungan Contoh", phone="0812-0000-9191")
    phone.fill(registered_on="2020-05-06", bank_account="99100000091", bank_holder="Elisabet Jemumu")
    phone.fill(title=TITLE, asked="15.000.000", purpose="Rangka dan naungan untuk lima ribu bibit kopi.")
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
    while "belum ada" in phone.text:
        phone.press("Unggah")
        upload(story, "berkas.pdf")
    phone.press("Kirim permohonan")
    phone.press("Kirim permohonan")
    assert "Pemeriksaan kelengkapan" in phone.heading
    return number.group(), code


def upload(story: Story, name: str) -> None:
    story.phone.attach(story.paper(name))
    story.phone.press("Unggah")


def line_of_the_dpa_is_there(story: Story, agreed: Agreed) -> None:
    phone = story.enter(GRANTS, "tapd")
    phone.press("Pagu")
    phone.press("Ambil dari e-budgeting")
    assert "Pagu dari e-budgeting per" in phone.text
    line = next(row for row in phone.rows() if GRANT_LINE in row[0])
    assert (line[1], of_rupiah(line[3]), of_rupiah(line[5])) == ("DPUPR", agreed.grants, agreed.grants)


def desks_decide(story: Story, agreed: Agreed) -> None:
    """Seven desks; the amount is refused beyond what the DPA gives."""
    phone = open_it(story, "tata-usaha", "1. Pemeriksaan kelengkapan")
    phone.press("Lengkap, teruskan ke kepala daerah")
    phone = open_it(story, "kepala-daerah", "2. Disposisi kepala daerah")
    phone.press("Teruskan ke Tim Pertimbangan")
    phone = open_it(story, "tim-pertimbangan", "3. Penentuan OPD")
    phone.press("Tentukan OPD")
    phone.choose(agency=OPD)
    phone.press("Teruskan ke OPD")
    phone = open_it(story, "opd", "4. Rekomendasi OPD")
    phone.show("e-hibah/tindakan", at="Langkah berikutnya")
    phone.press("Rekomendasikan nilai")
    phone.fill(amount="12.000.000", note="Lokasi sudah disurvei dan siap ditanami.")
    phone.press("Kirim ke Tim Pertimbangan")
    phone = open_it(story, "tim-pertimbangan", "5. Verifikasi Tim Pertimbangan")
    phone.press("Teruskan ke TAPD")
    phone = open_it(story, "tapd", "6. Pertimbangan TAPD")
    phone.press("Setujui nilai")
    phone.fill(amount=str(agreed.grants + 1_000_000))
    phone.choose(line=GRANT_LINE)
    phone.press("Setujui", refused=True)
    assert "melampaui sebesar Rp1.000.000" in phone.text
    phone.show("e-hibah/melampaui-pagu")
    phone.fill(amount=str(PAID))
    phone.press("Setujui")


def head_signs_the_list(story: Story) -> None:
    phone = story.phone
    phone.press("Masukkan ke daftar penerima")
    phone.press("Susun daftar")
    phone.fill(title=LIST)
    phone.press("Susun")
    assert TITLE in phone.text
    phone.press("Ajukan ke kepala daerah")
    phone = story.enter(GRANTS, "kepala-daerah")
    phone.take_up("Daftar penerima untuk ditandatangani")
    phone.press(LIST)
    phone.show("e-hibah/daftar-penerima")
    phone.press("Tetapkan dan tanda tangani")
    assert "Ditandatangani" in phone.heading


def agreement_and_payment(story: Story) -> None:
    phone = open_it(story, "opd", "Ditetapkan dalam DNC-PBH")
    phone.press("Catat NPHD")
    phone.fill(official_name="Pejabat Contoh", official_title="Kepala Dinas")
    phone.press("Simpan")
    phone = open_it(story, "bpkad", "NPHD ditandatangani")
    phone.press("Cairkan")
    phone.fill(amount="6.000.000", order_number="91/SP2D")
    phone.press("Simpan", refused=True)
    assert "paling banyak" in phone.text
    phone.fill(amount=str(PAID))
    phone.press("Simpan")
    assert "Dicairkan" in phone.heading
    phone.press("Pagu")
    line = next(row for row in phone.rows() if GRANT_LINE in row[0])
    assert of_rupiah(line[4]) == PAID


def recipient_reports(story: Story, number: str, code: str) -> None:
    phone = ask_for_status(story, number)
    phone.fill(number=number, code=code)
    phone.press("Buka")
    phone.press("Isi laporan")
    phone.fill(spent="1.800.000", returned="200.000", narrative="Rumah bibit berdiri dan terisi.")
    phone.show("e-hibah/laporan")
    phone.press("Simpan")
    for name in ("foto.png", "nota.pdf"):
        phone.press("Tambah foto atau bukti")
        upload(story, name)
    phone.press("Serahkan laporan")
    phone.press("Serahkan laporan")
    assert "Laporan diserahkan." in phone.text


def report_is_accepted_and_everyone_reads_it(story: Story, number: str) -> None:
    phone = story.enter(GRANTS, "opd")
    phone.take_up("Laporan untuk diperiksa")
    phone.press(TITLE)
    phone.press("Terima laporan")
    phone = ask_for_status(story, number)
    assert "Selesai" in phone.text
    phone.show("e-hibah/status")
    phone.press("Penerima")
    phone.show("e-hibah/penerima")
    assert TITLE in phone.text
    assert rupiah(PAID) in phone.text.replace("\N{NO-BREAK SPACE}", "").replace("Rp ", "Rp")
    assert "Elisabet" not in phone.text


def ask_for_status(story: Story, number: str) -> Screen:
    """As everybody may, without an account."""
    phone = story.come_without_account(GRANTS)
    phone.press("Cek status")
    phone.fill(nomor=number)
    phone.press("Cek status")
    return phone


def open_it(story: Story, name: str, waiting: str) -> Screen:
    """Come to a desk and take up what waits there."""
    phone = story.enter(GRANTS, name)
    phone.take_up(waiting)
    phone.press(TITLE)
    return phone
