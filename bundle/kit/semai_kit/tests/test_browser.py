"""The kit's pages in chromium: no serious barrier (axe), nothing wider than a telephone, small on first load."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.testing import StaticLiveServerTestCase
from django.utils import timezone
from PIL import Image
from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from semai_kit import attachments, tokens
from semai_kit.models import Account, Agency, ApiToken, Attachment, FiscalYear, Official
from semai_kit.notifications import notify
from semai_kit.testing import PASSWORD, KitThreadsTestCase
from semai_kit.testing.browser import PHONE, Screens, barriers, chromium, first_load, wait_for
from semai_kit.tests.garden.models import Plot

DESK = 1200
CHOSEN = """
const field = document.querySelector("[name=photo]"), file = field.files[0];
return [file.name, file.size, field.form.getAttribute("aria-busy")];
"""
PRESS_TWICE = """
let sent = 0;
document.addEventListener("submit", (event) => {
  sent += event.defaultPrevented ? 0 : 1;
  event.preventDefault();
});
const button = document.querySelector("main form .form-buttons button");
button.click();
button.click();
return [sent, button.form.getAttribute("aria-busy")];
"""


@pytest.mark.browser
class BrowserTests(Screens, KitThreadsTestCase, StaticLiveServerTestCase):
    @classmethod
    def make_personas(cls) -> None:
        agency, year = Agency.objects.get(code="1.01"), FiscalYear.objects.get()
        cls.persona("admin", "administrator")
        cls.persona("admin", "gardener", agency=agency)
        for number in range(3):
            Plot.objects.create(name=f"Petak {number}", agency=agency, fiscal_year=year)
        Official.objects.create(title="Bupati", name="Yohana Contoh", valid_from=timezone.localdate())
        tokens.create_token(None, consumer="Portal", granted=["plots.read"])
        notify(Account.objects.filter(username="admin"), "Petak menunggu Anda", "/petak/", body="Dua petak.")

    def paths(self) -> list[str]:
        admin, token, plot = Account.objects.get(), ApiToken.objects.get(), Plot.objects.first()
        lists = ["/", "/akun/", "/audit/", "/tahun/", "/pejabat/", "/opd/perubahan/", "/token/", "/petak/"]
        own = ["/profil/", "/profil/sesi/", "/pemberitahuan/", "/kata-sandi/"]
        forms = [
            "/akun/baru/",
            "/pejabat/baru/",
            "/opd/perubahan/baru/",
            "/token/baru/",
            "/petak/baru/",
            "/petak/impor/",
        ]
        return [
            *lists,
            *own,
            *forms,
            f"/akun/{admin.pk}/",
            f"/akun/{admin.pk}/peran/",
            f"/token/{token.pk}/",
            f"/petak/{plot.pk}",
            "/tidak-ada/",
        ]

    def enter(self, driver: Chrome) -> None:
        driver.get(f"{self.live_server_url}/masuk/")
        driver.find_element(By.NAME, "username").send_keys("admin")
        driver.find_element(By.NAME, "password").send_keys(PASSWORD)
        driver.find_element(By.CSS_SELECTOR, "main form button").click()
        wait_for(driver, lambda page: page.get_cookie(settings.SESSION_COOKIE_NAME))

    def test_no_page_keeps_anybody_out_and_none_is_wider_than_the_screen(self) -> None:
        with chromium(PHONE) as driver:
            self.look_at(driver, "/masuk/")
            self.enter(driver)
            for path in self.paths():
                self.look_at(driver, path)
        with chromium(DESK) as driver:
            self.enter(driver)
            for path in ("/akun/", "/tahun/", "/petak/baru/"):
                self.look_at(driver, path, DESK)

    def test_a_barrier_is_seen(self) -> None:
        with chromium(PHONE) as driver:
            driver.get(f"{self.live_server_url}/masuk/")
            driver.execute_script("document.querySelector('label').remove()")
            assert [found.partition(":")[0] for found in barriers(driver)] == ["label"]

    def test_a_page_is_looked_at_though_chromium_goes_down(self) -> None:
        with chromium(PHONE) as driver:
            self.enter_as(driver, "admin")
            self.look_at(driver, "/akun/")
            with pytest.raises(WebDriverException, match="closed the connection"):
                driver.execute_cdp_cmd("Browser.crash", {})
            with pytest.warns(match="chromium went down"):
                self.look_at(driver, "/akun/baru/")
            assert driver.current_url.endswith("/akun/baru/")  # still as the administrator, not at the login

    def test_the_first_load_of_a_page_stays_below_150_kb(self) -> None:
        with chromium(PHONE) as driver:
            assert first_load(driver, f"{self.live_server_url}/masuk/") < 150_000
            self.enter(driver)
            for path in ("/akun/", "/audit/", "/petak/"):
                assert first_load(driver, self.live_server_url + path) < 150_000

    def test_menus_open_and_close_by_the_keyboard(self) -> None:
        with chromium(DESK) as driver:
            self.enter(driver)
            menu = driver.find_element(By.CSS_SELECTOR, "summary.avatar")
            menu.send_keys(Keys.ENTER)
            link = driver.find_element(By.LINK_TEXT, "Profil saya")
            assert link.is_displayed()
            link.send_keys(Keys.ESCAPE)
            assert not link.is_displayed()
            assert driver.switch_to.active_element == menu

    def test_photos_of_telephones_are_made_small_enough_to_be_sent(self) -> None:
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        photo, broken = folder / "IMG 0001.JPEG", folder / "rusak.jpg"
        turned = Image.Exif()
        turned[0x0112] = 6  # as a telephone that was held upright writes it
        Image.effect_noise((4000, 3000), 90).convert("RGB").save(photo, quality=97, exif=turned)
        broken.write_bytes(photo.read_bytes()[:1_500_000].replace(b"\xff\xc0", b"\xff\xc9"))
        assert photo.stat().st_size > 5_000_000
        with chromium(PHONE) as driver:
            self.enter(driver)
            driver.get(f"{self.live_server_url}/petak/baru/")
            field = driver.find_element(By.NAME, "photo")
            field.send_keys(str(broken))
            wait_for(driver, lambda page: page.execute_script(CHOSEN) == ["rusak.jpg", broken.stat().st_size, None])
            field.send_keys(str(photo))
            wait_for(driver, lambda page: page.execute_script(CHOSEN)[0] == "IMG 0001.jpg")
            driver.find_element(By.NAME, "name").send_keys("Petak berfoto")
            Select(driver.find_element(By.NAME, "agency")).select_by_index(1)
            driver.find_element(By.NAME, "cost").send_keys("1")
            driver.find_element(By.CSS_SELECTOR, "main form .form-buttons button").click()
            wait_for(driver, lambda page: page.current_url.endswith("/petak/"))
        kept = Attachment.objects.get()
        assert kept.media_type == "image/jpeg"
        with attachments.path_of(kept).open("rb") as content, Image.open(content) as drawn:
            assert drawn.size == (1800, 2400)

    def test_a_second_press_while_the_line_is_slow_sends_nothing(self) -> None:
        with chromium(PHONE) as driver:
            self.enter(driver)
            driver.get(f"{self.live_server_url}/petak/baru/")
            assert driver.execute_script(PRESS_TWICE) == [1, "true"]
            driver.get(f"{self.live_server_url}/petak/")
            driver.back()
            assert driver.execute_script("return document.querySelector('form[aria-busy]')") is None

    def test_pages_turn_english_by_the_keyboard_and_still_fit_a_telephone(self) -> None:
        with chromium(PHONE) as driver:
            self.enter(driver)
            driver.get(f"{self.live_server_url}/akun/?q=admin")
            driver.find_element(By.CSS_SELECTOR, "footer button[lang=en]").send_keys(Keys.ENTER)
            wait_for(driver, lambda page: page.find_element(By.TAG_NAME, "h1").text == "Accounts")
            assert driver.current_url.endswith("/akun/?q=admin")
            assert driver.find_element(By.TAG_NAME, "html").get_attribute("lang") == "en"
            for path in ("/akun/", "/profil/", "/petak/impor/"):
                self.look_at(driver, path)
