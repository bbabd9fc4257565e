"""The app that several hosts are tried with: keeps notes in PostgreSQL, or nowhere, and pages in media.

Built into a wheel together with a `notebook_release` module that holds VERSION and BEHAVIOUR. One notebook may read
the words of another through the contract `notebook.words`.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from notebook_release import BEHAVIOUR, VERSION

CONTRACT = "notebook.words"


def ask(sql):
    """Speak to the database through psql: a bare machine has no driver."""
    name = os.environ["DATABASE_NAME"]
    words = ["psql", "-XqAtw", "-v", "ON_ERROR_STOP=1", "-h", os.environ["DATABASE_HOST"], "-U", name, name]
    env = {**os.environ, "PGPASSWORD": os.environ["DATABASE_PASSWORD"], "PGCONNECT_TIMEOUT": "5"}
    ran = subprocess.run(words, input=sql, env=env, capture_output=True, text=True, check=True, timeout=20)
    return ran.stdout.strip()


def keeps_notes():
    return bool(os.environ.get("DATABASE_NAME"))


def page(name):
    return Path(os.environ["SEMAI_MEDIA"], Path(name).name)


def contracts():
    return json.loads(os.environ.get("SEMAI_CONTRACTS") or "{}")


def migrate():
    if not keeps_notes():
        return
    ask("CREATE TABLE IF NOT EXISTS note (words text); CREATE TABLE IF NOT EXISTS release (version text);")
    ask(f"INSERT INTO release VALUES ('{VERSION}');")
    if BEHAVIOUR == "migration-fails":
        ask("DELETE FROM note;")
        sys.exit("notebook: the second half of the migration is missing")
    if BEHAVIOUR == "migration-waits":
        page("waiting").touch()
        while not page("go-on").exists():
            time.sleep(0.1)


class Notebook(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/healthz":
            database = "ok" if not keeps_notes() or ask("SELECT 1;") == "1" else "down"
            self.say(200, {"app": os.environ["SEMAI_APP"], "release": VERSION, "database": database})
        elif self.path == "/notes":
            self.say(200, {"host": socket.gethostname(), "release": VERSION, "notes": self.notes()})
        elif self.path == "/read":
            self.say(200, self.read())
        elif self.path.startswith("/api/"):
            self.tell()
        elif self.path.startswith("/media/"):
            self.say(200, {"host": socket.gethostname(), "page": page(self.path).read_text()})
        else:
            self.say(404, {})

    def notes(self):
        return ask("SELECT words FROM note ORDER BY words;").splitlines() if keeps_notes() else []

    def read(self):
        entry = contracts()["consumes"][CONTRACT]
        asked = urllib.request.Request(entry["url"], headers={"Authorization": f"Bearer {entry['token']}"})
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return json.load(answer)

    def tell(self):
        consumers = contracts()["provides"][CONTRACT]["consumers"]
        names = [n for n, token in consumers.items() if self.headers.get("Authorization") == f"Bearer {token}"]
        self.say(200 if names else 403, {"host": socket.gethostname(), "to": names})

    def do_POST(self):
        words = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path.startswith("/media/"):
            page(self.path).write_text(words)
        else:
            escaped = words.replace("'", "''")
            ask(f"INSERT INTO note VALUES ('{escaped}');")
        self.say(200, {"host": socket.gethostname()})

    def say(self, status, body):
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 64


def listening():
    """A server on the socket systemd passed, or on the address it is told."""
    if not os.environ["SEMAI_BIND"].startswith("fd://"):
        host, _, port = os.environ["SEMAI_BIND"].rpartition(":")
        return Server((host, int(port)), Notebook)
    assert os.environ["LISTEN_PID"] == str(os.getpid())
    server = Server(("", 0), Notebook, bind_and_activate=False)
    server.socket.close()
    server.socket = socket.socket(fileno=3)
    return server


def serve():
    server = listening()
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever(poll_interval=0.05)
    server.server_close()
    sys.exit(0)


def main():
    {"serve": serve, "migrate": migrate}[sys.argv[1]]()
