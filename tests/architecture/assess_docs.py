"""Write the generated parts of docs/kesiapan.id.md: what each finding of `semai assess` means, limits, systems.

Run as `python -m tests.architecture.assess_docs`. Only what stands between the markers is replaced.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Callable
from pathlib import Path

from semai.adapters.assess_rules import assess_rules
from semai.core.assessment.meanings_machine import LINE, RIGHTS, SYSTEM
from semai.core.assessment.meanings_services import APPS, NAMES, PLACES, SERVICES

PROJECT = Path(__file__).parents[2]
PAGE = PROJECT / "docs" / "kesiapan.id.md"
GROUPS = {
    "Jalur ke server": LINE,
    "Hak akses": RIGHTS,
    "Sistem dan perangkat keras": SYSTEM,
    "Program, paket, dan port": SERVICES,
    "Nama dan mentor": NAMES,
    "Aplikasi dan penempatan": {**APPS, **PLACES},
}
GRADES = {"bad": "menghalangi", "warn": "syarat", "note": "catatan"}
WORDS = {
    "cpus": "prosesor",
    "memory_mb": "memori (MB)",
    "root_free_mb": "bebas di / (MB)",
    "var_free_mb": "bebas di /var (MB)",
    "boot_free_mb": "bebas di /boot (MB)",
    "tmp_free_mb": "bebas di /tmp (MB)",
    "inodes_free_percent": "inode bebas (persen)",
}


def _spoken() -> Callable[[str], str]:
    locale = PROJECT / "installer" / "semai" / "locale"
    return gettext.translation("semai", locale, languages=["id"]).gettext


def _cell(text: str) -> str:
    return text.replace("{{", "{").replace("}}", "}").replace("|", "\\|")


def findings() -> str:
    """Return one table per group of findings."""
    speak, lines = _spoken(), []
    for title, group in GROUPS.items():
        lines += [f"### {title}", "", "| kode | tingkat | temuan | artinya | tindakan |", "|---|---|---|---|---|"]
        for code, meaning in group.items():
            fix = f"`{_cell(speak(meaning.fix))}`" + (f" ({meaning.reference})" if meaning.reference else "")
            cells = (
                f"`{code}`",
                GRADES[meaning.severity],
                _cell(speak(meaning.text)),
                _cell(speak(meaning.meaning)),
            )
            lines.append(f"| {' | '.join((*cells, fix))} |")
        lines.append("")
    return "\n".join(lines).rstrip()


def limits() -> str:
    """Return the table of limits."""
    lines = ["| ukuran | wajib | disarankan |", "|---|---|---|"]
    for name, limit in assess_rules().thresholds.limits:
        lines.append(f"| {WORDS[name]} | {limit.need:g} | {limit.advise:g} |")
    clock, line = assess_rules().thresholds.clock, assess_rules().thresholds.line
    lines.append(f"| selisih jam (detik, paling banyak) | {clock.refuse_seconds:g} | {clock.tolerate_seconds:g} |")
    lines.append(f"| satu pertanyaan lewat SSH (ms, paling lama) | – | {line.slow_ms:g} |")
    lines.append(f"| kecepatan kirim (MB per detik) | – | {line.slow_mb_s:g} |")
    return "\n".join(lines)


def systems() -> str:
    """Return the table of operating systems."""
    lines = ["| sistem | didukung | dukungan penuh sampai | pembaruan keamanan sampai |", "|---|---|---|---|"]
    for release in assess_rules().systems.systems.values():
        known = "ya" if release.supported else "tidak"
        lines.append(f"| {release.name} | {known} | {release.full_until} | {release.until} |")
    return "\n".join(lines)


def rendered(page: str) -> str:
    """Return the page with its generated parts as the source and data say."""
    for name, write in (("temuan", findings), ("batas", limits), ("sistem", systems)):
        pattern = re.compile(rf"(<!-- mulai {name} [^>]*-->\n).*?(<!-- selesai {name} -->)", re.DOTALL)
        text = write()
        page, count = pattern.subn(lambda found, text=text: f"{found[1]}\n{text}\n\n{found[2]}", page)
        assert count == 1, name
    return page


if __name__ == "__main__":
    PAGE.write_text(rendered(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
