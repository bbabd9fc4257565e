"""Downloads of attachments, after the record's own permission is checked; each leaves a row in the audit trail."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from semai_kit import attachments, audit
from semai_kit.models import Attachment


@require_GET
@login_required
def download(request: HttpRequest, pk: int) -> FileResponse:
    """Always a download, never shown in place: what people upload must not run under this address."""
    attachment = get_object_or_404(Attachment, pk=pk)
    attachments.require_view(attachment, request.user)
    path = attachments.path_of(attachment)
    if not path.is_file():
        raise Http404("attachment file is missing")
    audit.note(attachment, "membuka lampiran")
    response = FileResponse(
        path.open("rb"), as_attachment=True, filename=attachment.name, content_type=attachment.media_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
