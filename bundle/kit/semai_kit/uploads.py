"""Spreadsheets waiting between preview and confirmation: kept for a day under a name only one session knows."""

from __future__ import annotations

import re
import secrets
import time
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from semai_kit.refusals import Refused

KEEP_SECONDS = 24 * 3600
SESSION_KEY = "pending_uploads"
NAME = re.compile(r"^[0-9a-f]{40}$")


class UploadGone(Refused):
    """The file of this preview is no longer there."""

    status = 404


def keep(request: HttpRequest, content: bytes) -> str:
    """Store and return the token of the preview; old files of everybody are removed on the way."""
    _sweep()
    token = secrets.token_hex(20)
    (_folder() / token).write_bytes(content)
    request.session[SESSION_KEY] = [*request.session.get(SESSION_KEY, [])[-9:], token]
    return token


def content_of(request: HttpRequest, token: str) -> bytes:
    """The file of a preview of this session. Raises UploadGone."""
    if NAME.match(token) and token in request.session.get(SESSION_KEY, []):
        path = _folder() / token
        if path.is_file():
            return path.read_bytes()
    raise UploadGone(_("Berkas pratinjau ini sudah tidak ada. Unggah lagi."))


def discard(request: HttpRequest, token: str) -> None:
    request.session[SESSION_KEY] = [kept for kept in request.session.get(SESSION_KEY, []) if kept != token]
    if NAME.match(token):
        (_folder() / token).unlink(missing_ok=True)


def _folder() -> Path:
    folder = Path(settings.MEDIA_ROOT) / "imports"
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    return folder


def _sweep() -> None:
    limit = time.time() - KEEP_SECONDS
    for path in _folder().iterdir():
        if path.stat().st_mtime < limit:
            path.unlink(missing_ok=True)
