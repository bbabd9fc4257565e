"""From the RKPD to a DPA: RKA, asistensi, TAPD, penetapan."""

from __future__ import annotations

import re

from tests.demo.pages import Screen
from tests.demo.year.story import (
    BUDGETING,
    GRANT_LINE,
    OPD,
    SUB_ACTIVITY,
    USULAN,
    Agreed,
    Story,
    amounts,
    of_rupiah,
)

LINE = "Beton jembatan pelat"
GRANT = 10_000_000


def budget_fetches_the_work_plan(story: Story) -> None:
    phone = story.enter(BUDGETING, "bpkad")
    phone.press("RKA")
    phone.press("Ambil dari e-planning")
    assert OPD in phone.text
    phone.show("e-budgeting/daftar-rka")


def agency_budgets_within_the_pagu(story: Story) -> None:
    phone = story.enter(BUDGETING, "opd")
    phone.press(OPD)
    phone.press(SUB_ACTIVITY)
    assert USULAN in phone.text
    phone.press("Tambah rincian")
    write_line(phone, "jembatan", "Belanja Modal Jembatan pada Jalan Kabupaten", LINE)
    phone.fill(volume_1="12,5", unit_1="Meter", unit_price="400.000.000")
    phone.press("Simpan", refused=True)
    assert amounts("Rp3.900.000.000", "Rp5.000.000.000", "Rp1.100.000.000") <= amounts(phone.text)
    phone.show("e-budgeting/melebihi-pagu")
    phone.fill(unit_price="200.000.000")
    phone.press("Simpan")
    assert f"Rincian “{LINE}” disimpan." in phone.text
    assert amounts("Rp2.500.000.000") <= amounts(phone.text)
    phone.show("e-budgeting/rincian")


def agency_sets_money_aside_for_a_grant(story: Story) -> None:
    phone = story.phone
    phone.press("Tambah rincian")
    write_line(phone, "hibah uang kemasyarakatan", "5.1.05.05.03.0001", GRANT_LINE)
    phone.fill(volume_1="1", unit_1="Paket", unit_price=str(GRANT))
    phone.press("Simpan")
    assert f"Rincian “{GRANT_LINE}” disimpan." in phone.text


def write_line(phone: Screen, words: str, account: str, text: str) -> None:
    """Begin a line; its account is found by words of its name."""
    phone.fill(account_search=words)
    phone.press("Cari")
    phone.tick(account)
    phone.choose(funding="Dana Alokasi Umum")
    phone.fill(description=text)


def rka_is_sent_returned_and_sent_again(story: Story) -> None:
    phone = story.phone
    send(phone)
    assert "RKA dikirim sebagai versi 1." in phone.text
    phone = story.enter(BUDGETING, "verifikator")
    phone.press(OPD)
    confirm(phone, "Mulai asistensi")
    phone.show("e-budgeting/asistensi", at="Langkah berikutnya")
    phone.press("Kembalikan ke OPD")
    phone.fill(reason="Volume melebihi gambar rencana.")
    phone.press("Kembalikan ke OPD")
    phone = story.enter(BUDGETING, "opd")
    phone.press(OPD)
    assert "Volume melebihi gambar rencana." in phone.text
    phone.show("e-budgeting/dikembalikan", at="Impor dari lembar kerja")
    phone.press(SUB_ACTIVITY)
    phone.press(f"Ubah {LINE}")
    phone.fill(volume_1="10")
    phone.press("Simpan")
    send(phone)
    assert "RKA dikirim sebagai versi 2." in phone.text


def send(phone: Screen) -> None:
    phone.press("RKA")
    phone.press(OPD)
    confirm(phone, "Kirim RKA")


def confirm(phone: Screen, step: str) -> None:
    """Choose a step of an RKA and say yes on the page that asks."""
    phone.press(step)
    phone.press(step)


def versions_are_compared(story: Story) -> None:
    phone = story.phone
    phone.press("Bandingkan versi")
    assert "berubah: koefisien" in phone.text.lower()
    phone.show("e-budgeting/banding-versi", at="1.03.10")
    assert amounts("Rp2.510.000.000", "Rp2.010.000.000", "Rp500.000.000") <= amounts(phone.text)


def asistensi_and_tapd_agree(story: Story) -> None:
    phone = story.enter(BUDGETING, "verifikator")
    phone.press(OPD)
    confirm(phone, "Mulai asistensi")
    confirm(phone, "Setujui, teruskan ke TAPD")
    phone = story.enter(BUDGETING, "tapd")
    assert "Menunggu keputusan TAPD" in phone.text
    phone.press(OPD)
    confirm(phone, "Kunci RKA")
    assert "Terkunci" in phone.heading


def apbd_makes_the_dpa(story: Story) -> Agreed:
    """BPKAD issues the DPA under the APBD that was determined, and the OPD reads it."""
    phone = story.enter(BUDGETING, "bpkad")
    assert "Terkunci, menunggu penetapan dan DPA" in phone.text
    phone.press(OPD)
    assert f"Menunggu DPA susulan {OPD}" in phone.text
    phone.follow("APBD 2027")
    phone.press("Terbitkan DPA susulan")
    assert "1 DPA diterbitkan." in phone.text
    phone = story.enter(BUDGETING, "opd")
    phone.press("DPA")
    phone.press(OPD)
    phone.press("Buka DPA yang berlaku")
    agreed = read_dpa(phone)
    assert agreed.total == 2_010_000_000
    return agreed


def read_dpa(phone: Screen) -> Agreed:
    """Sum the sub kegiatan of a DPA per program and find the money of its grants."""
    programs: dict[str, int] = {}
    for program, money in re.findall(r"\b(\d\.\d\d\.\d\d)\.\d\.\d\d\.\d{4} · (Rp\s?[\d.]+)", phone.text):
        programs[program] = programs.get(program, 0) + of_rupiah(money)
    grants = sum(of_rupiah(row[2]) for row in phone.rows() if row[0].startswith("5.1.05."))
    return Agreed(programs, grants)
