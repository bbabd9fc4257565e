"""Evidence of many records of one model at once."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.contenttypes.models import ContentType
from django.db import models
from semai_kit.models import Attachment


def evidence_of(records: Sequence[models.Model]) -> dict[int, tuple[Attachment, ...]]:
    """Record key -> its attachments, oldest first: one query (and one for the model's name, once)."""
    if not records:
        return {}
    kind = ContentType.objects.get_for_model(type(records[0]))
    found: dict[int, list[Attachment]] = {}
    keys = [record.pk for record in records]
    for attachment in Attachment.objects.filter(content_type=kind, object_id__in=keys).order_by("pk"):
        found.setdefault(attachment.object_id, []).append(attachment)
    return {key: tuple(files) for key, files in found.items()}
