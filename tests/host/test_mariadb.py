"""The MariaDB driver on Debian machines: whole copies, brought back beside, then swapped in."""

from __future__ import annotations

import io
import json
import shlex
import tarfile
from pathlib import Path

import pytest
import semai_host

from tests.lab.fixtures import lab
from tests.lab.image import DEBIAN_13
from tests.lab.machine import Machine

__all__ = ["lab"]
pytestmark = pytest.mark.lab

PASSWORD = "p\"a's s#$\\{{ x }}`;"
NAME = "semai_arsip"
APT = "apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends"
# What people have: children and parents, a view, a trigger, routines, an event, bytes and letters of all kinds.
CONTENT = """
CREATE TABLE agency (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(80) NOT NULL) ENGINE=InnoDB;
CREATE TABLE letter (id INT PRIMARY KEY AUTO_INCREMENT, agency INT NOT NULL, title TEXT, body LONGBLOB,
  CONSTRAINT letter_agency FOREIGN KEY (agency) REFERENCES agency (id)) ENGINE=InnoDB;
CREATE TABLE `odd name` (`a``b` INT) ENGINE=MyISAM;
CREATE TABLE log (what TEXT) ENGINE=InnoDB;
CREATE SEQUENCE numbering START WITH 40;
INSERT INTO agency (name) VALUES ('Dinas Pendidikan'), ('Kecamatan Ruteng 🏛');
INSERT INTO letter (agency, title, body) VALUES (1, 'satu; dua -- tiga', x'00ff1a0d0a'),
  (2, 'kutip '' dan "', NULL);
SELECT NEXTVAL(numbering);
CREATE VIEW titles AS SELECT l.title, a.name FROM letter l JOIN agency a ON a.id = l.agency;
DELIMITER //
CREATE TRIGGER letter_log AFTER INSERT ON letter
  FOR EACH ROW INSERT INTO log VALUES (CONCAT('letter ', NEW.id))//
CREATE PROCEDURE count_letters(OUT n INT) BEGIN SELECT COUNT(*) INTO n FROM letter; END//
CREATE FUNCTION twice(x INT) RETURNS INT DETERMINISTIC RETURN 2 * x//
DELIMITER ;
CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DO DELETE FROM log;
"""
PROBE = """
import json, os, signal, sys, threading, time
sys.path.insert(0, '/opt/tool')
from pathlib import Path
from semai_host.drivers.mariadb import MariadbDatabase
from semai_host.errors import HostError
from semai_host.parts import Database
wanted = Database('mariadb', name={name!r}, user={name!r}, host=sys.argv[1] if len(sys.argv) > 1 else
                  '/run/mysqld/mysqld.sock', port=3306)
database = MariadbDatabase(wanted, ['formerly', {password!r}], None)
point = Path('/root/point')
point.mkdir(exist_ok=True)
"""


class Server:
    """A machine with MariaDB, the tool's package and one app's database made as the role makes it."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        machine.run(f"{APT} mariadb-server mariadb-client", timeout=300)
        files = io.BytesIO()
        with tarfile.open(fileobj=files, mode="w") as tar:
            tar.add(Path(semai_host.__file__).parent, "semai_host")
        machine.run("mkdir -p /opt/tool && tar -C /opt/tool -x", given=files.getvalue())
        secret = PASSWORD.replace("\\", "\\\\").replace("'", "''")
        beside = NAME.replace("_", "\\_") + "\\_\\_beside"
        self.root(
            f"CREATE DATABASE {NAME} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;"
            f"CREATE USER {NAME}@localhost IDENTIFIED BY '{secret}';"
            f"GRANT ALL PRIVILEGES ON `{NAME}`.* TO {NAME}@localhost;"
            f"GRANT ALL PRIVILEGES ON `{beside}`.* TO {NAME}@localhost;"
        )

    def root(self, sql: str, database: str = "") -> str:
        """Run SQL as the server's administrator and return what it answers."""
        words = f"mariadb --batch --skip-column-names --default-character-set=utf8mb4 {database}"
        return self.machine.run(words, given=sql.encode()).out

    def fill(self) -> None:
        """Put the content in as the app's own user, so that its routines are the app's."""
        self.tool(
            "Path('/root/content.sql').write_text(sys.stdin.read()); database.load(Path('/root/content.sql'))",
            CONTENT,
        )

    def tool(self, code: str, given: str = "") -> str:
        head = PROBE.format(name=NAME, password=PASSWORD)
        return self.machine.run(f"python3 -c {shlex.quote(head + code)}", given=given.encode(), timeout=180).out

    def refused(self, code: str) -> str:
        """Return the code and message of the error that the driver raises."""
        lines = "\n".join(f"    {line}" for line in code.splitlines())
        return self.tool(
            f"try:\n{lines}\n    print('nothing was refused')\n"
            "except HostError as error:\n    print(error.code, error)"
        )

    def content(self) -> dict[str, str]:
        """Return everything that makes up the app's data, to compare."""
        schema = "information_schema"
        asked = {
            "rows": "SELECT l.id, l.title, HEX(l.body), a.name FROM letter l"
            " JOIN agency a ON a.id = l.agency ORDER BY 1",
            "view": "SELECT * FROM titles ORDER BY 1",
            "odd": "SHOW COLUMNS FROM `odd name`",
            "tables": f"SELECT table_name, table_type, engine FROM {schema}.tables"
            f" WHERE table_schema='{NAME}' ORDER BY 1",
            "keys": f"SELECT constraint_name, referenced_table_name FROM {schema}.referential_constraints"
            f" WHERE constraint_schema='{NAME}' AND unique_constraint_schema='{NAME}'",
            "logic": f"SELECT routine_name, routine_type FROM {schema}.routines WHERE routine_schema='{NAME}'"
            f" UNION SELECT trigger_name, event_object_table FROM {schema}.triggers"
            f" WHERE trigger_schema='{NAME}'"
            f" UNION SELECT event_name, status FROM {schema}.events WHERE event_schema='{NAME}' ORDER BY 1",
            "charset": f"SELECT default_collation_name FROM {schema}.schemata WHERE schema_name='{NAME}'",
            "beside": f"SELECT schema_name FROM {schema}.schemata WHERE schema_name LIKE '%beside'",
        }
        return {name: self.root(question, NAME) for name, question in asked.items()}


