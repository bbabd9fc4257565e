"""A person at a screen: opens pages, fills in, presses; and every page that comes is looked over.

`Screen` knows the kit's pages only by what is on them (names of fields, texts of buttons and links).
"""

from __future__ import annotations

import base64
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

from tests.demo.gallery import Gallery

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--lang=id",
    "--no-first-run",
)
PHONE, DESK = 360, 1280
SHOWN_HEIGHT = {PHONE: 720, DESK: 760}
SHARPNESS = {PHONE: 2, DESK: 1}  # pixels of a picture for one of the screen: telephones are shown in their own size
LARGEST_BYTES = 150_000
PATIENCE_SECONDS = 20
ENGLISH = re.compile(
    r"\b(the|and|is|are|this|with|please|submit|save|cancel|delete|password|login|logout|username|error|required|"
    r"invalid|search|next|previous|select|choose|upload|download|edit|user|page|created|updated|changed|true|false|"
    r"none|null|undefined|object|history|settings)\b",
    re.IGNORECASE,
)
TYPED_EARLY = "Autofocus processing was blocked"  # a field was filled in before the page got to its first one
COMPLETE = "return document.readyState === 'complete' && document.querySelector('footer') !== null"
LOOK = """
const all = (selector) => [...document.querySelectorAll(selector)];
const shown = (element) => element.outerHTML.slice(0, 160);
const named = (element) => element.labels?.length || element.ariaLabel || element.getAttribute("aria-labelledby");
const pictured = (element) => element.querySelector("img[alt]:not([alt=''])");
const said = (element) => element.textContent.trim() || element.ariaLabel || pictured(element);
const entries = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
const spilt = () => {
  const found = [], walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode, range = document.createRange(), place = text.parentElement;
    const box = place.closest(".table-frame:not(:has(.cards))") ? null : place.closest(".cards tr, .sheet, form");
    if (!box || !text.data.trim() || place.closest("thead, select, textarea, .visually-hidden")) continue;
    range.selectNodeContents(text);
    const edge = range.getBoundingClientRect();
    const past = edge.right - box.getBoundingClientRect().right;
    if (edge.width && past > 1 && place.checkVisibility()) found.push(text.data.trim());
  }
  return found;
};
const numbers = all("[id]").map((element) => element.id);
return {
  lang: document.documentElement.lang,
  headings: all("h1").map((heading) => heading.innerText),
  overflow: document.documentElement.scrollWidth - window.innerWidth,
  unlabelled: all("input:not([type=hidden], [hidden]), select, textarea").filter((e) => !named(e)).map(shown),
  spilt: spilt(),
  cut: all(".brand-app").filter((e) => {
    const line = parseFloat(getComputedStyle(e).lineHeight);
    return e.offsetHeight > 1.5 * line || e.scrollWidth > e.clientWidth + 1;
  }).map((e) => e.textContent),
  ways: all("main a[href], main button, nav a[href]").filter((e) => e.checkVisibility()).length,
  silent: all("a, button, summary").filter((e) => !said(e)).map(shown),
  doubled: numbers.filter((id, place) => numbers.indexOf(id) !== place),
  bytes: entries.reduce((sum, entry) => sum + entry.encodedBodySize, 0),
  text: document.body.textContent,
};
"""

VIEW = """
const [height, wanted] = arguments, main = document.querySelector("main");
const said = (element) => element.textContent.trim().replace(/\\s+/g, " ");
const heads = [...main.querySelectorAll("h2, h3, label, a")];
const head = wanted ? heads.find((element) => said(element).startsWith(wanted)) : main;
if (!head) return null;
const clear = getComputedStyle(document.querySelector(".top")).position === "sticky" ? 140 : 24;
const plain = new CSSStyleSheet();
plain.replaceSync("* { scrollbar-width: none; caret-color: transparent }");
document.adoptedStyleSheets.push(plain);
document.activeElement?.blur();
window.scrollTo(0, wanted ? head.getBoundingClientRect().top + window.scrollY - clear : 0);
const end = Math.min(height, main.lastElementChild.getBoundingClientRect().bottom + 16), words = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = document.createRange();
while (walker.nextNode()) {
  range.selectNodeContents(walker.currentNode);
  const box = range.getBoundingClientRect();
  if (box.width && box.top >= 0 && box.bottom <= end) words.push(said(walker.currentNode));
}
return {top: window.scrollY, height: Math.round(end), words: words.join(" ")};
"""


