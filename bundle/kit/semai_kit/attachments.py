"""Files people attach: checked by content, stored under random names, deleted never, served by permission."""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from semai_kit import scanning
from semai_kit.models import Account, Attachment
from semai_kit.refusals import Refused
from semai_kit.roles import Denied

MEGABYTE = 1024 * 1024
HEAD = 16


class AttachmentRefused(Refused):
    """The file is too large, empty, or not of an accepted type."""


@dataclass(frozen=True)
class FileType:
    """A type people may upload: how its content starts and what its name ends with."""

    media_type: str
    endings: tuple[str, ...]
    signature: bytes
    offset: int = 0

    def matches(self, head: bytes, name: str) -> bool:
        return head[self.offset :].startswith(self.signature) and name.lower().endswith(self.endings)


JPEG = FileType("image/jpeg", (".jpg", ".jpeg"), b"\xff\xd8\xff")
PNG = FileType("image/png", (".png",), b"\x89PNG\r\n\x1a\n")
WEBP = FileType("image/webp", (".webp",), b"WEBP", offset=8)
PDF = FileType("application/pdf", (".pdf",), b"%PDF-")
PHOTOS = (JPEG, PNG, WEBP)
DOCUMENTS = (PDF, *PHOTOS)


@runtime_checkable
class GuardsAttachments(Protocol):
    """What a record with attachments implements: may this account read them?"""

    def may_view_attachments(self, account: Account) -> bool: ...


def check(upload: UploadedFile, *, types: tuple[FileType, ...] = DOCUMENTS, limit: int = 5 * MEGABYTE) -> FileType:
    """The type of an upload, after size, content and the region's virus scanner; raises as `attach` does."""
    head = _checked_head(upload, limit)
    name = _name(upload)
    kind = next((t for t in types if t.matches(head, name)), None)
    if kind is None:
        accepted = ", ".join(ending for t in types for ending in t.endings)
        raise AttachmentRefused(
            _("Isi berkas “{name}” tidak dikenali. Yang diterima: {accepted}.").format(name=name, accepted=accepted)
        )
    scanning.scan(upload)
    return kind


@transaction.atomic
def attach(
    record: models.Model,
    upload: UploadedFile,
    account: Account | None,
    *,
    types: tuple[FileType, ...] = DOCUMENTS,
    limit: int = 5 * MEGABYTE,
) -> Attachment:
    """Check and keep an upload. The caller checks that the account may change the record.

    Raises AttachmentRefused, ScanRefused. If the surrounding transaction fails, the file stays without a row.
    """
    kind = check(upload, types=types, limit=limit)
    stored = f"{secrets.token_hex(20)}{kind.endings[0]}"
    digest = _store(upload, _folder() / stored)
    return Attachment.objects.create(
        content_type=ContentType.objects.get_for_model(record),
        object_id=record.pk,
        file=stored,
        name=_name(upload),
        media_type=kind.media_type,
        size=upload.size,
        digest=digest,
        created_by=account,
    )


def of(record: models.Model) -> QuerySet[Attachment]:
    """Attachments of a record, oldest first."""
    kind = ContentType.objects.get_for_model(record)
    return Attachment.objects.filter(content_type=kind, object_id=record.pk)


def require_view(attachment: Attachment, account: Account) -> None:
    """Raise Denied unless the record says yes; a record that says nothing denies."""
    record = attachment.record
    if not isinstance(record, GuardsAttachments) or not record.may_view_attachments(account):
        raise Denied(_("Anda tidak berhak membuka lampiran ini."))


def path_of(attachment: Attachment) -> Path:
    return _folder() / attachment.file


def _folder() -> Path:
    folder = Path(settings.MEDIA_ROOT) / "attachments"
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    return folder


def _name(upload: UploadedFile) -> str:
    return Path(upload.name or "berkas").name[-160:]


def _checked_head(upload: UploadedFile, limit: int) -> bytes:
    if not upload.size:
        raise AttachmentRefused(_("Berkas kosong."))
    if upload.size > limit:
        raise AttachmentRefused(
            _("Berkas {size:.1f} MB; paling besar {limit:.0f} MB.").format(
                size=upload.size / MEGABYTE, limit=limit / MEGABYTE
            )
        )
    upload.seek(0)
    return upload.read(HEAD)


def _store(upload: UploadedFile, path: Path) -> str:
    """Write through a synced temporary file, so that a row never points at half a file; returns the SHA-256."""
    digest = hashlib.sha256()
    unfinished = path.with_suffix(".part")
    upload.seek(0)
    with unfinished.open("xb") as target:
        for chunk in upload.chunks():
            digest.update(chunk)
            target.write(chunk)
        target.flush()
        os.fsync(target.fileno())
    unfinished.chmod(0o640)
    unfinished.replace(path)
    return digest.hexdigest()
