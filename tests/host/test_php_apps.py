"""PHP apps through the host tool on a Debian machine: installed, asked over FastCGI, upgraded, undone, shut in."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.host.phprig import APPS, PASSWORD, ROOT, SOCKET, PhpHost, pack
from tests.lab.fixtures import lab
from tests.lab.image import DEBIAN_13

__all__ = ["lab"]
pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def host(lab):
    made = lab.machines(1, DEBIAN_13)
    yield PhpHost(made[0])
    lab.discard(made)


def wait_for(what, seconds: float = 20) -> Any:
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.2)
    return found


def config(database: dict[str, Any], greeting: str = "halo") -> str:
    dsn = f"mysql:unix_socket={SOCKET};dbname={database['name']};charset=utf8mb4"
    return f"<?php\n$config = ['dsn' => '{dsn}', 'user' => '{database['user']}', 'greeting' => '{greeting}'];\n"


class Plain:
    """The plain program as an app of a host."""

    def __init__(self, host: PhpHost, name: str) -> None:
        self.host = host
        self.name = name
        self.database = host.database(name)

    def release(self, version: str, greeting: str = "halo", files: dict[str, str] | None = None, **changes: Any):
        tree = pack(APPS / "plain", {"VERSION": version, **(files or {})})
        return self.host.request(
            self.name,
            version,
            tree,
            **{
                "database": self.database,
                "config": {"shared/config/config.php": config(self.database, greeting)},
                "php": {
                    "extensions": ["pdo_mysql", "gd"],
                    "version": ">=8.1,<9",
                    "writable": ["uploads"],
                    "workers": 3,
                    "settings": {"memory_limit": "96M"},
                    "links": {"config.php": "shared/config/config.php"},
                },
                "commands": {"migrate": ["php", "bin/migrate.php"], "after_install": [["@import", "schema.sql"]]},
                "health": {"path": "/", "timeout_seconds": 15, "text": '"release":"' + version},
                **changes,
            },
        )

    def upload(self, name: str) -> None:
        path = f"{self.host.places(self.name)}/shared/data/uploads/{name}"
        assert self.host.get(self.name, f"/write?to={path}") == {"written": True}


def test_a_plain_program_is_installed_upgraded_with_its_data_and_a_bad_upgrade_leaves_no_trace(host):
    app = Plain(host, "arsip")
    answer = host.activate(app.release("1.0"))
    assert answer["changed"] is True
    first = host.get("arsip")
    assert first == {
        "app": "arsip", "release": "1.0", "notes": ["from the seed"], "columns": ["id", "note"],
        "uploads": ["readme.txt"], "greeting": "halo",
    }  # fmt: skip
    state = host.state("arsip")
    assert (state["health"]["status"], state["health"]["release"], state["service"]["state"]) == (
        "ok",
        "1.0",
        "running",
    )

    host.get("arsip", "/visit?note=penting")
    app.upload("surat.txt")
    host.machine.run(f"echo mine > {host.places('arsip')}/shared/data/uploads/readme.txt")
    host.activate(
        app.release("2.0", files={"uploads/new.txt": "later", "uploads/readme.txt": "changed by the mentor"})
    )
    second = host.get("arsip")
    assert second["columns"] == ["id", "note", "since"]
    assert second["notes"] == ["from the seed", "penting"]
    assert second["uploads"] == ["new.txt", "readme.txt", "surat.txt"]
    assert host.machine.run(f"cat {host.places('arsip')}/shared/data/uploads/readme.txt").out == "mine\n"

    destroyed = host.activate(app.release("3.0", files={"DESTROYS": ""}), expect=1)["error"]
    assert (destroyed["code"], destroyed["step"], destroyed["undone"]) == ("command-failed", "migrate", True)
    assert destroyed["output"][-1] == "half of the migration is missing"
    assert host.get("arsip") == second
    assert host.root_sql("SELECT note FROM shouted ORDER BY id", app.database["name"]) == "FROM THE SEED\nPENTING\n"

    broken = host.activate(app.release("3.1", files={"BROKEN": ""}), expect=1)["error"]
    assert (broken["code"], broken["step"], broken["undone"]) == ("app-unhealthy", "trial", True)
    assert "HTTP 500" in broken["message"]
    assert host.get("arsip") == second
    host.get("arsip", "/visit?note=%20trimmed%20")
    assert host.get("arsip")["notes"][-1] == "trimmed"  # the trigger came back too
    left = host.machine.run(f"ls -A {host.places('arsip')}/releases {host.places('arsip')}/shared/php").out
    assert "3." not in left

    point = host.call("points", "arsip")["points"][0]
    lost = {(loss["of"], loss["now"], loss["then"]) for loss in point["differences"]}
    assert lost == {("visit", 3, 2), ("shared/data", 3, 2)}
    host.call("rollback", "arsip")
    back = host.get("arsip")
    assert (back["release"], back["columns"]) == ("1.0", ["id", "note"])
    assert (back["notes"], back["uploads"]) == (["from the seed", "penting"], ["readme.txt", "surat.txt"])


def test_configuration_changes_and_a_bad_one_is_taken_back(host):
    app = Plain(host, "konfig")
    host.activate(app.release("1.0"))
    host.activate(app.release("1.0", greeting="selamat pagi"))
    assert host.get("konfig")["greeting"] == "selamat pagi"
    bad = app.release("1.0", **{"config": {"shared/config/config.php": "<?php $config = ["}})
    assert host.activate(bad, expect=1)["error"]["undone"] is True
    assert host.get("konfig")["greeting"] == "selamat pagi"
    slow = config(app.database, "sudah dibaca").replace(
        "<?php", "<?php if (PHP_SAPI == 'cli') { sleep(4); exit(3); }"
    )
    with ThreadPoolExecutor(1) as beside:
        failing = beside.submit(
            host.activate, app.release("1.0", config={"shared/config/config.php": slow}), expect=1
        )
        wait_for(lambda: host.get("konfig")["greeting"] == "sudah dibaca")  # the app that runs has it in its cache
        assert failing.result()["error"]["step"] == "migrate"
    assert host.get("konfig")["greeting"] == "selamat pagi"  # at once, not when the cache looks again
    host.activate(
        app.release("1.0", greeting="selamat pagi", **{"health": {"path": "/old-address", "status": 302}})
    )
    assert host.state("konfig")["health"]["detail"] == "HTTP 302"


def test_php_sees_only_what_it_shall_and_writes_only_where_declared(host):
    app = Plain(host, "pagar")
    host.activate(app.release("1.0"))
    places = host.places("pagar")
    written = {
        path: host.get("pagar", f"/write?to={path}")["written"]
        for path in (
            f"{places}/shared/data/uploads/x.txt",
            f"{places}/shared/tmp/x",
            f"{places}/current/tree/x.php",
            f"{places}/current/tree/index.php",
            f"{places}/shared/config/config.php",
            f"{places}/shared/x",
            f"{places}/shared/php/x",
            "/tmp/x",
            "/dev/shm/x",
        )
    }
    assert [path for path, done in written.items() if done] == list(written)[:2]
    for path in (
        "/etc/passwd",
        f"{ROOT}/store",
        f"{places}/shared/env",
        "/proc/self/environ",
        f"{ROOT}/receipts/pagar.json",
    ):
        assert host.get("pagar", f"/read?from={path}") == {"content": False}, path
    seen = host.get("pagar", "/settings")
    assert seen["user"] == "semai-pagar"
    assert seen["env"]["DATABASE_PASSWORD"] == PASSWORD
    ours = {
        "DATABASE_PASSWORD",
        "SEMAI_BASE_URL",
        "SEMAI_APP",
        "SEMAI_RELEASE",
        "PATH",
        "HOME",
        "LANG",
        "TMPDIR",
        "PHPRC",
    }
    of_the_request = (
        "HTTP",
        "SERVER_",
        "REQUEST_",
        "REMOTE_",
        "SCRIPT_",
        "DOCUMENT_",
        "CONTENT_",
        "PATH_INFO",
        "QUERY_",
    )
    rest = {name for name in seen["env"] if not name.startswith(of_the_request)} - ours
    assert rest == {"FCGI_ROLE", "GATEWAY_INTERFACE", "REDIRECT_STATUS", "USER"}
    ini = seen["ini"]
    assert (ini["memory_limit"], ini["expose_php"], ini["allow_url_include"], ini["display_errors"]) == (
        "96M",
        "0",
        "0",
        "0",
    )
    assert "a line for the log of the app" in host.log("pagar")
    assert PASSWORD not in host.machine.run(f"cat {places}/shared/php/*/*; ps -eo args").out
    exposure = host.machine.run("systemd-analyze --no-pager security semai-pagar.service | tail -1").out
    assert float(exposure.split(": ")[1].split()[0]) <= 2.0, exposure


def test_sessions_outlive_a_restart_and_requests_under_way_are_answered(host):
    app = Plain(host, "sesi")
    host.activate(app.release("1.0"))
    _, headers, text = host.ask("sesi", "/session")
    assert json.loads(text)["temp"] == f"{host.places('sesi')}/shared/tmp"
    cookie = headers["set-cookie"].partition(";")[0]
    socket_before = host.machine.run("stat -c %i /run/semai/sesi.sock").out
    script = (
        "import json, os, subprocess, sys, threading, time\n"
        "sys.path.insert(0, '/srv/semai/bin/semai-host')\n"
        "from semai_host import fastcgi\n"
        "said, stop = [], threading.Event()\n"
        "def visit():\n"
        "    while not stop.is_set():\n"
        "        root = os.path.realpath('/srv/semai/apps/sesi/current/tree')\n"
        "        asked = fastcgi.get(root + '/index.php', root, '/slow?ms=150', '/index.php')\n"
        "        try:\n"
        "            reply = fastcgi.ask('/run/semai/sesi.sock', asked, 30)\n"
        "            said.append([reply.status, json.loads(reply.body)['release']])\n"
        "        except (OSError, ValueError) as error:\n"
        "            said.append([0, repr(error)])\n"
        "threads = [threading.Thread(target=visit) for _ in range(3)]\n"
        "[thread.start() for thread in threads]\n"
        "time.sleep(0.5)\n"
        "ended = [subprocess.run(words, capture_output=True, text=True) for words in json.load(sys.stdin)]\n"
        "time.sleep(0.5); stop.set(); [thread.join() for thread in threads]\n"
        "print(json.dumps([[run.returncode for run in ended], said, [run.stdout[-900:] for run in ended]]))\n"
    )
    host.machine.put("/root/visitors.py", script.encode())
    host.machine.put("/root/next.json", json.dumps(app.release("1.1", change="code")).encode())
    tool = [f"{ROOT}/bin/semai-host", "--root", ROOT]
    orders = [[*tool, "service", "restart", "sesi"], [*tool, "activate", "/root/next.json"]]
    codes, said, output = json.loads(
        host.machine.run("python3 /root/visitors.py", given=json.dumps(orders).encode()).out
    )
    assert codes == [0, 0], output
    assert {status for status, _ in said} == {200}, [entry for entry in said if entry[0] != 200]
    assert {release for _, release in said} == {"1.0", "1.1"}
    assert host.machine.run("stat -c %i /run/semai/sesi.sock").out == socket_before
    _, _, text = host.ask("sesi", "/session", HTTP_COOKIE=cookie)
    assert json.loads(text)["seen"] == 2


def test_the_page_answers_on_the_socket_while_the_app_is_away(host):
    app = Plain(host, "tutup")
    host.activate(app.release("1.0"))
    host.call("maintenance", "on", "tutup")
    status, headers, text = host.ask("tutup", "/any", method="POST", body="x" * 100_000)
    assert (status, headers["retry-after"]) == (503, "120")
    assert "Sedang dipelihara" in text
    host.call("maintenance", "off", "tutup")
    assert host.get("tutup")["release"] == "1.0"


def test_what_a_host_lacks_is_named_and_a_failed_install_leaves_nothing(host):
    app = Plain(host, "gagal")
    request = app.release("1.0")
    request["php"]["extensions"] = ["pdo_mysql", "imagick", "oci8"]
    assert "lacks imagick, oci8" in host.activate(request, expect=1)["error"]["message"]
    request = app.release("1.0")
    request["php"]["version"] = ">=7.0,<8"
    assert host.activate(request, expect=1)["error"]["code"] == "php-missing"
    request = app.release("1.0", files={"schema.sql": "CREATE TABLE visit (x INT);\nbroken;\n"})
    assert "near 'broken'" in host.activate(request, expect=1)["error"]["message"]
    request = app.release("1.0")
    request["php"]["settings"] = {"open_basedir": "/"}
    assert "cannot be changed" in host.activate(request, expect=1)["error"]["message"]
    left = host.machine.run(f"ls -A {host.places('gagal')} 2>&1 || true; id semai-gagal 2>&1 || true").out
    assert left.count("o such") == 2, left
    assert host.root_sql("SHOW TABLES", app.database["name"]) == ""
    host.activate(app.release("1.0"))
    kept = host.call("remove", "gagal")["restore_point"]
    files = host.machine.run(f"cd {kept} && find . -type f").out
    assert "./data/uploads/readme.txt" in files
    assert "./database.sql.gz" in files


def codeigniter(database: dict[str, Any]) -> str:
    return (
        "<?php defined('BASEPATH') or exit('No direct script access allowed');\n"
        "$db['default'] = array('hostname' => 'localhost', 'username' => '" + database["user"] + "',"
        " 'password' => getenv('DATABASE_PASSWORD'), 'database' => '" + database["name"] + "',"
        " 'dbdriver' => 'mysqli', 'char_set' => 'utf8mb4');\n"
    )


def test_a_tree_of_codeigniters_shape_runs_as_it_is(host):
    database = host.database("surat")
    request = host.request(
        "surat",
        "1.0",
        pack(APPS / "codeigniter"),
        database=database,
        config={"shared/config/application/config/database.php": codeigniter(database)},
        php={
            "extensions": ["mysqli"],
            "writable": ["application/cache", "application/logs"],
            "links": {"application/config/database.php": "shared/config/application/config/database.php"},
        },
        commands={"after_install": [["@import", "surat.sql"]]},
        health={"path": "/", "text": "Agenda Surat", "timeout_seconds": 15},
    )
    host.activate(request)
    assert host.ask("surat", "/surat/tambah/002-SETDA")[2] == "2"
    status, _, text = host.ask("surat", "/surat")
    assert status == 200
    assert '<a href="https://surat.example.go.id">001/SETDA/2026 002-SETDA</a>' in text
    assert host.ask("surat", "/tidakada")[0] == 404
    data = f"{host.places('surat')}/shared/data/application"
    assert host.machine.run(f"ls {data}/cache {data}/logs").out.count("log-20") == 1
    assert host.machine.run(
        f"readlink -f {host.places('surat')}/current/tree/application/config/database.php"
    ).out.endswith("/shared/config/application/config/database.php\n")


def test_a_tree_of_laravels_shape_runs_with_artisan_queue_and_schedule(host):
    database = host.database("layanan")
    env = f'APP_NAME="Layanan Warga"\nDB_SOCKET={SOCKET}\n'
    env += f"DB_DATABASE={database['name']}\nDB_USERNAME={database['user']}\n"

    def release(version: str, **files: str) -> dict[str, Any]:
        return host.request(
            "layanan",
            version,
            pack(APPS / "laravel", files),
            database=database,
            config={"shared/config/dot-env": env},
            php={
                "root": "public",
                "extensions": ["pdo_mysql"],
                "writable": ["storage", "bootstrap/cache"],
                "links": {".env": "shared/config/dot-env"},
                "settings": {"memory_limit": "64M"},
            },
            commands={
                "migrate": ["php", "artisan", "migrate", "--force"],
                "after_install": [["php", "artisan", "db:seed"], ["php", "artisan", "config:cache"]],
            },
            workers=[{"name": "queue", "command": ["php", "artisan", "queue:work"]}],
            timers=[{"name": "schedule", "command": ["php", "artisan", "schedule:run"], "calendar": "*:*:0/2"}],
            health={"path": "/", "text": "Layanan Warga", "timeout_seconds": 15},
        )

    host.activate(release("1.0"))
    page = host.get("layanan", "/", "public")
    assert (page["name"], page["url"], page["users"]) == (
        "Layanan Warga",
        "https://layanan.example.go.id",
        ["admin"],
    )
    host.get("layanan", "/queue?payload=kirim-surel", "public")
    wait_for(lambda: {"kirim-surel", "schedule"} <= set(host.get("layanan", "/", "public")["done"]))
    shown = json.loads(
        host.machine.run(f"{ROOT}/bin/semai-host --root {ROOT} exec layanan -- php artisan config:show").out
    )
    assert shown["cwd"].endswith("/layanan/releases/1.0/tree")
    assert shown["memory"] == "64M"
    by_name = host.machine.run(
        f"{ROOT}/bin/semai-host --root {ROOT} exec layanan -- ./artisan config:show 2>&1 || true"
    ).out
    assert "request-invalid" in by_name or json.loads(by_name)["memory"] == "64M"

    fails = {
        "database/2026_02_01_bad.php": '<?php return fn (PDO $db) => $db->exec("DROP TABLE users") . nothing();'
    }
    assert host.activate(release("2.0", **fails), expect=1)["error"]["undone"] is True
    assert host.get("layanan", "/", "public")["users"] == ["admin"]
    host.activate(
        release(
            "2.1",
            **{"database/2026_02_01_more.php": "<?php return fn ($db) => $db->exec('CREATE TABLE more (x INT)');"},
        )
    )
    host.get("layanan", "/queue?payload=lagi", "public")
    wait_for(lambda: "lagi" in host.get("layanan", "/", "public")["done"])
    programs = host.machine.run("ps -eo user:20,args | grep '[q]ueue:work'").out
    assert programs.startswith("semai-layanan")
    assert "/releases/" not in programs or "/releases/2.1/" in programs
