"""Debian's chromium for tests of pages, and axe, which looks for what keeps people out."""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
)
PHONE = 360
PATIENCE_SECONDS = 30
FIRST_LOAD_LIMIT = 150_000
GRAVE = ("serious", "critical")
RUN_AXE = """
const done = arguments[arguments.length - 1];
axe.run(document, {resultTypes: ["violations"]}).then((found) => done(found.violations), (error) => done([{
  impact: "critical", id: "axe", help: String(error), nodes: []}]));
"""

SIZES = """
const kinds = ["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind));
return kinds.map((entry) => [entry.name, entry.encodedBodySize]);
"""


class Screens:
    """Mixed into a kit case with a StaticLiveServerTestCase: personas in a browser, and pages judged."""

    live_server_url: str

    def enter_as(self, driver: Chrome, username: str) -> None:
        """Give the browser a persona's session."""
        self.as_(username)  # type: ignore[attr-defined]
        driver.get(f"{self.live_server_url}/healthz")
        name = settings.SESSION_COOKIE_NAME
        cookie = self.client.cookies[name].value  # type: ignore[attr-defined]
        driver.add_cookie({"name": name, "value": cookie, "path": "/"})

    def look_at(self, driver: Chrome, path: str, width: int = PHONE) -> None:
        """Fail on a page that is large, wider than the screen, keeps people out, or breaks its own policy."""
        with self.subTest(path=path):  # type: ignore[attr-defined]
            size = first_load(driver, self.live_server_url + path)
            assert size < FIRST_LOAD_LIMIT, f"{size} bytes"
            assert [heading.text != "" for heading in driver.find_elements("tag name", "h1")] == [True]
            assert driver.execute_script("return document.documentElement.scrollWidth") <= width
            complaints = [entry["message"] for entry in driver.get_log("browser")]
            assert not [text for text in complaints if "Content Security Policy" in text]
            found = barriers(driver)
            assert not found, found


@contextmanager
def chromium(width: int) -> Iterator[Chrome]:
    """A browser of that width in pixels; below 600 it is a telephone."""
    from selenium import webdriver

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        driver = webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))
        screen = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        driver.implicitly_wait(10)  # a click may return before the next page is there
        try:
            yield driver
        finally:
            driver.quit()


def wait_for(driver: Chrome, holds: Callable[[Chrome], object]) -> None:
    """Wait until a page shows something; raises TimeoutException.

    A click may return while the old page still stands, and what was found on it goes stale as it is left; with no
    page between the two a script has no place to run in. None of that is an answer.
    """
    from selenium.common.exceptions import WebDriverException
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(driver, PATIENCE_SECONDS, 0.1, ignored_exceptions=[WebDriverException]).until(holds)


def barriers(driver: Chrome) -> list[str]:
    """Serious and critical findings of axe on the page that is shown, one line each."""
    driver.execute_cdp_cmd("Page.setBypassCSP", {"enabled": True})
    driver.execute_script(_axe())
    found: list[dict[str, Any]] = driver.execute_async_script(RUN_AXE)
    return [
        f"{rule['id']}: {rule['help']}: {', '.join(str(node['target']) for node in rule['nodes'][:5])}"
        for rule in found
        if rule["impact"] in GRAVE
    ]


def first_load(driver: Chrome, address: str) -> int:
    """Bytes of the page and all it fetches with an empty cache; raises AssertionError for foreign hosts."""
    driver.execute_cdp_cmd("Network.clearBrowserCache", {})
    driver.get(address)
    parts: list[list[Any]] = driver.execute_script(SIZES)
    origin = driver.execute_script("return location.origin")
    foreign = [name for name, _ in parts if not str(name).startswith(origin)]
    assert not foreign, f"the page fetches from elsewhere: {foreign}"
    return sum(int(size) for _, size in parts)


def _axe() -> str:
    """axe.min.js lies in a package whose code is not needed, nor what that would import."""
    found = importlib.util.find_spec("axe_playwright_python")
    assert found is not None, "axe is missing: make setup"
    assert found.submodule_search_locations
    return (Path(found.submodule_search_locations[0]) / "axe.min.js").read_text(encoding="utf-8")
