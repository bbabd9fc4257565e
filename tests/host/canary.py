"""The app the host tool is tried on: counts visits in SQLite or PostgreSQL; each release misbehaves in one way.

Built into a wheel together with a `canary_release` module that holds VERSION, SCHEMA and BEHAVIOUR.
"""

import glob
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from canary_release import BEHAVIOUR, SCHEMA, VERSION


class Sqlite:
    """Visits in a file."""

    def __init__(self, url):
        self.connection = sqlite3.connect(url[len("sqlite:///") :], timeout=20, isolation_level=None)
        self.connection.execute("PRAGMA journal_mode=WAL")

    def change(self, sql):
        self.connection.execute(sql)

    def schema(self):
        return self.connection.execute("PRAGMA user_version").fetchone()[0]

    def set_schema(self, number):
        self.connection.execute(f"PRAGMA user_version = {number}")

    def prepare(self):
        self.change("CREATE TABLE IF NOT EXISTS visit (id INTEGER PRIMARY KEY, word TEXT)")

    def visit(self, word):
        return self.connection.execute("INSERT INTO visit (word) VALUES (?)", (word,)).lastrowid

    def written(self):
        return [row[0] for row in self.connection.execute("SELECT word FROM visit WHERE word IS NOT NULL")]

    def count(self):
        return self.connection.execute("SELECT count(*) FROM visit").fetchone()[0]


class Postgres:
    """Visits on a server; spoken to through psql, because a bare machine has no driver."""

    def __init__(self, url):
        parts = urlsplit(url)
        self.words = [sorted(glob.glob("/usr/lib/postgresql/*/bin/psql"))[-1], "-XqAtw", "-v", "ON_ERROR_STOP=1"]
        self.words += ["-h", os.environ["DATABASE_HOST"], "-U", parts.username, parts.path.lstrip("/")]

    def ask(self, sql):
        env = {**os.environ, "PGPASSWORD": os.environ["DATABASE_PASSWORD"]}
        return subprocess.run(
            self.words, input=sql, env=env, capture_output=True, text=True, check=True, timeout=30
        ).stdout.strip()

    change = ask

    def schema(self):
        return int(self.ask("SELECT coalesce(max(number), 0) FROM schema_version;"))

    def set_schema(self, number):
        self.ask(f"INSERT INTO schema_version VALUES ({number});")

    def prepare(self):
        self.ask(
            "CREATE TABLE IF NOT EXISTS visit (id serial PRIMARY KEY, kind mood DEFAULT 'good', word text);"
            if self.ask("SELECT count(*) FROM pg_type WHERE typname = 'mood';") == "1"
            else "CREATE TYPE mood AS ENUM ('good', 'bad'); CREATE TABLE schema_version (number int);"
            "CREATE TABLE visit (id serial PRIMARY KEY, kind mood DEFAULT 'good', word text);"
            "CREATE VIEW visits AS SELECT count(*) FROM visit;"
            "CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';"
            "CREATE EXTENSION pg_trgm; CREATE INDEX words ON visit USING gin (word gin_trgm_ops);"
        )

    def visit(self, word):
        said = f"'{word}'" if word else "NULL"
        return int(self.ask(f"INSERT INTO visit (word) VALUES ({said}) RETURNING id;"))

    def written(self):
        return self.ask("SELECT word FROM visit WHERE word IS NOT NULL;").split()

    def count(self):
        return int(self.ask("SELECT count(*) FROM visit;"))


def database():
    url = os.environ["DATABASE_URL"]
    return Sqlite(url) if url.startswith("sqlite") else Postgres(url)


def migrate():
    connection = database()
    connection.prepare()
    connection.change("CREATE TABLE IF NOT EXISTS migration (version TEXT)")
    connection.change(f"INSERT INTO migration VALUES ('{VERSION}')")
    if BEHAVIOUR == "migration-fails":
        connection.set_schema(99)
        connection.change("DELETE FROM visit")
        sys.exit("canary: the second half of the migration is missing")
    if BEHAVIOUR == "migration-hangs":
        connection.set_schema(99)
        time.sleep(600)
    if BEHAVIOUR == "migration-waits":
        deadline = time.monotonic() + 20
        while not Path(os.environ["SEMAI_MEDIA"], "page-seen").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
    if BEHAVIOUR == "migration-fills-disk":
        connection.set_schema(99)
        with Path(os.environ["SEMAI_MEDIA"], "filler").open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
    if connection.schema() < SCHEMA:
        connection.set_schema(SCHEMA)
    media = os.environ.get("SEMAI_MEDIA")
    if media and SCHEMA > 1:
        Path(media, f"migrated-to-{SCHEMA}").write_text(VERSION)


