"""The certificate of a drill in a real browser: it opens without complaint, on a phone too, and can be printed."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.by import By
from semai.operations.drill import certify

from tests.core.test_certificate import APP, BAD, drilled
from tests.demo.pages import DESK, PHONE, screen
from tests.operations.region_world import World

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("app", "verdict"), [(APP, "Lulus"), ({**APP, **BAD}, "Gagal")])
def test_certificate_opens_without_errors_and_prints(tmp_path: Path, app: dict[str, Any], verdict: str) -> None:
    made = certify(World(tmp_path).files, drilled(app), None)
    assert made.html.parent.name == "certificates"
    assert made.html.stat().st_mode & 0o777 == made.plain.stat().st_mode & 0o777 == 0o644
    for width in (DESK, PHONE):
        with screen(width) as page:
            page.driver.get(made.html.as_uri())
            assert page.driver.find_element(By.CSS_SELECTOR, ".verdict strong").text == verdict.upper()
            assert made.content["digest"] in page.text
            assert page.driver.get_log("browser") == []
            loaded = page.driver.execute_script(
                "return performance.getEntriesByType('resource').map((e) => e.name)"
            )
            assert [name for name in loaded if not name.startswith("data:")] == []
            assert page.driver.execute_script("return document.documentElement.scrollWidth <= innerWidth")
            printed = base64.b64decode(page.driver.print_page())
            assert printed.startswith(b"%PDF-")