@contextmanager
def screen(
    width: int,
    saved: Path | None = None,
    gallery: Gallery | None = None,
    *,
    trusting: str = "",
    hosts: Mapping[str, str] | None = None,
) -> Iterator[Screen]:
    """Yield a fresh browser with a screen of this width.

    `saved` gets a picture of every page, `gallery` of those that the guides show.
    `trusting` is a certificate authority (PEM) it trusts besides the known ones; `hosts` maps names to addresses.
    """
    with TemporaryDirectory(prefix="sb-", ignore_cleanup_errors=True) as home:
        if trusting:
            _trust(Path(home), trusting)
        rules = ", ".join(f"MAP {name} {address}" for name, address in (hosts or {}).items())
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for flag in (
            *FLAGS,
            f"--user-data-dir={home}/profile",
            *([f"--host-resolver-rules={rules}"] if rules else []),
        ):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        service = webdriver.ChromeService("/usr/bin/chromedriver", env={**os.environ, "HOME": home})
        driver = webdriver.Chrome(options=options, service=service)
        size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width == PHONE}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        try:
            yield Screen(driver, width, saved, gallery)
        finally:
            driver.quit()


def _trust(home: Path, authority: str) -> None:
    """Put an authority where chromium looks for those of the person who runs it."""
    certificates = home / ".pki" / "nssdb"
    certificates.mkdir(parents=True)
    store = ["certutil", "-d", f"sql:{certificates}"]
    subprocess.run([*store, "-N", "--empty-password"], check=True)
    words = ["-A", "-n", "region", "-t", "C,,", "-a"]
    subprocess.run([*store, *words], input=authority, text=True, check=True)


