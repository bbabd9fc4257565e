"""Upload of a spreadsheet: read, check every row, keep as a draft; a faulty file comes back with its errors marked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.forms import BaseForm
from django.http import HttpResponse
from semai_kit import spreadsheets
from semai_kit.views.bases import XLSX

from ..models import ImportDraft

SHOWN_ERRORS = 20


class SheetUpload:
    """Mix into a FormPage whose form has `file`; `keep` stores rows, `faults_of` finds what columns cannot."""

    sheet: ClassVar[spreadsheets.Sheet]
    reading: spreadsheets.Reading | None = None
