"""Every form of a page is taken once, however often it is sent.

On a slow line people press a button again, or go back and send the same page once more. The second sending of the
same fields from the same page, as it was shown, waits for the first and leads where that one led. What was refused,
or only showed something, may be sent again.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.messages.storage.session import SessionStorage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from semai_kit.models import SentForm

TOKEN = "csrfmiddlewaretoken"  # noqa: S105 - differs with every page that is shown
REPEATABLE = frozenset({"kit:choose-year", "kit:language", "kit:logout"})  # the last press counts
KEPT = timedelta(days=1)
ABANDONED = timedelta(minutes=15)  # longer than any page works: its process was killed
PATIENCE_SECONDS = 10.0
_PAUSE_SECONDS = 0.1

Respond = Callable[[HttpRequest], HttpResponse]


class Messages(SessionStorage):
    """Django's messages, and whether this request was told that something could not be done."""

    refused = False

    def add(self, level: int, message: str, extra_tags: str = "") -> None:
        self.refused = self.refused or level >= messages.ERROR
        super().add(level, message, extra_tags)


class OnceMiddleware:
    """Stands before the sessions: who waited for the first sending finds all that its session holds."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.respond(request)
        if response.status_code in (302, 303) and not getattr(messages.get_messages(request), "refused", False):
            _keep(request, response["Location"])
        else:
            _drop(request)
        return response

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        if request.method != "POST" or TOKEN not in request.POST or not request.user.is_authenticated:
            return None
        if request.resolver_match.view_name in REPEATABLE:
            return None
        digest = _digest(request)
        deadline, waited = time.monotonic() + PATIENCE_SECONDS, False
        SentForm.objects.filter(sent_at__lt=timezone.now() - KEPT).delete()
        while not (first := _claim(request, digest)):
            if time.monotonic() > deadline:
                return _still_busy(request)
            time.sleep(_PAUSE_SECONDS)
            waited = True
        return _as_the_first(request, first, waited) if first.answer else None


def _digest(request: HttpRequest) -> str:
    """What was sent, from which page as it was shown, and to where; of files their names and sizes."""
    return hashlib.sha256(repr([request.path, *_fields(request)]).encode(errors="replace")).hexdigest()


def _fields(request: HttpRequest) -> Iterator[tuple[str, Any]]:
    yield from sorted(request.POST.lists())
    for name, files in sorted(request.FILES.lists()):
        yield name, [(file.name, file.size) for file in files]


def _claim(request: HttpRequest, digest: str) -> SentForm | None:
    """The sending that is now ours to work on, or the one that was answered; None while another works on it."""
    row, ours = SentForm.objects.get_or_create(digest=digest)
    if row.answer:
        return row
    if not ours and row.sent_at < timezone.now() - ABANDONED:
        left = SentForm.objects.filter(pk=row.pk, answer="", sent_at=row.sent_at)
        ours = bool(left.update(sent_at=timezone.now()))
    if not ours:
        return None
    request.sent_form = row
    return row


def _keep(request: HttpRequest, answer: str) -> None:
    if row := getattr(request, "sent_form", None):
        SentForm.objects.filter(pk=row.pk).update(answer=answer[:2000])


def _drop(request: HttpRequest) -> None:
    if row := getattr(request, "sent_form", None):
        SentForm.objects.filter(pk=row.pk).delete()


def _as_the_first(request: HttpRequest, first: SentForm, waited: bool) -> HttpResponse:
    """Lead where the first sending led. Who waited for it has not seen its message yet, and gets that one."""
    if not waited:
        at = timezone.localtime(first.sent_at)
        said = _("Formulir yang sama sudah diterima pukul {time} dan tidak diproses dua kali.")
        messages.info(request, said.format(time=f"{at:%H.%M}"))
    return redirect(first.answer)


def _still_busy(request: HttpRequest) -> HttpResponse:
    said = _("Formulir yang sama masih diproses. Tunggu sebentar, lalu lihat hasilnya sebelum mengirim lagi.")
    return render(request, "semai_kit/busy.html", {"message": said}, status=409)
