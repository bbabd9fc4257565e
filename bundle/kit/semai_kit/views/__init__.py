"""View bases for apps (import from here) and the kit's own pages."""

from semai_kit.views.bases import (
    DetailPage,
    FormPage,
    ListPage,
    SignedIn,
    TransitionPage,
)

__all__ = ["DetailPage", "FormPage", "ListPage", "SignedIn", "TransitionPage"]
