"""Two programs nobody here wrote, from a mentor's folder to people's browsers: adopted, used, updated, put back.

One machine serves all tests of this file; each finds what it needs by itself, whatever ran before it.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from tests.lab.lab import Lab
from tests.servers.php.browser import Browser
from tests.servers.php.office import Mentor, Region
from tests.servers.php.visits import DokuWiki, WordPress, picture
from tests.servers.test_install import Office

pytestmark = pytest.mark.lab

APPS = ("dokuwiki", "wordpress")
PEOPLE: dict[str, Callable[[Browser], WordPress | DokuWiki]] = {"wordpress": WordPress, "dokuwiki": DokuWiki}
FRONT = {"wordpress": "/", "dokuwiki": "/doku.php?id=start"}
MARK = "Rilis kedua"
FOOTER = f"<?php add_action('wp_footer', fn() => print('{MARK}'));\n"
SECOND = {
    "wordpress": ("6.1.10", {"wp-content/mu-plugins/kaki.php": FOOTER}),
    "dokuwiki": ("2022.7.32", {"lib/tpl/dokuwiki/footer.html": f"<p>{MARK}</p>\n"}),
}
# A migration that ruins what it finds and fails; one that ruins it for a release whose pages are broken.
RUIN_POSTS = """\
    $GLOBALS['wpdb']->query('DROP TABLE wp_posts');
    array_map('unlink', glob(__DIR__ . '/wp-content/uploads/*/*/*'));
    exit(3);
"""
RUIN_PAGES = "<?php array_map('unlink', glob(__DIR__ . '/data/{pages,media}/*.{txt,png}', GLOB_BRACE));\n"


@dataclass(frozen=True)
class Written:
    """What the administrator left at a site."""

    page: str
    words: str
    upload: str
    content: bytes


@dataclass
class Town:
    """The mentor, the region, and what was written at its sites."""

    mentor: Mentor
    region: Region
    written: dict[str, Written] = field(default_factory=dict)

    def password(self, app: str) -> str:
        return self.region.secrets[app]["admin_password"]

    def use(self, app: str) -> Written:
        """Log in, write a page and upload a picture, once."""
        if app not in self.written:
            person = PEOPLE[app](self.region.visitor(app))
            person.log_in(self.password(app))
            words, content = "Kantor tutup hari Senin", picture(200)
            self.written[app] = Written(
                person.write("pengumuman", words), words, person.upload("lambang.png", content), content
            )
        return self.written[app]

    def shows(self, app: str) -> bool:
        """Tell whether people find the page and the picture as they were left."""
        kept, visitor = self.use(app), self.region.visitor(app)
        return kept.words in visitor.get(kept.page).text and visitor.get(kept.upload).content == kept.content

    def front(self, app: str) -> str:
        page = self.region.visitor(app).get(FRONT[app])
        assert page.status == 200
        return page.text

    @contextmanager
    def asked_without_end(self, app: str, *paths: str) -> Iterator[Counter[int | str]]:
        """Have people ask for pages meanwhile; yields how often each status, or failure, was met."""
        met: Counter[int | str] = Counter()
        over = threading.Event()

        def ask(path: str) -> None:
            visitor = self.region.visitor(app)
            while not over.is_set():
                try:
                    met[visitor.get(path).status] += 1
                except OSError as error:
                    met[repr(error)] += 1

        people = [threading.Thread(target=ask, args=(path,)) for path in paths]
        for one in people:
            one.start()
        try:
            yield met
        finally:
            over.set()
            for one in people:
                one.join()

    def publish_second(self) -> None:
        """Publish a second release of both, once."""
        if not (self.mentor.office.folder / "catalog/apps/dokuwiki/2022.7.32.yml").exists():
            for app, change in (("wordpress", "migrate"), ("dokuwiki", "code")):
                version, files = SECOND[app]
                first = {"wordpress": "6.1.9", "dokuwiki": "2022.7.31"}[app]
                self.mentor.change(app, version, files, first, change)
            self.mentor.publish()


@pytest.fixture(scope="module")
def town(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Publish both, and adopt both on a bare machine."""
    office = Office(tmp_path_factory.mktemp("office"))
    mentor = Mentor.start(office)
    mentor.publish()
    machines = lab.machines(1)
    (machine,) = machines
    machine.add_user("admin", sudo=True)
    office.semai("region", "new", "manggarai", "--code", "53.10", "--defaults", "--server", "--user", "admin")
    office.lead_to(machine, "admin")
    office.semai("mentor", "add", "batang", mentor.web, "--fingerprint", mentor.fingerprint)
    office.semai("catalog", "update")
    for app in APPS:
        office.semai("add", app, "--yes", "--answer", "admin_email=humas@manggaraikab.go.id")
    office.semai("lock")
    planned = office.read("plan")
    assert [step["role"] for step in planned["steps"] if "role" in step] == [
        *("common", "mariadb", "hostctl", "backup", "php", "certificate", "nginx"),
    ]
    office.semai("apply", "--yes")
    yield Town(mentor, Region(office, machine))
    lab.discard(machines)