@pytest.fixture(scope="module")
def server(lab):
    made = lab.machines(1, DEBIAN_13)
    yield Server(made[0])
    lab.discard(made)


@pytest.fixture
def filled(server):
    """Return the server with the content as new."""
    server.tool("import shutil; database.discard(); shutil.rmtree('/root/point')")
    server.fill()
    return server


def test_an_empty_database_is_none_and_content_makes_it_one(server):
    assert server.tool("database.discard(); print(database.exists())") == "False\n"
    server.fill()
    assert server.tool("print(database.exists(), database.size() > 0)") == "True True\n"


def test_restore_brings_back_all_of_it_and_what_came_later_is_gone(filled):
    before = filled.content()
    assert "Kecamatan Ruteng 🏛" in before["rows"]
    assert before["beside"] == ""
    filled.tool("database.dump(point); database.verify(point)")
    counted = json.loads(filled.tool("print(json.dumps(database.rows()))"))
    assert counted == {
        "agency": 2,
        "letter": 2,
        "log": int(filled.root("SELECT COUNT(*) FROM log", NAME)),
        "odd name": 0,
    }
    filled.root("DROP VIEW titles; DROP TRIGGER letter_log; DELETE FROM letter; CREATE TABLE later (x INT)", NAME)
    filled.tool("database.restore(point)")
    assert filled.content() == before
    assert (
        filled.root("INSERT INTO letter (agency, title) VALUES (1, 'x'); SELECT * FROM log", NAME) == "letter 3\n"
    )
    assert (
        filled.root("CALL count_letters(@n); SELECT @n, twice(21), NEXTVAL(numbering) > 40", NAME) == "3\t42\t1\n"
    )


def test_restore_may_be_repeated_wherever_it_was_killed(filled):
    before = filled.content()
    filled.tool("database.dump(point)")
    statements = int(
        filled.tool(
            "calls = [0]\ninner = database._try\n"
            "def counted(text, environment):\n    calls[0] += 1\n    return inner(text, environment)\n"
            "database._try = counted\ndatabase.restore(point)\nprint(calls[0])"
        )
    )
    assert statements > 3
    for number in range(1, statements + 1):
        filled.tool(
            "calls = [0]\ninner = database._try\n"
            "def killing(text, environment):\n"
            "    ran = inner(text, environment)\n    calls[0] += 1\n"
            f"    return os._exit(0) if calls[0] == {number} else ran\n"
            "database._try = killing\ndatabase.restore(point)"
        )
        filled.tool("database.restore(point)")
        assert filled.content() == before, f"killed after statement {number}"


def test_a_copy_that_was_cut_or_changed_never_touches_the_database(filled):
    before = filled.content()
    filled.tool("database.dump(point)")
    filled.machine.run(
        "cd /root/point && zcat database.sql.gz | head -c 900 | gzip > cut && mv cut database.sql.gz"
    )
    assert filled.refused("database.restore(point)").startswith("database-damaged")
    filled.machine.run("cd /root/point && sha256sum database.sql.gz database-logic.sql.gz > database.sha256")
    assert "ends before its last line" in filled.refused("database.restore(point)")
    assert filled.content() == before


def test_a_copy_that_does_not_load_leaves_the_database_as_it_was(filled):
    before = filled.content()
    filled.tool("database.dump(point)")
    filled.machine.run(
        "cd /root/point && (zcat database.sql.gz | sed 's/`letter_agency`/broken broken/'"
        " | gzip) > other && mv other database.sql.gz && sha256sum database*.gz > database.sha256"
    )
    assert filled.refused("database.restore(point)").startswith("database-failed")
    assert {**filled.content(), "beside": ""} == before


