"""Debian's chromium for tests of pages, and axe, which looks for what keeps people out."""

from __future__ import annotations

import importlib.util
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from selenium.common.exceptions import InvalidSessionIdException, WebDriverException
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.support.ui import WebDriverWait

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

    def enter_as(self, driver: Browser, username: str) -> None:
        """Give the browser a persona's session."""
        self.as_(username)  # type: ignore[attr-defined]
        driver.get(f"{self.live_server_url}/healthz")
        name = settings.SESSION_COOKIE_NAME
        cookie = self.client.cookies[name].value  # type: ignore[attr-defined]
        driver.add_cookie({"name": name, "value": cookie, "path": "/"})

    def look_at(self, driver: Browser, path: str, width: int = PHONE) -> None:
        """Fail on a page that is large, wider than the screen, keeps people out, or breaks its own policy."""
        with self.subTest(path=path):  # type: ignore[attr-defined]
            try:
                self._judge(driver, path, width)
            except InvalidSessionIdException:  # chromium itself went down; a page that brings it down does so again
                driver.begin_anew()
                self._judge(driver, path, width)

    def _judge(self, driver: Browser, path: str, width: int) -> None:
        size = first_load(driver, self.live_server_url + path)
        assert size < FIRST_LOAD_LIMIT, f"{size} bytes"
        assert [heading.text != "" for heading in driver.find_elements("tag name", "h1")] == [True]
        assert driver.execute_script("return document.documentElement.scrollWidth") <= width
        complaints = [entry["message"] for entry in driver.get_log("browser")]
        assert not [text for text in complaints if "Content Security Policy" in text]
        found = barriers(driver)
        assert not found, found


class Browser(Chrome):
    """Chromium of a width in pixels that can begin anew with the cookies it had when it opened its last page."""

    def __init__(self, profile: str, width: int) -> None:
        self._options = _options(profile)
        self._screen = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
        self._kept: list[dict[str, Any]] = []
        super().__init__(options=self._options, service=ChromeService("/usr/bin/chromedriver"))
        self._prepare()

    def get(self, url: str) -> None:
        """Open a page; raises WebDriverException."""
        self._kept = [
            {"name": cookie["name"], "value": cookie["value"], "url": url} for cookie in self.get_cookies()
        ]
        super().get(url)

    def begin_anew(self) -> None:
        """Start chromium again after it went down, and say so among the warnings of the tests."""
        warnings.warn("chromium went down and was started anew", stacklevel=2)
        self.start_session(self._options.to_capabilities())
        self._prepare()
        for cookie in self._kept:
            self.execute_cdp_cmd("Network.setCookie", cookie)

    def _prepare(self) -> None:
        self.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", self._screen)
        self.implicitly_wait(10)  # a click may return before the next page is there


def _options(profile: str) -> ChromeOptions:
    options = ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return options


@contextmanager
def chromium(width: int) -> Iterator[Browser]:
    """A browser of that width in pixels; below 600 it is a telephone."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        driver = Browser(profile, width)
        try:
            yield driver
        finally:
            driver.quit()


def wait_for(driver: Chrome, holds: Callable[[Chrome], object]) -> None:
    """Wait until a page shows something; raises TimeoutException.

    A click may return while the old page still stands, and what was found on it goes stale as it is left; with no
    page between the two a script has no place to run in. None of that is an answer.
    """
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
