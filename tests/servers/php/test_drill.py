"""Backups of a Python app on PostgreSQL and of WordPress on MariaDB, drilled on their server while people write.

One machine serves the whole file: nothing of the people's is lost or refused, nothing of the drill's stays.
"""

from __future__ import annotations

import itertools
import json
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

import pytest

from tests.lab.lab import Lab
from tests.servers.php.browser import Browser
from tests.servers.php.office import Mentor, Region
from tests.servers.php.visits import WordPress, picture
from tests.servers.test_install import Office

pytestmark = [pytest.mark.lab, pytest.mark.thorough]

PLANNING, SITE = "e-planning", "wordpress"
ROOT = "/srv/semai"
KILLED = f"""
import os, signal, sys
sys.path.insert(0, {f"{ROOT}/bin/semai-host"!r})
from semai_host import cli, events
say, seen = events.Events.say, []
def deadly(self, event, **facts):
    say(self, event, **facts)
    seen.append((facts.get('step'), facts.get('app')))
    if seen[-1] == ('drill-login', {SITE!r}): os.kill(os.getpid(), signal.SIGKILL)
events.Events.say = deadly
cli.main(['--root', {ROOT!r}, 'backup', 'drill', {SITE!r}])
"""


@pytest.fixture(scope="module")
def region(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Region]:
    """Adopt one app of each of two mentors on a bare machine."""
    office, other = Office(tmp_path_factory.mktemp("office")), Office(tmp_path_factory.mktemp("other"))
    mentor = Mentor.start(other)
    shutil.rmtree(other.folder / "catalog" / "apps" / "dokuwiki")
    page = other.folder / "catalog" / "catalog.yml"
    page.write_text(page.read_text().replace("id: batang", "id: pekalongan"))
    mentor.publish()
    (machine,) = machines = lab.machines(1)
    machine.add_user("admin", sudo=True)
    office.semai("region", "new", "manggarai", "--code", "53.10", "--defaults", "--server", "--user", "admin")
    office.lead_to(machine, "admin")
    office.semai("mentor", "add", "batang", office.folder / "catalog", "--fingerprint", office.publish())
    office.semai("mentor", "add", "pekalongan", mentor.web, "--fingerprint", mentor.fingerprint)
    office.semai("catalog", "update")
    office.semai("add", PLANNING, "--yes")
    office.semai("add", SITE, "--yes", "--answer", "admin_email=humas@manggaraikab.go.id")
    office.semai("lock")
    office.semai("apply", "--yes")
    yield Region(office, machine)
    lab.discard(machines)


class Clerk:
    """Somebody at e-planning who logs in once, then changes the password again and again: each is written down."""

    def __init__(self, browser: Browser, password: str) -> None:
        self.browser = browser
        self.password = password
        self._send("/masuk/", username="admin", password=password)

    def write(self, number: int) -> None:
        new = f"sandi-panjang-{number}"
        self._send("/kata-sandi/", old=self.password, new=new, again=new)
        self.password = new

    def _send(self, path: str, **form: str) -> None:
        hidden = self.browser.get(path).fields()
        origin = {"Origin": f"https://{self.browser.name}", "Content-Type": "application/x-www-form-urlencoded"}
        said = self.browser.ask("POST", path, urlencode({**hidden, **form}).encode(), origin)
        assert said.status == 302, said.text[:2000]


@contextmanager
def people(region: Region) -> Iterator[Counter[str]]:
    """Have one person write at each app without pause; yields how often each was told that it is saved."""
    saved: Counter[str] = Counter()
    over = threading.Event()
    editor = WordPress(region.visitor(SITE))
    editor.log_in(region.secrets[SITE]["admin_password"])
    clerk = Clerk(region.visitor(PLANNING), region.secrets[PLANNING]["admin_password"])

    def go_on(app: str, write: Callable[[int], object]) -> None:
        for number in itertools.count():
            if over.is_set():
                return
            try:
                write(number)
                saved[app] += 1
            except Exception as error:
                saved[f"{app} failed: {error!r}"[:300]] += 1

    writers = {PLANNING: clerk.write, SITE: lambda number: editor.write(f"Berita {number}", "isi")}
    threads = [threading.Thread(target=go_on, args=item) for item in writers.items()]
    for thread in threads:
        thread.start()
    try:
        yield saved
    finally:
        over.set()
        for thread in threads:
            thread.join(60)


