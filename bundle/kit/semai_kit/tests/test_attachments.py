"""Attachments: content decides, names are random, permission is the record's."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from semai_kit import attachments
from semai_kit.attachments import AttachmentRefused
from semai_kit.models import Agency, Attachment, FiscalYear
from semai_kit.testing import KitTestCase
from semai_kit.tests.garden.models import Plot

JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 100
PDF = b"%PDF-1.7\n" + b"x" * 100


class AttachTests(KitTestCase):
    @classmethod
    def make_personas(cls) -> None:
        cls.agency = Agency.objects.get(code="1.01")
        cls.persona("opd", "gardener", agency=cls.agency)
        cls.persona("lain", "gardener", agency=Agency.objects.get(code="1.02"))

    def setUp(self) -> None:
        self.plot = Plot.objects.create(name="P", agency=self.agency, fiscal_year=FiscalYear.objects.get())

    def attach(self, name: str, content: bytes, **options) -> Attachment:
        return attachments.attach(self.plot, SimpleUploadedFile(name, content), self.account("opd"), **options)

    def test_file_is_kept_under_a_random_name_outside_the_web_root(self) -> None:
        kept = self.attach("../../etc/foto lokasi.jpg", JPEG)
        path = attachments.path_of(kept)
        assert path.read_bytes() == JPEG
        assert path.parent == Path(settings.MEDIA_ROOT) / "attachments"
        assert "foto" not in path.name
        assert (kept.name, kept.size, kept.media_type) == ("foto lokasi.jpg", len(JPEG), "image/jpeg")
        assert list(attachments.of(self.plot)) == [kept]
        assert not list(path.parent.glob("*.part"))

    def test_content_decides_not_the_name(self) -> None:
        for name, content in (("a.jpg", b"<script>"), ("a.pdf", JPEG), ("a.svg", b"<svg/>"), ("a.jpg.exe", JPEG)):
            with pytest.raises(AttachmentRefused, match="tidak dikenali"):
                self.attach(name, content)
        assert not Attachment.objects.exists()

    def test_empty_and_too_large_files_are_refused(self) -> None:
        with pytest.raises(AttachmentRefused, match="kosong"):
            self.attach("a.pdf", b"")
        with pytest.raises(AttachmentRefused, match="paling besar"):
            self.attach("a.pdf", PDF + b"x" * 1000, limit=500)

    def test_photos_only_means_no_pdf(self) -> None:
        with pytest.raises(AttachmentRefused):
            self.attach("a.pdf", PDF, types=attachments.PHOTOS)

    def test_download_is_a_download_that_runs_nothing(self) -> None:
        kept = self.attach("berita acara.pdf", PDF)
        response = self.as_("opd").get(f"/lampiran/{kept.pk}/")
        assert b"".join(response.streaming_content) == PDF
        assert response["Content-Disposition"].startswith('attachment; filename="berita acara.pdf"')
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"

    def test_download_needs_the_permission_of_the_record(self) -> None:
        kept = self.attach("a.pdf", PDF)
        assert self.as_("lain").get(f"/lampiran/{kept.pk}/").status_code == 403
        self.client.logout()
        assert self.client.get(f"/lampiran/{kept.pk}/").status_code == 302

    def test_attachment_of_a_record_that_answers_nothing_is_denied(self) -> None:
        kept = attachments.attach(self.agency, SimpleUploadedFile("a.pdf", PDF), None)
        assert self.as_("opd").get(f"/lampiran/{kept.pk}/").status_code == 403

    def test_missing_file_is_not_found(self) -> None:
        kept = self.attach("a.pdf", PDF)
        attachments.path_of(kept).unlink()
        assert self.as_("opd").get(f"/lampiran/{kept.pk}/").status_code == 404
