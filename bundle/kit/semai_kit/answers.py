"""Answers of provided contracts: JSON with an ETag over what matters, and 304 for who holds the same already."""

from __future__ import annotations

import hashlib

from django.http import HttpRequest, HttpResponse
from ninja import Schema

VOLATILE = frozenset({"generated_at"})


def tagged(request: HttpRequest, answer: Schema, volatile: frozenset[str] = VOLATILE) -> HttpResponse:
    """The answer as JSON, or 304 when If-None-Match names the same content; fields of `volatile` do not count."""
    content = answer.model_dump_json(exclude=set(volatile))
    etag = f'W/"{hashlib.sha256(content.encode()).hexdigest()[:32]}"'
    if etag in [tag.strip() for tag in request.headers.get("If-None-Match", "").split(",")]:
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(answer.model_dump_json(), content_type="application/json; charset=utf-8")
    response["ETag"] = etag
    return response
