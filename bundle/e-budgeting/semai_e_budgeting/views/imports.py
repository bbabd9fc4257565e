"""Import of lines by spreadsheet: the kit reads, previews and confirms; here references, pagu and two modes."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as lazy
from semai_kit.languages import counted
from semai_kit.roles import require
from semai_kit.spreadsheets import CellError, SheetRow
from semai_kit.views import ImportPage

from ..services.importing import (
    ADD,
    REPLACE,
    SheetLine,
    effects_of,
    excess_sentence,
    import_lines,
    references_of,
    row_problems,
    sums_beyond,
)
from ..services.states import lock_message
from ..sheets import line_sheet
from .pages import InRka

MODE_PARAMETER, REPLACE_VALUE = "cara", "ganti"


class ImportLines(InRka, ImportPage):
    """`?cara=ganti` makes the RKA hold exactly the rows of the file; without it rows are added."""

    permission = "budget.edit"
    template_name = "semai_e_budgeting/import_lines.html"
    template_file_name = "templat-rincian-belanja"
    title = lazy("Impor rincian belanja")
    sheet = line_sheet()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            require(request.user, "budget.edit", agency=self.rka.agency)
        return super().dispatch(request, *args, **kwargs)

    @property
    def mode(self) -> str:
        return REPLACE if self.request.GET.get(MODE_PARAMETER) == REPLACE_VALUE else ADD

    def get_back_url(self) -> str:
        return self.rka_url()

    get_success_url = get_back_url

    def check(self, rows: Sequence[SheetRow]) -> list[CellError]:
        lines = [SheetLine.from_cells(row.values) for row in rows]
        known = references_of(self.rka, lines, self.mode)
        errors: list[CellError] = []
        sound: list[tuple[SheetRow, SheetLine]] = []
        for row, line in zip(rows, lines, strict=True):
            problems = row_problems(line, known)
            errors += [CellError(row.number, "", problem) for problem in problems]
            if not problems:
                sound.append((row, line))
        return errors + self.excesses(sound)

    def excesses(self, sound: list[tuple[SheetRow, SheetLine]]) -> list[CellError]:
        """Pagu belongs to a sum; it is reported on the last row of its sub kegiatan."""
        last = {line.sub_activity_code: row.number for row, line in sound}
        effects = effects_of(self.rka, [line for _row, line in sound], self.mode)
        over = [
            CellError(last[effect.item.sub_activity_code], "", excess_sentence(effect))
            for effect in effects
            if not effect.allowed and effect.item.sub_activity_code in last
        ]
        end = max(last.values(), default=0)
        return over or [CellError(end, "", said) for said in sums_beyond(self.rka, effects, self.mode)]

    def apply(self, rows: Sequence[SheetRow]) -> str:
        lines = [SheetLine.from_cells(row.values) for row in rows]
        count = import_lines(self.rka.pk, lines, self.mode, self.request.user)
        return counted("{count} rincian disimpan dari berkas.", count).format(count=count)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        reading = kwargs.get("reading")
        lines = [SheetLine.from_cells(row.values) for row in reading.rows] if reading else []
        effects = effects_of(self.rka, lines, self.mode) if reading and reading.ok else []
        own = {
            "rka": self.rka,
            "replacing": self.mode == REPLACE,
            "closed": lock_message(self.rka),
            "effects": effects,
        }
        return super().get_context_data(**kwargs | own)
