"""The canary with PostgreSQL on a bare Debian machine: copied, brought back in one transaction, never half."""

from __future__ import annotations

import gzip
import json
import shlex

import pytest

from tests.host.server import PASSWORD, ROOT, Server, Visitors
from tests.lab.fixtures import lab  # noqa: F401

pytestmark = pytest.mark.lab
NAME = "semai_kolam"
SOCKET = {"driver": "postgresql", "name": NAME, "user": NAME, "host": "/run/postgresql", "port": 5432}


@pytest.fixture(scope="module")
def server(lab, uv):  # noqa: F811
    (machine,) = lab.machines(1)
    made = Server(machine, uv)
    made.prepare()
    made.bring_postgresql(NAME)
    yield made
    lab.discard([machine])


@pytest.fixture(scope="module")
def app(server):
    server.activate(server.request("kolam", "2026.1.0", database=SOCKET))
    return "kolam"


LOADING = f"""
import sys
from pathlib import Path
sys.path.insert(0, {f"{ROOT}/bin/semai-host"!r})
from semai_host.drivers.postgresql import PostgresqlDatabase
from semai_host.errors import HostError
from semai_host.parts import Database
wanted = Database('postgresql', name='semai_sawah', user={NAME!r}, host='/run/postgresql', port=5432)
try:
    PostgresqlDatabase(wanted, ['formerly', {PASSWORD!r}], None).load(Path('/root') / sys.argv[1])
    print('done')
except HostError as error:
    print(error.code, error)
"""


def sql(server: Server, text: str, database: str = NAME) -> str:
    return server.machine.run(f"runuser -u postgres -- psql -XqAt {database}", given=text.encode()).out.strip()


def test_app_is_installed_with_its_tables_owned_by_its_role(server, app):
    assert server.serves() == "2026.1.0"
    assert sql(server, "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'") == NAME


def test_upgrade_keeps_what_visitors_were_told_is_saved(server, app):
    with Visitors(server, people=2) as visitors:
        answer = server.activate(server.request(app, "2026.2.0", schema=2, database=SOCKET))
    assert server.serves() == "2026.2.0"
    assert visitors.lost == []
    assert server.count() >= visitors.saved
    point = answer["restore_point"]
    assert server.says(f"stat -c '%U %a' {point} {point}/database.pgdump").split("\n") == ["root 700", "root 600"]
    assert "TABLE DATA public visit" in server.says(f"pg_restore --list < {point}/database.pgdump")


def test_failed_migration_brings_every_row_view_type_function_and_extension_back(server, app):
    before = sql(server, "SELECT count(*) FROM visit")
    shape = "SELECT relname, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1"
    looked = sql(server, shape)
    answer = server.activate(
        server.request(app, "2026.3.0", "migration-fails", schema=3, database=SOCKET), expect=1
    )
    assert answer["error"]["code"] == "command-failed"
    assert server.serves() == "2026.2.0"
    assert sql(server, "SELECT count(*) FROM visit") == before
    assert int(before) > 0
    assert sql(server, shape) == looked
    assert sql(server, "SELECT one(), typname FROM pg_type WHERE typname = 'mood'") == "1|mood"
    owned = "SELECT pg_get_userbyid(extowner), indexname FROM pg_extension, pg_indexes"
    assert sql(server, f"{owned} WHERE extname = 'pg_trgm' AND tablename = 'visit' AND indexname = 'words'") == (
        f"{NAME}|words"
    )
    assert server.ask("/visit", "POST")[0] == 200
    assert server.leftovers() == ""


@pytest.mark.parametrize(
    ("point", "step"), [("acted", "migrate"), ("acted", "restore-point"), ("undone", "migrate")]
)
def test_killed_run_is_undone_with_all_rows(server, app, point, step):
    behaviour = "migration-fails" if point == "undone" else "good"
    before = server.count()
    server.kill_at(point, step, server.request(app, "2026.4.0", behaviour, schema=4, database=SOCKET))
    server.call("recover")
    assert (server.serves(), server.count()) == ("2026.2.0", before)
    assert server.leftovers() == ""