def test_a_second_apply_has_nothing_to_do(town: Town) -> None:
    assert town.region.office.read("apply", "--yes") == {"changed": False, "outcomes": []}
    town.region.office.semai("plan", "--check")


@pytest.mark.parametrize("app", APPS)
def test_the_administrator_logs_in_writes_and_uploads(town: Town, app: str) -> None:
    assert town.region.visitor(app).get("/").status in (200, 302)
    inside = {"wordpress": "wpadminbar", "dokuwiki": "do=admin"}[app]
    stranger = PEOPLE[app](town.region.visitor(app))
    assert inside not in stranger.log_in(f"{town.password(app)}x").text
    assert inside in PEOPLE[app](town.region.visitor(app)).log_in(town.password(app)).text
    assert town.shows(app)


@pytest.mark.parametrize(
    ("app", "paths"),
    [
        (
            "wordpress",
            (
                *("/wp-config.php", "/.git/HEAD", "/.env", "/wp-content/", "/wp-content/uploads/"),
                *(
                    "/wp-content/uploads/2026/shell.php",
                    "/wp-content/uploads/shell.PHP",
                    "/wp-content/uploads/a.phtml",
                ),
            ),
        ),
        (
            "dokuwiki",
            (
                *("/conf/local.php", "/conf/users.auth.php", "/conf/acl.auth.php", "/data/pages/pengumuman.txt"),
                *("/data/", "/data/shell.php", "/inc/init.php", "/bin/gittool.php", "/vendor/autoload.php"),
                *("/composer.json", "/.htaccess", "/.git/config"),
            ),
        ),
    ],
    ids=["wordpress", "dokuwiki"],
)
def test_what_is_not_for_people_is_not_served(town: Town, app: str, paths: tuple[str, ...]) -> None:
    folder = {"wordpress": "wp-content/uploads", "dokuwiki": "data"}[app]
    place = f"/srv/semai/apps/{app}/shared/data/{folder}"
    for name in ("2026/shell.php", "shell.php", "shell.PHP", "a.phtml"):
        town.region.machine.run(f"install -D -m 0644 /dev/stdin {place}/{name}", given=b"<?php echo 'owned';")
    met = {path: town.region.visitor(app).get(path) for path in paths}
    assert {path: page.status for path, page in met.items() if page.status not in (403, 404)} == {}
    assert [path for path, page in met.items() if re.search("owned|define\\(|superuser|bcrypt", page.text)] == []
    script = town.region.visitor(app).get("/semai-setup.php")
    assert (script.status, script.text) == (200, "")


@pytest.mark.parametrize("app", APPS)
def test_the_app_writes_where_its_manifest_says_and_nowhere_else(town: Town, app: str) -> None:
    town.use(app)
    home, user = f"/srv/semai/apps/{app}", f"semai-{app}"
    run = town.region.machine.run
    within = (
        f"nsenter -m -t $(systemctl show -P MainPID {user}.service) runuser -u {user} --"  # as its programs see it
    )
    passed_over = " -o ".join(f"-path {path} -prune" for path in ("/proc", "/sys", "/dev"))
    look = f"find / {home}/shared {home}/releases {passed_over} -o -writable ! -type l ! -type s -print"
    found = run(f"{within} {look} 2>/dev/null || true").out.splitlines()
    places = rf"({home}/shared/(data|tmp|sessions|media)|/tmp|/var/tmp)(/|$)"
    assert [path for path in found if not re.match(places, path)] == []
    assert any(path.startswith(f"{home}/shared/data/") for path in found)
    other = "dokuwiki" if app == "wordpress" else "wordpress"
    for place in (f"/srv/semai/apps/{other}/shared/env", f"/srv/semai/apps/{other}/shared/data/.", "/etc/shadow"):
        assert town.region.machine.line.run(f"runuser -u {user} -- cat {place}").err.endswith("Permission denied\n")
    security = run(f"systemd-analyze security --no-pager {user}.service").out
    assert float(re.findall(r"Overall exposure level for \S+: ([0-9.]+)", security)[0]) <= 2.0


