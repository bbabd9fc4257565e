"""Why a write was refused. Every message is complete for its reader: what, which figures, what next."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _
from semai_kit.money import rupiah
from semai_kit.refusals import Refused


class PaguExceeded(Refused):
    def __init__(self, sub_activity: str, pagu: Decimal, after: Decimal) -> None:
        self.pagu = pagu
        self.after = after
        self.excess = after - pagu
        super().__init__(
            _(
                "Melebihi pagu {sub_activity}: pagu {pagu}, jumlah rincian menjadi {after}, "
                "kelebihan {excess}. Kurangi rincian atau minta perubahan pagu di e-planning."
            ).format(sub_activity=sub_activity, pagu=rupiah(pagu), after=rupiah(after), excess=rupiah(self.excess))
        )


class BeyondLimit(Refused):
    """A sum would pass a ceiling of KUA-PPAS, or the budget a pergeseran started from."""

    def __init__(self, sentences: Sequence[str]) -> None:
        self.sentences = tuple(sentences)
        super().__init__(" ".join(self.sentences))


class PriceAboveStandard(Refused):
    """A unit price passes its price standard, and nothing allows that."""


class NotEditable(Refused):
    """The RKA is not with the OPD, or its year is closed."""


class SendRefused(Refused):
    """The RKA cannot be sent; every problem at once."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(_("RKA belum dapat diteruskan. ") + " ".join(self.problems))


class WorkPlanInvalid(Refused):
    """The provider answered something that is not the contract planning.work-plan 1.0."""

    def __init__(self, where: str, problem: str) -> None:
        self.where = where
        super().__init__(
            _("Jawaban e-planning tidak sesuai perjanjian data pada {where}: {problem}.").format(
                where=where, problem=problem
            )
        )
