"""The hook for a virus scanner: a command of the region that reads a file from its standard input.

`SCAN_COMMAND=clamdscan --no-summary -`: exit 0 is clean, 1 is infected, anything else means that it could not look,
and what could not be looked at is not taken either.
"""

from __future__ import annotations

import logging
import subprocess

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from semai_kit.refusals import Refused

LIMIT_SECONDS = 20
CLEAN, INFECTED = 0, 1
MARK = "semai_scanned"

log = logging.getLogger(__name__)


class ScanRefused(Refused):
    """The scanner found something, or did not answer."""


def scan(upload: UploadedFile) -> None:
    """Raise ScanRefused unless the region's scanner finds nothing; without a scanner nothing happens.

    A form does this before a transaction begins (semai_kit.forms.AttachmentField); a second call for the same
    upload costs nothing.
    """
    command = settings.SEMAI.scan_command
    if not command or getattr(upload, MARK, False):
        return
    upload.seek(0)
    status = _ask(command, upload.read())
    upload.seek(0)
    if status == INFECTED:
        log.error("the virus scanner refused an upload of %s bytes", upload.size)
        raise ScanRefused(_("Berkas ini ditolak pemeriksa virus."))
    if status != CLEAN:
        raise ScanRefused(
            _("Berkas belum dapat diperiksa dari virus. Coba lagi nanti; bila terulang, lapor pengelola.")
        )
    setattr(upload, MARK, True)


def _ask(command: tuple[str, ...], content: bytes) -> int:
    """Exit status of the scanner; -1 when it is missing or too slow. What it says goes to the log alone."""
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=LIMIT_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        log.error("the virus scanner did not answer: %s", error)
        return -1
    if done.returncode not in (CLEAN, INFECTED):
        said = (done.stderr or done.stdout).decode("utf-8", "replace").strip()
        log.error("the virus scanner failed with status %s: %s", done.returncode, said[:300])
    return done.returncode