class Screen:
    """One browser window."""

    def __init__(self, driver: webdriver.Chrome, width: int, saved: Path | None, gallery: Gallery | None) -> None:
        self.driver, self._width, self._saved, self._pictures = driver, width, saved, 0
        self._gallery = gallery
        # Between two pages a script may find no place to run in.
        self._wait = WebDriverWait(driver, PATIENCE_SECONDS, 0.05, ignored_exceptions=[WebDriverException])
        self.address = ""

    def enter(self, address: str, name: str, password: str) -> None:
        """Come as another person, who has never been here: no cookies, the login page, the first page."""
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        self.address = address
        self.open("/masuk/")  # the first page of an app may be public
        self.fill(username=name, password=password)
        self.press("Masuk")

    def open(self, path: str) -> None:
        self.driver.get(self.address + path)
        self._arrive()

    @property
    def path(self) -> str:
        return self.driver.current_url.removeprefix(self.address)

    @property
    def text(self) -> str:
        """What the page says, in one line."""
        return " ".join(self.driver.find_element(By.TAG_NAME, "body").text.split())

    @property
    def heading(self) -> str:
        return " ".join(self.driver.find_element(By.TAG_NAME, "h1").text.split())

    def fill(self, **values: str) -> None:
        """Type into fields by name, over what is there; dates as 2027-01-31."""
        for name, value in values.items():
            field = self.driver.find_element(By.NAME, name)
            if field.get_attribute("type") == "date":  # typed in parts, in an order that is the browser's
                self.driver.execute_script("arguments[0].value = arguments[1]", field, value)
                continue
            field.clear()
            field.send_keys(value)

    def choose(self, **values: str) -> None:
        """Choose the option that holds this text."""
        for name, text in values.items():
            field = Select(self.driver.find_element(By.NAME, name))
            field.select_by_visible_text(next(o.text for o in field.options if text in o.text))

    def tick(self, label: str) -> None:
        """Tick the box or button whose label holds this text."""
        for box in self.driver.find_elements(By.CSS_SELECTOR, "input[type=checkbox], input[type=radio]"):
            if (
                label
                in f"{box.get_attribute('aria-label')} {box.find_element(By.XPATH, 'ancestor::label[1]').text}"
            ):
                self._touch(box)
                return
        raise AssertionError(f"there is nothing to tick for {label!r} in {self.path}")

    def unfold(self, text: str) -> None:
        """Open what is folded under this text; the page stays."""
        self._touch(self._find("summary", text))

    def press(self, text: str, *, refused: bool = False) -> None:
        """Press the button or the link with this text and look the next page over; `refused` expects a no."""
        self._leave(self._find("button", text) if self._is_button(text) else self._find("a", text))
        self._arrive(refused=refused)

    def press_for(self, reason: str, text: str) -> None:
        """Take a step that needs a reason: unfold it, write, press."""
        self.unfold(f"{text}…")
        form = self._find("summary", f"{text}…").find_element(By.XPATH, "ancestor::form")
        form.find_element(By.TAG_NAME, "textarea").send_keys(reason)
        self._leave(form.find_element(By.TAG_NAME, "button"))
        self._arrive()

    def press_first(self, text: str) -> None:
        """Press the first button whose text begins so."""
        self._leave(self._find("button", text, whole=False))
        self._arrive()

    def follow(self, text: str) -> None:
        """Follow the link whose text begins so."""
        self._leave(self._find("a", text, whole=False))
        self._arrive()

    def take_up(self, waiting: str) -> None:
        """Go from the first page to what it says is waiting."""
        tasks = [task for task in self._all("a.task") if waiting in task.text]
        assert tasks, f"{waiting!r} is not among what waits: {self.text}"
        self._leave(tasks[0])
        self._arrive()

    def press_in_row(self, link: str, *holding: str) -> None:
        """Follow the link with this text in the row of a table that says all of this."""
        for row in self.driver.find_elements(By.CSS_SELECTOR, "main tbody tr"):
            found = [one for one in row.find_elements(By.TAG_NAME, "a") if one.text == link]
            if found and all(text in row.text for text in holding):
                self._leave(found[0])
                self._arrive()
                return
        raise AssertionError(f"no row of {self.path} has {link!r} and {holding}; it says: {self.text}")

    def listed(self, title: str) -> list[str]:
        """Return the entries of the list under this title, each in one line."""
        return [" ".join(entry.text.split()) for entry in self._entries(title)]

    def press_listed(self, title: str, text: str) -> None:
        """Follow the link of the entry that says this in the list under this title."""
        entry = next(one for one in self._entries(title) if " ".join(one.text.split()) == text)
        self._leave(entry.find_element(By.TAG_NAME, "a"))
        self._arrive()

    def attach(self, file: Path) -> None:
        """Choose a file to upload."""
        self.driver.find_element(By.CSS_SELECTOR, "input[type=file]").send_keys(str(file))

    def links(self, css: str) -> list[str]:
        """Paths of the links below a place of the page."""
        found = [str(link.get_attribute("href")) for link in self.driver.find_elements(By.CSS_SELECTOR, f"{css} a")]
        return list(dict.fromkeys(href.removeprefix(self.address) for href in found))

    def rows(self) -> list[tuple[str, ...]]:
        """Return what the cells of the page's tables say."""
        found = self.driver.find_elements(By.CSS_SELECTOR, "main tbody tr")
        return [tuple(cell.text for cell in row.find_elements(By.TAG_NAME, "td")) for row in found]

    def picture(self, file: Path) -> None:
        """Save the whole page as a picture."""
        shot: dict[str, Any] = self.driver.execute_cdp_cmd(
            "Page.captureScreenshot", {"captureBeyondViewport": True, "format": "png"}
        )
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(base64.b64decode(shot["data"]))

    def _entries(self, title: str) -> list[WebElement]:
        return self.driver.find_elements(By.XPATH, f"//main//section[h2='{title}']//li")

    def show(self, name: str, at: str = "") -> None:
        """Show the screen in the guides as `<app>/<name>`: the top of the page, or from the heading `at` on."""
        assert self._gallery, "this browser makes no pictures for the guides"
        view = self.driver.execute_script(VIEW, SHOWN_HEIGHT[self._width], at)
        assert view, f"nothing is headed {at!r} in {self.path}; it says: {self.text}"
        clip = {"x": 0, "y": view["top"], "width": self._width, "height": view["height"]}
        words = {"format": "png", "clip": {**clip, "scale": SHARPNESS[self._width]}}
        shot: dict[str, Any] = self.driver.execute_cdp_cmd("Page.captureScreenshot", words)
        self._gallery.keep(name, base64.b64decode(shot["data"]), view["words"])

    def _is_button(self, text: str) -> bool:
        return any(button.text == text for button in self._all("button"))

    def _all(self, tag: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, f"{tag}:not([aria-hidden=true])")

    def _find(self, tag: str, text: str, whole: bool = True) -> WebElement:
        for element in self._all(tag):
            said = " ".join(element.text.split())
            if said == text or (not whole and said.startswith(text)):
                return element
        for element in self.driver.find_elements(By.CSS_SELECTOR, f'{tag}[aria-label="{text}"]'):
            return element
        raise AssertionError(f"there is no <{tag}> {text!r} in {self.path}; it says: {self.text}")

    def _touch(self, element: WebElement) -> None:
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def _leave(self, element: WebElement) -> None:
        """Touch what leads to another page and wait until this one is gone."""
        self.driver.execute_script("window.stillHere = true")
        self._touch(element)
        self._wait.until(lambda driver: driver.execute_script("return !window.stillHere"))

    def _arrive(self, *, refused: bool = False) -> None:
        """Wait until the page is there and hold it to what every page must be."""
        self._wait.until(lambda driver: driver.execute_script(COMPLETE))
        if self._saved:
            self._pictures += 1
            name = re.sub(r"[^a-z0-9]+", "-", self.path.partition("?")[0].lower()).strip("-") or "beranda"
            self.picture(self._saved / f"{self._pictures:03d}-{name}.png")
        faults = list(self._faults(refused))
        assert faults == [], f"{self.path}: {faults}"

    def _faults(self, refused: bool) -> Iterator[str]:
        seen = self.driver.execute_script(LOOK)
        if seen["lang"] != "id":
            yield f"language {seen['lang']!r}"
        if len(seen["headings"]) != 1 or not seen["headings"][0].strip():
            yield f"headings {seen['headings']}"
        if seen["overflow"] > 0:
            yield f"{seen['overflow']} pixels wider than the screen"
        if seen["bytes"] > LARGEST_BYTES:
            yield f"{seen['bytes']} bytes at first load"
        yield from (f"the name of the app does not fit: {name}" for name in seen["cut"])
        if not seen["ways"]:
            yield "no way on"
        yield from (f"text leaves its card: {text}" for text in seen["spilt"])
        yield from (f"no label: {markup}" for markup in seen["unlabelled"])
        yield from (f"says nothing: {markup}" for markup in seen["silent"])
        yield from (f"id used twice: {name}" for name in seen["doubled"])
        yield from (f"English: {word}" for word in sorted(set(ENGLISH.findall(seen["text"]))))
        for entry in self.driver.get_log("browser"):  # type: ignore[no-untyped-call]
            message = str(entry["message"])
            own = message.startswith("chrome://")  # the browser's first empty page may still be loading
            if not own and TYPED_EARLY not in message and not (refused and "status of 422" in message):
                yield f"console: {message}"
