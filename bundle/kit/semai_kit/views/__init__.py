"""View bases for apps; import them from here. The kit's own pages are the other modules of this package."""

from semai_kit.views.bases import (
    DetailPage,
    FormPage,
    ListPage,
    PageTitle,
    SignedIn,
    TransitionPage,
    found,
    xlsx,
    year_of,
)
from semai_kit.views.documents import PdfPage
from semai_kit.views.imports import ImportPage

__all__ = [
    "DetailPage",
    "FormPage",
    "ImportPage",
    "ListPage",
    "PageTitle",
    "PdfPage",
    "SignedIn",
    "TransitionPage",
    "found",
    "xlsx",
    "year_of",
]