def test_a_copy_is_one_moment_while_people_write(filled):
    code = (  # noqa: UP031  (braces of Python are in it)
        "stop = threading.Event()\n"
        "def write():\n"
        "    other = MariadbDatabase(wanted, ['formerly', %r], None)\n"
        "    while not stop.is_set():\n"
        "        other._change('USE %s', 'START TRANSACTION', 'INSERT INTO agency (name) VALUES (1)',"
        " 'INSERT INTO letter (agency, title) VALUES (LAST_INSERT_ID(), 1)', 'COMMIT')\n"
        "thread = threading.Thread(target=write)\nthread.start()\ntime.sleep(0.5)\n"
        "database.dump(point)\nstop.set()\nthread.join()\ndatabase.restore(point)"
    ) % (PASSWORD, NAME)
    filled.tool(code)
    counts = filled.root(
        "SELECT (SELECT COUNT(*) FROM agency) - (SELECT COUNT(*) FROM letter), COUNT(*) > 2 FROM agency", NAME
    )
    assert counts == "0\t1\n"


def test_sql_of_a_tree_runs_no_program_and_reads_no_file_of_the_host(filled):
    for line in ("\\! touch /root/seen", "system touch /root/seen;", "source /etc/passwd;"):
        filled.machine.put("/root/bad.sql", f"SELECT 1;\n{line}\nSELECT 2;\n".encode())
        assert filled.refused("database.load(Path('/root/bad.sql'))").startswith("database-failed")
    assert filled.machine.run("ls /root").out.split().count("seen") == 0
    filled.machine.put("/root/bad.sql", b"LOAD DATA LOCAL INFILE '/etc/shadow' INTO TABLE log;\n")
    assert filled.refused("database.load(Path('/root/bad.sql'))").startswith("database-failed")


def test_the_password_is_in_no_argument_list_and_no_file(filled):
    code = (  # noqa: UP031
        "from semai_host.drivers import mariadb\n"
        "seen = set()\nstop = threading.Event()\n"
        "def watch():\n"
        "    while not stop.is_set():\n"
        "        for path in Path('/proc').glob('[0-9]*/cmdline'):\n"
        "            try: words = path.read_bytes()\n"
        "            except OSError: continue\n"
        "            if b'mariadb' in words and str(os.getpid()) not in str(path): seen.add(words)\n"
        "thread = threading.Thread(target=watch)\nthread.start()\n"
        "database.dump(point); database.restore(point)\nstop.set(); thread.join()\n"
        "print(json.dumps([len(seen), sum(%r.encode() in words for words in seen)]))"
    ) % PASSWORD
    found, told = json.loads(filled.tool(code))
    assert found > 0
    assert told == 0
    assert filled.machine.run(f"zgrep -F -l -- {shlex.quote(PASSWORD)} /root/point/* || true").out == ""


def test_the_server_away_or_another_password_is_said(filled):
    said = filled.refused("MariadbDatabase(wanted, ['wrong'], None).exists()")
    assert said.startswith("database-failed")
    assert "Access denied" in said
    assert filled.refused("MariadbDatabase(wanted, [], None).exists()").startswith("database-password-missing")
    filled.machine.run("systemctl stop mariadb")
    assert "Can't connect" in filled.refused("database.dump(point)")
    filled.machine.run("systemctl start mariadb")


def test_copy_comes_back_in_another_database_as_its_owners_own(filled):
    """As a backup does in another region: whoever made views, triggers, routines and events is not asked for."""
    other = "semai_desa"
    filled.root(
        f"CREATE DATABASE {other} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;"
        f"CREATE USER {other}@localhost IDENTIFIED BY 'lain';"
        f"GRANT ALL PRIVILEGES ON `{other}`.* TO {other}@localhost;"
        f"GRANT ALL PRIVILEGES ON `{other}\\_\\_beside`.* TO {other}@localhost;"
    )
    before = filled.content()
    filled.tool("database.dump_counted(point, False); database.verify(point)")
    assert filled.machine.run("cd /root/point && head -c 20 database.sql | tr -d '\\n'").out.startswith(
        ("--", "/*")
    )
    filled.tool(
        f"there = Database('mariadb', name={other!r}, user={other!r}, host=wanted.host, port=3306)\n"
        "MariadbDatabase(there, ['lain'], None).restore(point)"
    )
    schema = "information_schema"
    made = (
        f"SELECT definer FROM {schema}.views WHERE table_schema='{other}'"
        f" UNION ALL SELECT definer FROM {schema}.triggers WHERE trigger_schema='{other}'"
        f" UNION ALL SELECT definer FROM {schema}.routines WHERE routine_schema='{other}'"
        f" UNION ALL SELECT definer FROM {schema}.events WHERE event_schema='{other}'"
    )
    assert filled.root(made).split() == [f"{other}@localhost"] * 5
    assert filled.root("SELECT * FROM titles ORDER BY 1", other) == before["view"]
    assert filled.root("CALL count_letters(@n); SELECT @n, twice(21)", other) == "2\t42\n"
    assert filled.content() == before
