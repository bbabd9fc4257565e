"""The configuration of an app under drill: other folder, other database, no peers; and what a drill compares."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from semai_host import drill_database, envfile
from semai_host.backups import comparison
from semai_host.backups.moved_files import Moving
from semai_host.drivers import supervisor
from semai_host.errors import HostError
from semai_host.events import Events
from semai_host.host import Host
from semai_host.layout import Layout
from semai_host.parts import Database
from semai_host.request import Request

NAME = "semai_situs"
SERVER = Database("mariadb", name=NAME, user=NAME, host="/run/mysqld/mysqld.sock", port=3306)
CONTRACTS = {
    "provides": {"a.b": {"version": "1.0", "consumers": {}}},
    "consumes": {"c.d": {"url": "http://10.0.0.1"}},
}


def app(root: Path):
    layout = Layout(str(root))
    return Host(layout, supervisor.SupervisorServices(layout.supervisor), Events("", None, None)).app("situs")


def request(**changes) -> Request:
    files = {path: {"sha256": "0" * 64, "mode": "0640"} for path in ("shared/env", "shared/config/wp-config.php")}
    raw = {
        "name": "situs", "mentor": "batang", "version": "1.0", "release": "1" * 64, "config": "2" * 64,
        "bind": "127.0.0.1:8101", "health": {"url": "http://127.0.0.1:8101/"}, "commands": {"serve": ["x"]},
        "files": {**files, "shared/logo.png": {"sha256": "0" * 64, "mode": "0644"}},
    }  # fmt: skip
    return Request.parse({**raw, **changes})


@pytest.fixture
def live(tmp_path):
    found = app(tmp_path)
    write(found, "shared/env", envfile.render({
        "DATABASE_PASSWORD": "p$",
        "DATABASE_URL": f"mysql://{NAME}@/{NAME}?x={NAME}2",
        "SEMAI_MEDIA": str(found.places.media),
        "OTHER": f"{tmp_path}/apps/situs-lain/shared {tmp_path}/apps/situs",
        "SEMAI_CONTRACTS": json.dumps(CONTRACTS),
    }))  # fmt: skip
    write(found, "shared/config/wp-config.php", f"define('DB_NAME', '{NAME}'); define('DB_USER', '{NAME}');")
    (found.places.shared / "logo.png").write_bytes(b"\xff\xfe\x00")
    return found


def write(found, path: str, text: str) -> None:
    target = found.places.folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)


def test_names_folders_passwords_and_peers_are_the_drills(live, tmp_path):
    drill = app(tmp_path / "drill")
    moving = Moving(live, drill, SERVER)
    assert moving.lay(request(), None) == []
    assert (moving.database.name, moving.database.user) == (f"{NAME}__drill", f"{NAME}__drill")
    found = envfile.parse(drill.places.env.read_text())
    assert found["DATABASE_URL"] == f"mysql://{NAME}__drill@/{NAME}__drill?x={NAME}2"
    assert found["DATABASE_PASSWORD"] == drill_database.password_of("p$") != "p$"
    assert found["SEMAI_MEDIA"] == f"{tmp_path}/drill/apps/situs/shared/media"
    assert found["OTHER"] == f"{tmp_path}/apps/situs-lain/shared {tmp_path}/drill/apps/situs"
    assert json.loads(found["SEMAI_CONTRACTS"]) == {**CONTRACTS, "consumes": {}}
    assert found["SEMAI_DRILL"] == "1"
    config = (drill.places.shared / "config" / "wp-config.php").read_text()
    assert config == f"define('DB_NAME', '{NAME}__drill'); define('DB_USER', '{NAME}__drill');"
    assert (drill.places.shared / "logo.png").read_bytes() == b"\xff\xfe\x00"


def test_what_the_set_has_comes_first_and_what_it_lacks_is_borrowed(live, tmp_path):
    kept = tmp_path / "kept"
    (kept / "shared" / "config").mkdir(parents=True)
    (kept / "shared" / "config" / "wp-config.php").write_text(f"of the set {NAME}")
    drill = app(tmp_path / "drill")
    assert Moving(live, drill, SERVER).lay(request(), kept) == ["shared/env", "shared/logo.png"]
    assert (drill.places.shared / "config" / "wp-config.php").read_text() == f"of the set {NAME}__drill"
    (kept / "shared" / "env").write_text(envfile.render({"SECRET_KEY": "of the set", "DATABASE_PASSWORD": "old"}))
    Moving(live, drill, SERVER).lay(request(), kept)
    found = envfile.parse(drill.places.env.read_text())
    assert (found["SECRET_KEY"], found["DATABASE_PASSWORD"]) == ("of the set", drill_database.password_of("p$"))


def test_configuration_that_names_no_database_is_refused(live, tmp_path):
    other = Database("postgresql", name="semai_lain", user="semai_lain", host="/run/postgresql", port=5432)
    with pytest.raises(HostError) as caught:
        Moving(live, app(tmp_path / "drill"), other).lay(request(), None)
    assert caught.value.code == "drill-database-unnamed"


def test_rows_are_compared_table_by_table():
    noted = {"rows": {"a": 3, "b": 5}, "rows_exact": False, "rows_earlier": {"b": 2}}
    found = comparison.rows(noted, {"a": 3, "b": 4})
    assert (found["result"], found["exact"]) == ("ok", False)
    assert found["tables"]["b"] == {"expected": 5, "found": 4, "right": True, "earlier": 2}
    for wrong in ({"a": 3, "b": 6}, {"a": 3, "b": 1}, {"a": 2, "b": 5}, {"a": 3}, {"a": 3, "b": 5, "c": 0}):
        assert comparison.rows(noted, wrong)["result"] == "failed"
    assert comparison.rows({"rows": None}, {"a": 1})["result"] == "not-counted"
    assert comparison.rows({"rows": None}, {})["result"] == "ok"


@pytest.mark.parametrize(
    "check",
    [
        {},
        {"command": ["x"], "path": "/a", "text": "b"},
        {"path": "/a"},
        {"path": "/a", "text": ""},
        {"path": "a", "text": "b"},
        {"command": ["../x"]},
        {"command": ["php", "x\n"]},
        "page",
    ],
)
def test_login_check_that_cannot_be_is_refused(check):
    with pytest.raises(HostError, match="login_check"):
        request(login_check=check)


@pytest.mark.parametrize("check", [None, {"command": ["x", "y"]}, {"path": "/wp-login.php", "text": "loginform"}])
def test_login_check_survives_the_way_to_the_host(check):
    made = request(login_check=check)
    assert Request.parse(made.as_dict()) == made
