"""Fictitious content, entered through the app's own services by sample personas, so that it obeys every rule.

Takes the tree and the budget of the other sample apps; enters a small tree of its own where none is connected.
"""

from __future__ import annotations

from django.db import transaction
from semai_kit import sample, years

from ..models import Agreement, Indicator, Measurement, PerformanceNode
from ..services.fetching import SOURCES, TREE, bring, is_connected
from . import accountability, performance
from .people import engage


def load(password: str) -> str:
    """Create personas and content; a second run only renews the passwords. Raises SampleRefused."""
    sample.refuse_real(PerformanceNode, Indicator, Measurement, Agreement)
    year = years.default_year()
    if year is None:
        raise sample.SampleRefused("belum ada tahun anggaran; jalankan migrate dengan berkas daerah lebih dahulu")
    if Measurement.objects.exists():
        people = engage(password, year)
        return f"data contoh: sudah ada; masuk sebagai {', '.join(people.usernames)}"
    notes = [bring(source, year) for source in SOURCES if is_connected(source)]
    missing = "; ".join(f"{note.source.provider} belum menjawab" for note in notes if not note.reachable)
    if is_connected(TREE) and not PerformanceNode.objects.filter(fiscal_year=year).exists():
        engage(password, year)  # a tree of our own would later stand beside the published one
        return f"data contoh: akun saja; {missing or 'e-planning belum menerbitkan pohon'}"
    with transaction.atomic():
        people = engage(password, year)
        performance.enter(people, year)
        accountability.enter(people, year)
    counts = f"{Indicator.objects.count()} indikator, {Measurement.objects.count()} pengukuran"
    return f"data contoh: {counts}{f'; {missing}' if missing else ''}"