def psql(region: Region, database: str, query: str) -> str:
    return region.machine.run(f"runuser -u postgres -- psql -XAtq {database}", given=query.encode()).out.strip()


def maria(region: Region, query: str) -> str:
    return region.machine.run("mariadb -BN", given=query.encode()).out.strip()


def left(region: Region) -> list[str]:
    """Return what a drill has no right to leave."""
    tables = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    drills = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema LIKE '%drill%'"
    found = {
        "PostgreSQL": psql(region, "semai_e_planning__drill", tables),
        "MariaDB": maria(region, drills),
        "processes": region.machine.run(f"pgrep -c -f {ROOT}/[d]rill/ || true").out.strip(),
        "files": region.machine.run(f"ls {ROOT}/drill 2>/dev/null | wc -l").out.strip(),
    }
    return [f"{what}: {count}" for what, count in found.items() if count != "0"]


def test_both_are_proven_while_people_write_and_nothing_of_it_stays(region: Region) -> None:
    office = region.office
    editor = WordPress(region.visitor(SITE))
    editor.log_in(region.secrets[SITE]["admin_password"])
    editor.upload("lambang.png", picture(200))
    posts = int(maria(region, "SELECT COUNT(*) FROM semai_wordpress.wp_posts WHERE post_title LIKE 'Berita%'"))
    changes = "SELECT count(*) FROM auditlog_logentry"
    before = int(psql(region, "semai_e_planning", changes))
    with people(region) as saved:
        made = office.read("backup", "create", "--yes")
        found = office.read("backup", "drill", "--yes")
    assert set(saved) == {PLANNING, SITE}, saved
    assert int(psql(region, "semai_e_planning", changes)) >= before + saved[PLANNING]
    query = (
        "SELECT COUNT(*) FROM semai_wordpress.wp_posts WHERE post_title LIKE 'Berita%' AND post_status = 'publish'"
    )
    assert int(maria(region, query)) == posts + saved[SITE]

    assert found["verdict"] == "passed", json.dumps(found["apps"], indent=1)
    apps = {app["app"]: app for app in found["apps"]}
    planning, site = apps[PLANNING], apps[SITE]
    assert (planning["rows"]["exact"], planning["rows"]["result"]) == (True, "ok")
    assert planning["rows"]["tables"]["auditlog_logentry"]["found"] > before
    assert (planning["login"]["result"], planning["login"]["kind"]) == ("ok", "account")
    assert (site["rows"]["exact"], site["rows"]["result"], site["login"]["kind"]) == (False, "ok", "page")
    assert site["media"]["found"]["files"] >= 1
    assert {app["ran"]["of"] for app in apps.values()} == {"set"}
    assert {app["set"] for app in apps.values()} == {one["set"] for told in made.values() for one in told["sets"]}
    assert left(region) == []
    office.semai("plan", "--check")
    assert {app["drill"] for app in office.read("status")["apps"]} == {found["hosts"][0]["moment"]}


def test_drill_that_dies_is_cleaned_at_the_next_boot(region: Region) -> None:
    region.machine.line.run("python3 -", given=KILLED.encode(), timeout=300)
    drills = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'semai_wordpress__drill'"
    assert int(maria(region, drills)) > 5
    assert [what for what in left(region) if what.startswith("processes")]
    region.machine.power_cut()
    region.machine.start()
    assert left(region) == []
    assert region.visitor(SITE).get("/").status in (200, 302)


def test_server_without_the_database_of_drills_is_told_what_makes_it(region: Region) -> None:
    office = region.office
    psql(region, "postgres", "ALTER ROLE semai_e_planning__drill NOLOGIN")
    office.semai("backup", "drill", PLANNING, "--yes", "--to", office.folder / "failed", code=7)
    assert office.error == "drill-failed"
    (plain,) = (office.folder / "failed").glob("*.json")
    (app,) = json.loads(plain.read_text())["apps"]
    assert (app["verdict"], app["error"]["code"]) == ("failed", "drill-database-missing")
    psql(region, "postgres", "ALTER ROLE semai_e_planning__drill LOGIN")
    assert left(region) == []
