"""A year of a region in a real browser: from a village's usulan to a budget line, on a telephone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.demo.conftest import Demo
from tests.demo.pages import Screen

pytestmark = [pytest.mark.demo, pytest.mark.browser]

USULAN = "Jembatan kecil di Dusun Golo Wajang"
SUB_ACTIVITY = "Pembangunan Jembatan"
LINE = "Beton jembatan pelat"
OPD = "Dinas Pekerjaan Umum dan Penataan Ruang"
PLANNING, BUDGETING, PERFORMANCE = "e-planning", "e-budgeting", "e-sakip"


def enter(window: Screen, demo: Demo, app: str, name: str) -> None:
    """Come as one of the sample people."""
    window.enter(demo.address(app), name, demo.password(app))


def test_administrator_must_change_the_first_password(demo: Demo, desk: Screen) -> None:
    login = demo.openings[PLANNING]["login"]
    desk.enter(demo.address(PLANNING), login["name"], login["password"])
    assert desk.heading == "Ganti kata sandi"
    desk.open("/akun/")
    assert desk.heading == "Ganti kata sandi", "no other page before the password is changed"
    desk.fill(old=login["password"], new="pendek", again="pendek")
    desk.press("Ganti kata sandi", refused=True)
    assert "setidaknya 10 karakter" in desk.text
    own = "rahasia-ruteng-2027"
    desk.fill(old=login["password"], new=own, again=own)
    desk.press("Ganti kata sandi")
    assert "Kata sandi sudah diganti." in desk.text
    desk.enter(demo.address(PLANNING), login["name"], login["password"])
    assert "tidak cocok" in desk.text
    desk.enter(demo.address(PLANNING), login["name"], own)
    desk.open("/akun/")
    assert "bappeda" in desk.text


@pytest.mark.pictures
def test_a_usulan_becomes_a_budget_line_and_every_step_can_be_traced(demo: Demo, phone: Screen) -> None:
    village_enters(demo, phone)
    desks_verify(demo, phone)
    agency_takes_it_into_its_work_plan(demo, phone)
    budget_fetches_the_work_plan(demo, phone)
    agency_budgets_within_the_pagu(demo, phone)
    budget_is_sent_returned_and_sent_again(demo, phone)
    versions_are_compared(phone)
    auditor_reads_both_trails(demo, phone)
    enter(phone, demo, PLANNING, "desa")
    open_usulan(phone)
    assert phone.heading == f"{USULAN} Masuk Renja", (
        "what others did afterwards leaves the village's page as it was"
    )


def village_enters(demo: Demo, phone: Screen) -> None:
    enter(phone, demo, PLANNING, "desa")
    phone.press("Usulan baru")
    phone.show("e-planning/usulan-baru")
    phone.press("Simpan draf", refused=True)
    assert "Periksa isian yang ditandai" in phone.text
    phone.fill(title=USULAN, location="Dusun Golo Wajang", volume="12,5", unit="meter", estimate="187.500.000")
    phone.fill(description="Jembatan lama hanyut.", rw="2", rt="4", proposer="Karang Taruna")
    phone.choose(kind="Fisik/pembangunan", theme="Infrastruktur", agency=OPD)
    phone.press("Simpan draf")
    assert phone.heading == f"{USULAN} Draf"
    assert "Rp187.500.000" in phone.text.replace("\N{NO-BREAK SPACE}", "").replace("Rp ", "Rp")
    phone.press("Ajukan ke kecamatan")
    assert phone.heading == f"{USULAN} Diajukan"


def desks_verify(demo: Demo, phone: Screen) -> None:
    for person, steps in (
        ("kecamatan", ("Mulai verifikasi kecamatan", "Teruskan ke OPD")),
        ("opd", ("Teruskan ke Bappeda",)),
        ("bappeda", ("Terima",)),
    ):
        enter(phone, demo, PLANNING, person)
        open_usulan(phone)
        for step in steps:
            phone.press(step)
    phone.show("e-planning/riwayat-usulan", at="Riwayat")
    assert phone.heading == f"{USULAN} Diterima"


def open_usulan(phone: Screen) -> None:
    """Find the usulan in the list by its name."""
    phone.open("/usulan/")
    phone.fill(cari=USULAN)
    phone.press("Saring")
    phone.press(USULAN)


def agency_takes_it_into_its_work_plan(demo: Demo, phone: Screen) -> None:
    enter(phone, demo, PLANNING, "opd")
    phone.show("e-planning/beranda")
    phone.press("Renja")
    phone.press("Buka Renja")
    phone.follow("Masukkan usulan (")
    phone.tick(f"Pilih {USULAN}")
    phone.choose(item=SUB_ACTIVITY)
    phone.show("e-planning/masukkan-usulan", at=USULAN)
    phone.press("Masukkan ke Renja")
    assert "1 usulan masuk Renja" in phone.text
    phone.show("e-planning/renja")
    phone.press("Ajukan ke Bappeda")
    assert "Diajukan ke Bappeda" in phone.heading
    enter(phone, demo, PLANNING, "bappeda")
    phone.press("Renja")
    phone.press(OPD)
    phone.press("Setujui dan kunci")
    assert "Disetujui (terkunci)" in phone.heading
    enter(phone, demo, PLANNING, "desa")
    open_usulan(phone)
    assert phone.heading == f"{USULAN} Masuk Renja"


def budget_fetches_the_work_plan(demo: Demo, phone: Screen) -> None:
    enter(phone, demo, BUDGETING, "bpkad")
    phone.press("RKA")
    phone.press("Ambil dari e-planning")
    assert OPD in phone.text
    phone.show("e-budgeting/daftar-rka")


def agency_budgets_within_the_pagu(demo: Demo, phone: Screen) -> None:
    enter(phone, demo, BUDGETING, "opd")
    phone.press("RKA")
    phone.press(OPD)
    phone.press(SUB_ACTIVITY)
    assert USULAN in phone.text
    phone.press("Tambah rincian")
    write_line(phone, price="400.000.000")
    phone.press("Simpan", refused=True)
    assert amounts("Rp3.900.000.000", "Rp5.000.000.000", "Rp1.100.000.000") <= amounts(phone.text)
    phone.show("e-budgeting/melebihi-pagu")
    phone.fill(unit_price="200.000.000")
    phone.press("Simpan")
    assert f"Rincian “{LINE}” disimpan." in phone.text
    assert amounts("Rp2.500.000.000") <= amounts(phone.text)
    phone.show("e-budgeting/rincian")


def write_line(phone: Screen, price: str) -> None:
    """Fill in a line of 12,5 metres; the account is found by words of its name."""
    phone.fill(account_search="jembatan")
    phone.press("Cari")
    phone.tick("Belanja Modal Jembatan pada Jalan Kabupaten")
    phone.choose(funding="Dana Alokasi Umum")
    phone.fill(description=LINE, volume_1="12,5", unit_1="Meter", unit_price=price)


def amounts(*texts: str) -> set[str]:
    """Return the amounts of money in texts, without spaces."""
    return {re.sub(r"\s", "", found) for text in texts for found in re.findall(r"Rp\s?[\d.]+", text)}


def budget_is_sent_returned_and_sent_again(demo: Demo, phone: Screen) -> None:
    send(phone)
    assert "RKA dikirim sebagai versi 1." in phone.text
    enter(phone, demo, BUDGETING, "verifikator")
    open_rka(phone)
    phone.press("Mulai asistensi")
    phone.press("Mulai asistensi")
    phone.show("e-budgeting/asistensi", at="Langkah berikutnya")
    phone.press("Kembalikan ke OPD")
    phone.fill(reason="Volume melebihi gambar rencana.")
    phone.press("Kembalikan ke OPD")
    enter(phone, demo, BUDGETING, "opd")
    open_rka(phone)
    assert "Volume melebihi gambar rencana." in phone.text
    phone.show("e-budgeting/dikembalikan", at="Impor dari lembar kerja")
    phone.press(SUB_ACTIVITY)
    phone.press(f"Ubah {LINE}")
    phone.fill(volume_1="10")
    phone.press("Simpan")
    send(phone)
    assert "RKA dikirim sebagai versi 2." in phone.text


def open_rka(phone: Screen) -> None:
    phone.press("RKA")
    phone.press(OPD)


def send(phone: Screen) -> None:
    open_rka(phone)
    phone.press("Kirim RKA")
    phone.press("Kirim RKA")


def versions_are_compared(phone: Screen) -> None:
    phone.press("Bandingkan versi")
    assert "berubah: koefisien" in phone.text.lower()
    phone.show("e-budgeting/banding-versi", at="1.03.10")
    assert amounts("Rp2.500.000.000", "Rp2.000.000.000", "Rp500.000.000") <= amounts(phone.text)


def auditor_reads_both_trails(demo: Demo, phone: Screen) -> None:
    enter(phone, demo, PLANNING, "auditor")
    trail_of(phone, USULAN, who="bappeda")
    assert "Siapa bappeda (Verifikator Bappeda)" in phone.text
    assert ("Status", "Verifikasi Bappeda", "Diterima") in phone.rows()
    enter(phone, demo, BUDGETING, "auditor")
    trail_of(phone, LINE, who="opd")
    assert "Siapa opd (" in phone.text
    assert ("Koefisien 1", "12,5", "10") in phone.rows()
    assert ("Jumlah", "Rp2.500.000.000", "Rp2.000.000.000") in phone.rows()


def trail_of(phone: Screen, record: str, who: str) -> None:
    """Open the newest entry of one person about one record."""
    phone.open("/audit/")
    phone.unfold("Saringan lain")
    phone.fill(who=who, record=record)
    phone.press("Saring")
    first = next(path for path in phone.links("main table") if re.fullmatch(r"/audit/\d+/", path))
    phone.open(first)


@pytest.mark.pictures
def test_performance_is_read_from_planning_measured_with_evidence_and_verified(
    demo: Demo, phone: Screen, tmp_path: Path
) -> None:
    evidence = tmp_path / "rekap.pdf"
    evidence.write_bytes(b"%PDF-1.4\n%%EOF\n")
    enter(phone, demo, PERFORMANCE, "organisasi")
    phone.press("Pohon kinerja")
    phone.press("Ambil data")
    assert "Pohon kinerja diambil dari e-planning" in phone.text
    phone.press("Lihat gambar")
    assert "Program Penyelenggaraan Jalan" in phone.text
    enter(phone, demo, PERFORMANCE, "opd")
    phone.show("e-sakip/beranda")
    phone.press("Pengukuran")
    phone.press("Triwulan III")
    phone.press("Ukur")
    measured = phone.text
    phone.fill(realised="1,5", analysis="Pekerjaan bergeser karena hujan.")
    phone.show("e-sakip/ukur")
    phone.press("Simpan")
    phone.press("Kirim untuk diverifikasi", refused=True)
    assert "Bukti dukung belum ada" in phone.text
    phone.show("e-sakip/belum-dikirim")
    phone.fill(file=str(evidence))
    phone.press("Unggah bukti")
    phone.press("Kirim untuk diverifikasi")
    assert "Menunggu verifikasi" in phone.heading
    title = phone.heading.removeprefix("Triwulan III: ").removesuffix(" Menunggu verifikasi")
    assert title in measured
    enter(phone, demo, PERFORMANCE, "organisasi")
    phone.press("Pengukuran")
    phone.follow(title)
    phone.show("e-sakip/verifikasi", at="Bukti dukung")
    phone.press("Verifikasi")
    assert "Terverifikasi" in phone.heading
    enter(phone, demo, PERFORMANCE, "auditor")
    trail_of(phone, title, who="organisasi")
    assert ("Status", "Menunggu verifikasi", "Terverifikasi") in phone.rows()


@pytest.mark.parametrize(
    ("app", "name"), [(PLANNING, "bappeda"), (BUDGETING, "bpkad"), (PERFORMANCE, "organisasi")]
)
def test_every_kind_of_page_that_links_lead_to_is_fit_for_a_telephone(
    demo: Demo, phone: Screen, app: str, name: str
) -> None:
    enter(phone, demo, app, name)
    waiting, met = phone.links("body"), {"/#"}
    while waiting:
        path = waiting.pop(0)
        kind = re.sub(r"\d+", "N", path.partition("?")[0])
        if (
            kind in met
            or not kind.startswith("/")
            or kind.startswith("/lampiran/")
            or "/ekspor/" in kind
            or kind.endswith("/pdf/")
        ):
            continue
        met.add(kind)
        phone.open(path)
        waiting += phone.links("main")
    assert len(met) > 15, met
