"""e-sakip: the DPA in a Perjanjian Kinerja, a measured quarter, the LKjIP, and e-budgeting off for a while."""

from __future__ import annotations

import re

from tests.demo.pages import Screen
from tests.demo.year.story import GRANTS, OPD, PERFORMANCE, Agreed, Story, amounts, of_rupiah, rupiah

HEAD = f"Kepala {OPD}"
CHANGED = f"{HEAD}, Perjanjian Kinerja Perubahan ke-1"
BRIDGES = "1.03.10"  # Program Penyelenggaraan Jalan
INDICATOR, REALISED = "Panjang jalan dalam kondisi baik", "450"
SPENT = 1_500_000_000
OFF = "e-budgeting belum dapat dihubungi"


def work_goes_on_while_budgeting_is_off(story: Story) -> None:
    """Fetching says since when figures are old; a quarter is measured meanwhile."""
    story.demo.ground.semai("service", "stop", "e-budgeting")
    phone = story.enter(PERFORMANCE, "organisasi")
    phone.press("Ambil data")
    phone.press("Anggaran")
    assert re.search(rf"{OFF}\. Yang dipakai salinan \d+ \w+ \d{{4}} \d\d\.\d\d; pekerjaan tetap bisa", phone.text)
    assert OPD not in phone.text
    phone = story.enter(GRANTS, "tapd")
    phone.press("Pagu")
    phone.press("Ambil dari e-budgeting")
    assert f"{OFF}. Yang dipakai salinan" in phone.text
    agency_measures(story)


def agency_measures(story: Story) -> None:
    phone = story.enter(PERFORMANCE, "opd")
    phone.show("e-sakip/beranda")
    phone.press("Pengukuran")
    phone.press("Triwulan III")
    phone.press(f"Ukur {INDICATOR}")
    phone.fill(realised=REALISED, analysis="Pekerjaan bergeser karena hujan.")
    phone.show("e-sakip/ukur")
    phone.press("Simpan")
    phone.press("Kirim untuk diverifikasi", refused=True)
    assert "Bukti dukung belum ada" in phone.text
    phone.show("e-sakip/belum-dikirim")
    phone.attach(story.paper("rekap.pdf"))
    phone.press("Unggah bukti")
    assert phone.heading == f"Triwulan III: {INDICATOR} Draf"


def figures_catch_up(story: Story, agreed: Agreed) -> None:
    """With e-budgeting back, the budget is that of the DPA and the warning is gone."""
    story.demo.ground.semai("service", "start", "e-budgeting")
    phone = story.enter(PERFORMANCE, "organisasi")
    phone.press("Ambil data")
    phone.press("Anggaran")
    assert OFF not in phone.text
    shown = {row[0].split()[0]: of_rupiah(row[1]) for row in phone.rows() if OPD in row[0]}
    assert shown == agreed.programs


def agreement_takes_the_budget_of_the_dpa(story: Story, agreed: Agreed) -> None:
    """The head's first agreement held no budget yet; its Perubahan holds that of the DPA, and nobody types it."""
    phone = story.enter(PERFORMANCE, "opd")
    phone.press("Perjanjian")
    phone.press_in_row(HEAD, "Ditandatangani")
    assert not amounts(phone.text)
    phone.press("Buat PK Perubahan")
    assert budget_of(phone) == agreed.programs
    phone.press("Ajukan ke atasan")
    phone = story.enter(PERFORMANCE, "kepala-daerah")
    phone.take_up("Perjanjian Kinerja menunggu persetujuan Anda")
    phone.press_in_row(CHANGED, "Diajukan ke atasan")
    phone.press("Setujui sebagai atasan")
    phone = story.enter(PERFORMANCE, "pejabat")
    phone.take_up("Perjanjian Kinerja untuk ditandatangani")
    phone.press_in_row(CHANGED, "Disetujui atasan")
    phone.press("Tandatangani")
    phone.fill(signed_on="2027-01-29")
    phone.press("Tandatangani")
    assert "Ditandatangani" in phone.heading
    phone.press("Cetak")
    assert budget_of(phone) == agreed.programs
    assert rupiah(agreed.total) in amounts(phone.text)
    phone.press("Kembali")


def budget_of(phone: Screen) -> dict[str, int]:
    """Program code -> rupiah, as an agreement's page says."""
    return {row[0].split()[0]: of_rupiah(row[1]) for row in phone.rows() if len(row) == 2}


def measurement_is_sent_and_verified(story: Story) -> None:
    phone = story.enter(PERFORMANCE, "opd")
    phone.take_up("Pengukuran untuk dilengkapi dan dikirim")
    take_measurement(phone, "Perlu dilengkapi dan dikirim")
    phone.press("Kirim untuk diverifikasi")
    assert "Menunggu verifikasi" in phone.heading
    phone = story.enter(PERFORMANCE, "organisasi")
    phone.take_up("Pengukuran untuk diverifikasi")
    take_measurement(phone, "Menunggu verifikasi")
    phone.show("e-sakip/verifikasi", at="Bukti dukung")
    phone.press("Verifikasi")
    assert "Terverifikasi" in phone.heading


def take_measurement(phone: Screen, pile: str) -> None:
    """Open what was measured in the third quarter from a list of what waits."""
    phone.press_listed(pile, next(one for one in phone.listed(pile) if f"{INDICATOR} Triwulan III" in one))


def agency_enters_what_was_spent(story: Story, agreed: Agreed) -> None:
    phone = story.enter(PERFORMANCE, "opd")
    phone.press("Anggaran")
    phone.press_in_row("Catat", BRIDGES)
    phone.choose(quarter="Triwulan III")
    phone.fill(spent=str(agreed.programs[BRIDGES] + 1))
    phone.press("Simpan", refused=True)
    assert f"melebihi anggaran program {rupiah(agreed.programs[BRIDGES])}" in phone.text
    phone.fill(spent=str(SPENT))
    phone.press("Simpan")


def report_is_drafted_from_it(story: Story, agreed: Agreed) -> None:
    """The draft of the LKjIP says what was measured, budgeted and spent."""
    phone = story.phone
    phone.press("Beranda")
    phone.take_up("Draf LKjIP untuk dilengkapi")
    phone.press(f"LKjIP {OPD}")
    assert f"Anggaran program {rupiah(agreed.total)}, terserap {rupiah(SPENT)}" in phone.text
    assert [row for row in phone.rows() if INDICATOR in row and REALISED in row]
    phone.press("Kirim untuk reviu APIP")
    assert "Reviu APIP" in phone.heading


def report_is_reviewed_and_final(story: Story, agreed: Agreed) -> None:
    """Inspektorat says what it found, Bagian Organisasi closes it; figures stay those that were reviewed."""
    phone = story.enter(PERFORMANCE, "inspektorat")
    phone.take_up("LKjIP untuk direviu")
    phone.press(f"LKjIP {OPD}")
    phone.press_for("Angka sesuai bukti dukung dan DPA.", "Nyatakan telah direviu")
    assert "Siap disampaikan" in phone.heading
    phone = story.enter(PERFORMANCE, "organisasi")
    phone.take_up("LKjIP untuk dinyatakan final")
    phone.press(f"LKjIP {OPD}")
    phone.press("Nyatakan final")
    assert "Final" in phone.heading
    assert f"Anggaran program {rupiah(agreed.total)}, terserap {rupiah(SPENT)}" in phone.text
