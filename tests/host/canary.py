"""The app the host tool is tried on: counts visits in SQLite; each test release misbehaves in one way.

Built into a wheel together with a `canary_release` module that holds VERSION, SCHEMA and BEHAVIOUR.
"""

import json
import os
import sqlite3
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from canary_release import BEHAVIOUR, SCHEMA, VERSION


def database():
    path = os.environ["DATABASE_URL"][len("sqlite:///") :]
    connection = sqlite3.connect(path, timeout=20, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    return connection


def schema(connection):
    return connection.execute("PRAGMA user_version").fetchone()[0]


def migrate():
    connection = database()
    connection.execute("CREATE TABLE IF NOT EXISTS visit (id INTEGER PRIMARY KEY)")
    connection.execute("CREATE TABLE IF NOT EXISTS migration (version TEXT)")
    connection.execute("INSERT INTO migration VALUES (?)", (VERSION,))
    if BEHAVIOUR == "migration-fails":
        connection.execute("PRAGMA user_version = 99")
        connection.execute("DELETE FROM visit")
        sys.exit("canary: the second half of the migration is missing")
    if BEHAVIOUR == "migration-hangs":
        connection.execute("PRAGMA user_version = 99")
        time.sleep(600)
    if BEHAVIOUR == "migration-waits":
        deadline = time.monotonic() + 20
        while not Path(os.environ["SEMAI_MEDIA"], "page-seen").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
    if BEHAVIOUR == "migration-fills-disk":
        connection.execute("PRAGMA user_version = 99")
        with Path(os.environ["SEMAI_MEDIA"], "filler").open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
    if schema(connection) < SCHEMA:
        connection.execute(f"PRAGMA user_version = {SCHEMA}")
    media = os.environ.get("SEMAI_MEDIA")
    if media and SCHEMA > 1:
        Path(media, f"migrated-to-{SCHEMA}").write_text(VERSION)


def after_install():
    database().execute("CREATE TABLE IF NOT EXISTS admin (name TEXT)")


def sample_data():
    connection = database()
    connection.execute("CREATE TABLE IF NOT EXISTS sample (name TEXT)")
    connection.execute("INSERT INTO sample VALUES ('one')")


class Canary(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def do_GET(self):
        connection = database()
        if self.path == "/healthz":
            self.health(connection)
        elif self.path == "/count":
            self.say(200, {"count": connection.execute("SELECT count(*) FROM visit").fetchone()[0]})
        elif self.path == "/settings":
            self.say(200, dict(os.environ))
        else:
            self.say(404, {})

    def health(self, connection):
        well = schema(connection) <= SCHEMA and BEHAVIOUR != "unhealthy"
        if BEHAVIOUR == "unhealthy-in-public" and os.environ["SEMAI_BIND"] == os.environ["CANARY_PUBLIC"]:
            well = False
        body = {"app": os.environ["SEMAI_APP"], "release": VERSION, "database": "ok" if well else "down"}
        self.say(200 if well else 503, body)

    def do_POST(self):
        connection = database()
        if schema(connection) > SCHEMA:
            self.say(500, {"error": "the database is newer than the release"})
            return
        number = connection.execute("INSERT INTO visit DEFAULT VALUES").lastrowid
        self.say(200, {"id": number})

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
    host, _, port = os.environ["SEMAI_BIND"].rpartition(":")
    print(f"canary {VERSION} listens on {host}:{port}")
    Server((host, int(port)), Canary).serve_forever()


def main():
    {"serve": serve, "migrate": migrate, "after-install": after_install, "sample-data": sample_data}[sys.argv[1]]()
