"""Named states of an RKA and the check that it may be edited now."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from semai_kit.years import require_open

from ..errors import NotEditable
from ..models import Rka

REOPENED = "dibuka"
EDITABLE = frozenset({"draf", "kembali", REOPENED})
UNDER_REVIEW = frozenset({"dikirim", "asistensi", "tapd"})
SENT = "dikirim"
LOCKED = "kunci"


NOT_WITH_AGENCY = lazy(
    "RKA ini sedang diperiksa atau sudah terkunci, jadi rinciannya tidak dapat diubah. "
    "Rincian dapat diubah lagi bila RKA dikembalikan ke OPD, atau dibuka untuk pergeseran sesudah DPA terbit."
)


def lock_message(rka: Rka) -> str:
    """Why lines cannot be written now, or nothing."""
    if not rka.fiscal_year.is_open:
        return _("Tahun anggaran {year} sudah ditutup, jadi rincian tidak dapat diubah.").format(
            year=rka.fiscal_year.year
        )
    return "" if rka.state in EDITABLE else str(NOT_WITH_AGENCY)


def lock_for_edit(rka_id: int) -> Rka:
    """Row lock on the RKA, taken first by every write so that writers of one RKA queue up."""
    rka = Rka.objects.select_for_update(of=("self",)).select_related("agency", "fiscal_year").get(pk=rka_id)
    require_open(rka.fiscal_year)
    if rka.state not in EDITABLE:
        raise NotEditable(str(NOT_WITH_AGENCY))
    return rka