def test_power_cut_while_data_changes_is_undone_at_boot(server, app):
    before = server.count()
    server.kill_at("acted", "migrate", server.request(app, "2026.5.0", schema=5, database=SOCKET))
    server.machine.power_cut()
    server.machine.start()
    assert (server.serves(), server.count()) == ("2026.2.0", before)


def restore(server: Server, app: str, point: str) -> tuple[int, str]:
    """Bring a restore point's database back with the driver itself."""
    code = f"""import sys
sys.path.insert(0, "{ROOT}/bin/semai-host")
from pathlib import Path
from semai_host import accounts, receipts
from semai_host.drivers import choice
from semai_host.layout import Layout
places = Layout("{ROOT}").app("{app}")
choice.database(receipts.serving(places), places, accounts.find("{app}")).restore(Path("{point}"))
"""
    ran = server.machine.line.run("python3 -", given=code.encode())
    return ran.code, ran.err


def test_copy_that_breaks_off_leaves_the_database_as_it_is(server, app):
    point = server.activate(server.request(app, "2026.6.0", schema=6, database=SOCKET))["restore_point"]
    for _ in range(5):
        server.ask("/visit", "POST")
    before = server.count()
    server.machine.run(
        f"cp -r {point} /root/cut && cd /root/cut && truncate -s -200 database.pgdump && "
        "sha256sum database.pgdump | cut -c1-64 | tr -d '\\n' > database.sha256"
    )
    code, said = restore(server, app, "/root/cut")
    assert code != 0, said
    assert "HostError" in said
    assert (server.count(), server.ask("/visit", "POST")[0]) == (before, 200)
    assert restore(server, app, point)[0] == 0
    assert server.count() < before


def test_password_is_in_no_argument_list_and_no_log(server, app):
    watch = "while sleep 0.01; do cat /proc/[0-9]*/cmdline 2>/dev/null; done | tr '\\0' '\\n' > /root/seen"
    server.machine.run(f"systemd-run -q --unit watch sh -c {shlex.quote(watch)}")
    server.activate(server.request(app, "2026.7.0", schema=7, database=SOCKET))
    server.machine.run("systemctl stop watch; sync")
    seen = server.says("cat /root/seen")
    assert "pg_dump" in seen
    assert PASSWORD not in seen
    places = f"{ROOT}/journal {ROOT}/logs {ROOT}/receipts {ROOT}/apps/kolam/serving.json /etc/systemd/system"
    assert server.machine.line.run(f"grep -rF {shlex.quote(PASSWORD[:6])} {places}").out == ""


def test_rollback_says_what_is_lost_survives_a_power_cut_and_can_be_undone(server, app):
    for _ in range(4):
        assert server.ask("/visit", "POST")[0] == 200
    point = server.call("points", app)["points"][0]
    now = server.count()
    assert (point["version"], point["possible"], point["undoes_data"]) == ("2026.6.0", True, True)
    assert {"kind": "rows", "of": "visit", "now": now, "then": now - 4} in point["differences"]
    server.kill_verb_at("acted", "data-back", "rollback", app)
    server.machine.power_cut()
    server.machine.start()
    assert (server.serves(), server.count()) == ("2026.7.0", now)
    assert server.leftovers() == ""
    answer = server.call("rollback", app)
    assert (server.serves(), server.count()) == ("2026.6.0", now - 4)
    assert sql(server, "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'") == NAME
    assert server.says(f"stat -c '%U %a' {answer['restore_point']}") == "root 700"
    server.call("rollback", app)
    assert (server.serves(), server.count()) == ("2026.7.0", now)
    assert server.leftovers() == ""