def test_secrets_are_in_the_environment_alone(town: Town) -> None:
    for app in APPS:
        town.use(app)
    region, run = town.region, town.region.machine.line.run
    logs = "".join(path.read_text() for path in (region.office.folder / "state" / "runs").rglob("*.log"))
    for app in APPS:
        for name, secret in region.secrets[app].items():
            if not isinstance(secret, str) or len(secret) < 8:
                continue
            assert secret not in logs, name
            places = "/srv /etc /root /home /run /tmp /var/log /var/tmp /var/lib/systemd"
            found = run(f"grep -rlF -e '{secret}' {places} 2>/dev/null").out.split()
            home = f"/srv/semai/apps/{app}"
            allowed = (f"{home}/shared/env", f"{home}/kept/", f"{home}/restore-points/")
            assert [path for path in found if not path.startswith(allowed)] == [], name
            assert f"{home}/shared/env" in found
            said = run("journalctl --no-pager -o cat").out + run("ps axww -o args").out
            assert secret not in said, name
    for app in APPS:
        kept = run(f"stat -c '%a %U' /srv/semai/apps/{app}/shared/env /srv/semai/apps/{app}/kept").out.split("\n")
        assert kept[:2] == [f"600 semai-{app}", "700 root"]


def test_a_restart_loses_no_request(town: Town) -> None:
    town.use("wordpress")
    with town.asked_without_end("wordpress", "/", "/wp-login.php") as met:
        town.region.office.semai("service", "restart", "wordpress")
    assert set(met) == {200}


@pytest.fixture
def second(town: Town) -> Callable[[], None]:
    """A function that brings both sites to their second release, unless they run it."""

    def upgrade() -> None:
        if MARK not in town.front("wordpress"):
            for app in APPS:
                town.use(app)
            town.publish_second()
            town.region.upgrade()

    return upgrade


def test_an_update_keeps_what_people_wrote_and_one_of_code_loses_no_request(
    town: Town, second: Callable[[], None]
) -> None:
    with town.asked_without_end("dokuwiki", "/doku.php?id=start") as met:
        second()
    assert set(met) == {200}
    assert [app for app in APPS if MARK not in town.front(app)] == []
    assert [app for app in APPS if not town.shows(app)] == []
    for app in APPS:
        person = PEOPLE[app](town.region.visitor(app))
        person.log_in(town.password(app))
        assert "Rapat" in town.region.visitor(app).get(person.write("rapat", "Rapat hari Selasa")).text


def test_an_update_that_fails_is_put_back_with_its_data(town: Town, second: Callable[[], None]) -> None:
    second()
    setup = (town.mentor.tree("wordpress") / "semai-setup.php").read_text()
    there = "if (is_blog_installed()) {\n"
    assert there in setup
    town.mentor.change(
        "wordpress", "6.1.11", {"semai-setup.php": setup.replace(there, there + RUIN_POSTS)}, "6.1.10"
    )
    broken = {"doku.php": "<?php throw new Exception('rusak');\n", "semai-setup.php": RUIN_PAGES}
    town.mentor.change("dokuwiki", "2022.7.33", broken, "2022.7.32", patience=8)
    town.mentor.publish()
    town.region.upgrade(code=7)
    said = town.region.office.last[-1]
    assert ("exit code 3" in said, "HTTP 500" in said) == (True, True), said

    assert [app for app in APPS if MARK not in town.front(app)] == []
    assert [app for app in APPS if not town.shows(app)] == []
    running = {app["app"]: app for app in town.region.office.read("status")["apps"]}
    assert {app: running[app]["health"] for app in APPS} == dict.fromkeys(APPS, "ok")


def test_after_a_reboot_everything_is_back(town: Town) -> None:
    assert [app for app in APPS if not town.shows(app)] == []
    town.region.machine.reboot()
    assert [app for app in APPS if not town.shows(app)] == []
    timers = town.region.machine.run("systemctl list-timers --no-pager --all").out
    assert "semai-wordpress.cron.timer" in timers
