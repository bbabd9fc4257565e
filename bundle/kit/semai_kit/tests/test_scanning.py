"""The virus scanner's hook: clean, infected, failing, slow and missing; and the field that asks it early."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings

from semai_kit import attachments, scanning
from semai_kit.models import Agency, Attachment, FiscalYear
from semai_kit.scanning import ScanRefused
from semai_kit.testing import KitTestCase, environment
from semai_kit.tests.garden.models import Plot

JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 100
BAD = JPEG + b"EICAR"
# Answers as clamdscan does, and counts how often it was asked.
SCANNER = """
import sys
content = sys.stdin.buffer.read()
open(sys.argv[1], "a").write("x")
sys.exit(b"EICAR" in content)
"""


@contextmanager
def scanner(*command: str) -> Iterator[None]:
    with override_settings(SEMAI=environment("garden", scan_command=command)):
        yield


class ScanTests(KitTestCase):
    @classmethod
    def make_personas(cls) -> None:
        cls.persona("kebun", "gardener", agency=Agency.objects.get(code="1.01"))

    @pytest.fixture(autouse=True)
    def _asked(self, tmp_path) -> None:
        self.asked = tmp_path / "asked"
        self.command = (sys.executable, "-c", SCANNER, str(self.asked))

    def attach(self, content: bytes) -> Attachment:
        plot = Plot.objects.create(name="P", agency=Agency.objects.first(), fiscal_year=FiscalYear.objects.get())
        return attachments.attach(plot, SimpleUploadedFile("foto.jpg", content), None)

    def test_clean_files_are_kept_whole_and_infected_ones_refused(self) -> None:
        with scanner(*self.command):
            kept = self.attach(JPEG)
            assert attachments.path_of(kept).read_bytes() == JPEG
            with pytest.raises(ScanRefused, match="ditolak pemeriksa virus"):
                self.attach(BAD)
        assert Attachment.objects.count() == 1

    def test_a_scanner_that_fails_or_is_missing_lets_nothing_in_and_the_log_says_why(self) -> None:
        for command, said in (
            ((sys.executable, "-c", "import sys; print('clamd is gone'); sys.exit(2)"), "status 2: clamd is gone"),
            (("/nonexistent/scanner",), "did not answer"),
        ):
            with self.subTest(said), scanner(*command), self.assertLogs("semai_kit.scanning", "ERROR") as logs:
                with pytest.raises(ScanRefused, match="belum dapat diperiksa"):
                    self.attach(JPEG)
                assert said in logs.output[0]
        assert not Attachment.objects.exists()

    def test_a_scanner_that_hangs_is_ended(self) -> None:
        self.addCleanup(setattr, scanning, "LIMIT_SECONDS", scanning.LIMIT_SECONDS)
        scanning.LIMIT_SECONDS = 0.3
        started = time.monotonic()
        with scanner("sleep", "60"), self.assertLogs("semai_kit.scanning", "ERROR"), pytest.raises(ScanRefused):
            self.attach(JPEG)
        assert time.monotonic() - started < 30

    def test_the_field_asks_before_the_service_and_once(self) -> None:
        client = self.as_("kebun")
        sent = {"name": "Baru", "agency": Agency.objects.get(code="1.01").pk, "cost": "0"}
        with scanner(*self.command):
            page = client.post("/petak/baru/", sent | {"photo": SimpleUploadedFile("foto.jpg", BAD)})
            assert "ditolak pemeriksa virus" in page.content.decode()
            assert not Plot.objects.exists()
            assert (
                client.post("/petak/baru/", sent | {"photo": SimpleUploadedFile("a.jpg", JPEG)}).status_code == 302
            )
        assert Attachment.objects.count() == 1
        assert self.asked.read_text() == "xx"

    def test_health_says_whether_uploads_are_scanned(self) -> None:
        assert self.client.get("/healthz").json()["scan"] == "off"
        with scanner("clamdscan", "-"):
            answer = self.client.get("/healthz")
        assert (answer.status_code, answer.json()["scan"]) == (200, "on")