def test_schema_of_a_tree_is_loaded_and_runs_no_program_of_the_host(server, app):
    server.machine.run(
        "runuser -u postgres -- psql -q -v ON_ERROR_STOP=1",
        given=f"CREATE DATABASE semai_sawah OWNER {NAME};".encode(),
    )
    table = "CREATE TABLE petak (id int PRIMARY KEY, nama text);\nCOPY petak FROM stdin;\n1\tlereng\n\\.\n"
    shut = f"\\restrict abc\n{table}CREATE TABLE IF NOT EXISTS petak ();\n\\unrestrict abc\n"
    assert loaded(server, shut) == "done"
    copied = server.machine.run("runuser -u postgres -- pg_dump --no-owner -t petak semai_sawah").out
    sql(server, "DROP TABLE petak", "semai_sawah")
    assert loaded(server, copied, "salinan.sql.gz") == "done"
    assert sql(server, "SELECT tableowner FROM pg_tables WHERE tablename = 'petak'", "semai_sawah") == NAME
    assert sql(server, "SELECT nama FROM petak", "semai_sawah") == "lereng"
    for line in ("\\! touch /tmp/seen", "SELECT 1 \\! touch /tmp/seen", "\\i /etc/passwd", "SELECT nothing;"):
        assert loaded(server, f"SELECT 1;\n{line}\nSELECT 2;\n").startswith("database-failed ")
    assert server.machine.line.run("ls /tmp/seen").code != 0


def loaded(server: Server, text: str, name: str = "skema.sql") -> str:
    """Have the driver load a file of SQL; return `done`, or the code and message of what it refused."""
    content = gzip.compress(text.encode()) if name.endswith(".gz") else text.encode()
    server.machine.put(f"/root/{name}", content)
    return server.machine.run(f"python3 - {shlex.quote(name)}", given=LOADING.encode()).out.strip()


def test_tcp_reaches_the_same_database(server, app):
    before = server.count()
    over_tcp = {**SOCKET, "host": "127.0.0.1"}
    server.activate(server.request(app, "2026.8.0", schema=8, database=over_tcp))
    assert (server.serves(), server.count()) == ("2026.8.0", before)


def test_changed_password_is_found_in_the_configuration_that_waits(server, app):
    sql(server, f"ALTER ROLE {NAME} PASSWORD 'lain'")
    server.password = "lain"
    server.activate(server.request(app, "2026.9.0", schema=9, database=SOCKET))
    assert server.serves() == "2026.9.0"


def test_database_that_is_down_is_said_before_anything_is_touched(server, app):
    server.machine.run("systemctl stop postgresql@15-main")
    answer = server.activate(server.request(app, "2026.10.0", schema=10, database=SOCKET), expect=7)["error"]
    assert answer["code"] == "database-down"
    server.machine.run("systemctl start postgresql@15-main")
    assert server.serves() == "2026.9.0"


def test_follower_neither_migrates_nor_copies_what_the_leader_looks_after(server, app):
    second = {"bind": f"{server.machine.address}:8102", "leader": False, "database": SOCKET}
    migrations = sql(server, "SELECT count(*) FROM migration")
    before = server.count()
    answer = server.activate(server.request("kolam-dua", "2026.9.0", schema=9, **second))
    assert answer["restore_point"] is None
    assert server.serves(8102) == "2026.9.0"
    server.activate(server.request("kolam-dua", "2026.10.0", schema=9, **second))
    bad = server.request("kolam-dua", "2026.11.0", "crashes", schema=9, **second)
    assert server.activate(bad, expect=1)["error"]["undone"] is True
    assert server.serves(8102) == "2026.10.0"
    server.call("remove", "kolam-dua", "--purge")
    assert (sql(server, "SELECT count(*) FROM migration"), server.count()) == (migrations, before)


