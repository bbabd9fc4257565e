"""A village's usulan on its way into the RKPD of the year."""

from __future__ import annotations

from tests.demo.pages import Screen
from tests.demo.year.story import OPD, PLANNING, SUB_ACTIVITY, USULAN, Story


def village_enters(story: Story) -> None:
    phone = story.enter(PLANNING, "desa")
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


def desks_verify(story: Story) -> None:
    for person, waiting, steps in (
        ("kecamatan", "Usulan baru untuk diverifikasi", ("Mulai verifikasi kecamatan", "Teruskan ke OPD")),
        ("opd", "Menunggu verifikasi OPD", ("Teruskan ke Bappeda",)),
        ("bappeda", "Menunggu keputusan Bappeda", ("Terima",)),
    ):
        phone = story.enter(PLANNING, person)
        phone.take_up(waiting)
        phone.press(USULAN)
        for step in steps:
            phone.press(step)
    phone.show("e-planning/riwayat-usulan", at="Riwayat")
    assert phone.heading == f"{USULAN} Diterima"


def agency_takes_it_into_its_work_plan(story: Story) -> None:
    phone = story.enter(PLANNING, "opd")
    phone.show("e-planning/beranda")
    phone.take_up("Renja yang belum diajukan")
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
    assert village_reads(story) == "Masuk Renja"


def bappeda_approves_every_work_plan(story: Story) -> None:
    phone = story.enter(PLANNING, "bappeda")
    phone.press("RKPD")
    for short_name in ("Disdikpora", "DPUPR"):
        phone.press(short_name)
        phone.press("Setujui dan kunci")
        assert "Disetujui (terkunci)" in phone.heading
        phone.press("RKPD")
    assert "Belum disetujui:" not in phone.text
    phone.press("Kirim untuk reviu APIP")
    assert "Reviu APIP" in phone.heading


def head_determines_the_rkpd(story: Story) -> None:
    phone = story.enter(PLANNING, "inspektorat")
    phone.take_up("RKPD menunggu reviu APIP")
    phone.press_for("Selaras dengan RPJMD.", "Nyatakan reviu selesai")
    phone = story.enter(PLANNING, "kepala-daerah")
    phone.take_up("RKPD menunggu penetapan")
    phone.press("Tetapkan RKPD")
    phone.fill(decree="Peraturan Bupati Nomor 21 Tahun 2026", enacted_on="2026-07-06")
    phone.press("Tetapkan")
    assert "Ditetapkan" in phone.heading
    assert village_reads(story) == "Masuk RKPD"


def bappeda_and_agency_follow_it(story: Story) -> None:
    """What was budgeted and built is marked, and the village reads it."""
    phone = story.enter(PLANNING, "bappeda")
    phone.take_up("Masuk RKPD, belum ditandai masuk APBD")
    phone.press(USULAN)
    phone.press("Tandai masuk APBD")
    assert village_reads(story) == "Masuk APBD"
    phone = story.enter(PLANNING, "opd")
    phone.take_up("Masuk APBD, belum ditandai terealisasi")
    phone.press(USULAN)
    phone.press_for("Jembatan sepanjang 10 meter selesai.", "Tandai terealisasi")
    assert village_reads(story) == "Realisasi"


def village_reads(story: Story) -> str:
    """The state of the usulan on the village's page."""
    phone = story.enter(PLANNING, "desa")
    find_usulan(phone)
    return phone.heading.removeprefix(f"{USULAN} ")


def find_usulan(phone: Screen) -> None:
    """Find the usulan in the list by its name."""
    phone.press("Usulan")
    phone.fill(cari=USULAN)
    phone.press("Saring")
    phone.press(USULAN)
