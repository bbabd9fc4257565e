"""A page that answers with an official document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.utils.text import slugify
from django.views import View

from semai_kit import languages
from semai_kit.documents import Signatory, official_pdf
from semai_kit.models import Agency
from semai_kit.views.bases import SignedIn


class PdfPage(SignedIn, View):
    """GET downloads the PDF. Set `permission`, `document_template`, `title`; override the get_ methods that differ.

    The record's own permission is checked where it is fetched, as on every page.
    """

    http_method_names = ["get", "head"]
    document_template: ClassVar[str]
    title: ClassVar[str] = ""
    landscape: ClassVar[bool] = False

    def get_title(self) -> str:
        return self.title

    def get_context(self) -> dict[str, Any]:
        """Variables of the document's template."""
        return {}

    def get_signatories(self) -> Sequence[Signatory]:
        return ()

    def get_number(self) -> str:
        return ""

    def get_agency(self) -> Agency | None:
        """Whose letterhead; None is the region's."""
        return None

    def get_year(self) -> int | None:
        """The fiscal year printed under the title; None leaves the line out."""
        return None

    def get_options(self) -> dict[str, Any]:
        """Further arguments of `official_pdf`: place, on."""
        return {}

    def get_file_name(self) -> str:
        return slugify(f"{self.get_title()} {self.get_number()}") or "dokumen"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with languages.official():
            content = official_pdf(
                str(self.get_title()),
                self.document_template,
                self.get_context(),
                signatories=self.get_signatories(),
                number=self.get_number(),
                year=self.get_year(),
                agency=self.get_agency(),
                landscape=self.landscape,
                **self.get_options(),
            )
            name = self.get_file_name()
        response = HttpResponse(content, content_type="application/pdf")
        response["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
        return response