def test_removed_app_leaves_its_data_as_a_copy_and_an_empty_database(server, app):
    rows = sql(server, "SELECT count(*) FROM visit")
    point = server.call("remove", app)["restore_point"]
    assert sql(server, "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace") == "0"
    listed = server.says(f"pg_restore -f - --data-only -t visit < {point}/database.pgdump | grep -c '^[0-9]'")
    assert listed == rows


def test_set_comes_back_in_another_database_of_another_owner(server):
    """As in another region; a second set of a large database stores little, a power cut leaves the data of now."""
    server.machine.run("DEBIAN_FRONTEND=noninteractive apt-get install -y -q restic >/dev/null", timeout=400)
    server.machine.put(f"{ROOT}/backup/env", b'RESTIC_PASSWORD="kunci"\n', "0600")
    told = {"schema": 1, "repository": {"kind": "local", "location": "/srv/sets"}}
    server.machine.put(f"{ROOT}/backup/backup.json", json.dumps(told).encode(), "0600")
    sql(server, "ALTER ROLE " + NAME + " PASSWORD '" + server.password.replace("'", "''") + "'")
    server.activate(server.request("kolam", "2026.12.0", schema=12, database=SOCKET))
    rows = "SELECT n, md5(n::text) || md5((n * 7)::text) AS isi FROM generate_series(1, 300000) n"
    sql(server, f"SET ROLE {NAME}; CREATE TABLE arsip AS {rows}; CREATE INDEX ON arsip (isi)")
    server.machine.put(f"{ROOT}/apps/kolam/shared/media/surat.pdf", b"surat" * 1000)
    server.machine.run(f"head -c 40000000 /dev/urandom > {ROOT}/apps/kolam/shared/media/film")
    first = _stored_by(server)
    assert server.ask("/visit", "POST")[0] == 200
    second = _stored_by(server)
    assert second < first * 0.05, (first, second)
    name = server.call("backup", "list")["sets"][0]["set"]
    visits = server.count()

    server.call("remove", "kolam", "--purge")
    other, secret = "semai_danau", server.password.replace("'", "''")
    server.machine.run(
        "runuser -u postgres -- psql -q -v ON_ERROR_STOP=1",
        given=f"CREATE ROLE {other} LOGIN PASSWORD '{secret}';\nCREATE DATABASE {other} OWNER {other};".encode(),
    )
    elsewhere = {**SOCKET, "name": other, "user": other}
    server.activate(server.request("kolam", "2026.13.0", schema=13, database=elsewhere, greeting="lain"))
    (plan,) = server.call("backup", "plan", name)["apps"]
    assert (plan["possible"], plan["set_version"], plan["version"]) == (True, "2026.12.0", "2026.13.0")
    server.kill_verb_at("acted", "data", "backup", "restore", name)
    server.machine.power_cut()
    server.machine.start()
    assert (server.serves(), server.count()) == ("2026.13.0", 0)
    assert server.leftovers() == ""
    answer = server.call("backup", "restore", name)
    assert (server.serves(), server.count()) == ("2026.13.0", visits)
    assert sql(server, "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'", other) == other
    assert sql(server, "SELECT count(*), max(n) FROM arsip", other) == "300000|300000"
    assert server.ask("/settings")[1]["GREETING"] == "lain"
    media = f"{ROOT}/apps/kolam/shared/media"
    assert server.says(f"stat -c '%U %s' {media}/surat.pdf") == "semai-kolam 5000"
    assert server.leftovers() + server.says(f"ls -d {ROOT}/backup/restoring 2>/dev/null || true") == ""
    point = answer["apps"]["kolam"]["restore_point"].rsplit("/", 1)[1]
    server.call("rollback", "kolam", "--to", point)
    assert server.count() == 0


def _stored_by(server: Server) -> int:
    """Make a set and return the bytes that the repository grew by."""
    server.machine.run("mkdir -p /srv/sets")
    before = int(server.says("du -sb /srv/sets | cut -f1"))
    server.call("backup", "create")
    return int(server.says("du -sb /srv/sets | cut -f1")) - before