def after_install():
    database().change("CREATE TABLE IF NOT EXISTS admin (name TEXT)")


def sample_data():
    connection = database()
    connection.change("CREATE TABLE IF NOT EXISTS sample (name TEXT)")
    connection.change("INSERT INTO sample VALUES ('one')")


def keep_letter(word):
    """Keep a file as an upload would be kept: on the disk before anybody is told."""
    folder = Path(os.environ["SEMAI_MEDIA"], "letters")
    folder.mkdir(exist_ok=True)
    with (folder / word).open("w") as file:
        file.write(word)
        file.flush()
        os.fsync(file.fileno())
    for place in (folder, folder.parent):
        descriptor = os.open(place, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)


def letters():
    """Return the names of the letters that are whole."""
    found = Path(os.environ["SEMAI_MEDIA"], "letters").glob("*")
    return [path.name for path in found if path.read_text() == path.name]


class Canary(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def do_GET(self):
        connection = database()
        if self.path == "/healthz":
            self.health(connection)
        elif self.path == "/count":
            self.say(200, {"count": connection.count()})
        elif self.path == "/content":
            self.say(200, {"words": connection.written(), "letters": letters(), "schema": connection.schema()})
        elif self.path == "/settings":
            self.say(200, dict(os.environ))
        else:
            self.say(404, {})

    def health(self, connection):
        well = connection.schema() <= SCHEMA and BEHAVIOUR != "unhealthy"
        if BEHAVIOUR == "unhealthy-in-public" and os.environ["SEMAI_BIND"] in (
            os.environ["CANARY_PUBLIC"],
            "fd://3",
        ):
            well = False
        body = {"app": os.environ["SEMAI_APP"], "release": VERSION, "database": "ok" if well else "down"}
        self.say(200 if well else 503, body)

    def do_POST(self):
        connection = database()
        if connection.schema() > SCHEMA:
            self.say(500, {"error": "the database is newer than the release"})
            return
        word = re.fullmatch(r"/visit\?word=([a-z0-9-]{1,40})", self.path)
        if word:
            keep_letter(word[1])
        self.say(200, {"id": connection.visit(word[1] if word else None)})

    def say(self, status, body):
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


def serve():
    if BEHAVIOUR == "crashes":
        sys.exit("canary: cannot start")
    if BEHAVIOUR == "hangs":
        time.sleep(600)
    if os.environ["SEMAI_BIND"].startswith("fd://"):
        serve_passed()
    host, _, port = os.environ["SEMAI_BIND"].rpartition(":")
    print(f"canary {VERSION} listens on {host}:{port}")
    Server((host, int(port)), Canary).serve_forever()


def serve_passed():
    """Serve on the socket systemd passed; on SIGTERM finish what was begun."""
    assert os.environ["LISTEN_PID"] == str(os.getpid())
    server = Server(("", 0), Canary, bind_and_activate=False)
    server.socket.close()
    server.socket = socket.socket(fileno=3)
    server.daemon_threads = False
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"canary {VERSION} listens on what was passed", flush=True)
    server.serve_forever(poll_interval=0.05)
    server.server_close()
    sys.exit(0)


def beat():
    """What a worker or a timer of the canary does: say that it ran."""
    path = Path(os.environ["SEMAI_MEDIA"], sys.argv[2])
    while True:
        with path.open("a") as file:
            file.write(f"{VERSION}\n")
        if sys.argv[2] == "timer":
            return
        time.sleep(0.2)


def check_login():
    """What a drill asks for: see the app that runs in the drill, and say so in one line."""
    assert os.environ["SEMAI_DRILL"] == "1"
    host, _, port = os.environ["SEMAI_BIND"].rpartition(":")
    with urllib.request.urlopen(f"http://{host}:{port}/count", timeout=20) as answer:
        count = json.load(answer)["count"]
    well = BEHAVIOUR != "login-fails" and count == database().count()
    print(json.dumps({"login": "ok" if well else "failed", "detail": f"{count} visits"}))
    sys.exit(0 if well else 1)


def main():
    verbs = {
        "check-login": check_login,
        "serve": serve,
        "migrate": migrate,
        "after-install": after_install,
        "sample-data": sample_data,
    }
    {**verbs, "beat": beat}[sys.argv[1]]()
