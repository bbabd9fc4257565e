"""The SQLite driver: copies of a database in use are whole; bringing one back may be repeated or short of room."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import threading
from contextlib import closing

import pytest
from semai_host import durable
from semai_host.drivers.sqlite import COPY, SqliteDatabase
from semai_host.errors import HostError


def rows(path) -> int:
    with closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT count(*) FROM t").fetchone()[0]


def add(path, number: int) -> None:
    with closing(sqlite3.connect(path, timeout=20)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE IF NOT EXISTS t (x TEXT)")
        database.executemany("INSERT INTO t VALUES (?)", [("x" * 200,)] * number)
        database.commit()


@pytest.fixture
def place(tmp_path):
    (tmp_path / "point").mkdir()
    add(tmp_path / "db.sqlite3", 100)
    return tmp_path


def test_copy_of_a_database_in_use_is_whole(place):
    live, stop = place / "db.sqlite3", threading.Event()

    def write() -> None:
        while not stop.is_set():
            add(live, 10)

    writer = threading.Thread(target=write)
    writer.start()
    SqliteDatabase(live).dump(place / "point")
    stop.set()
    writer.join()
    assert rows(place / "point" / COPY) % 10 == 0
    assert 100 <= rows(place / "point" / COPY) <= rows(live)


def test_restore_takes_the_writes_after_the_copy_away_with_their_log(place):
    live = place / "db.sqlite3"
    database = SqliteDatabase(live)
    database.dump(place / "point")
    writer = sqlite3.connect(live)
    writer.execute("PRAGMA wal_autocheckpoint=0")
    writer.execute("INSERT INTO t VALUES ('late')")
    writer.commit()
    assert live.with_name("db.sqlite3-wal").stat().st_size > 0
    database.restore(place / "point")
    assert rows(live) == 100
    writer.close()


def test_restore_may_be_repeated(place):
    database = SqliteDatabase(place / "db.sqlite3")
    database.dump(place / "point")
    add(place / "db.sqlite3", 5)
    database.restore(place / "point")
    database.restore(place / "point")
    assert rows(place / "db.sqlite3") == 100


def test_restore_without_room_for_two_moves_only_a_copy_that_is_spent_and_may_be_repeated(place, monkeypatch):
    def no_room(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    database = SqliteDatabase(place / "db.sqlite3")
    database.dump(place / "point")
    add(place / "db.sqlite3", 5)
    monkeypatch.setattr(durable, "copy_beside", no_room)
    with pytest.raises(OSError):
        database.restore(place / "point")
    assert rows(place / "db.sqlite3") == 105
    database.verify(place / "point")
    database.restore(place / "point", spent=True)
    database.restore(place / "point", spent=True)
    assert rows(place / "db.sqlite3") == 100
    assert not (place / "point" / COPY).exists()


def test_damaged_database_is_not_taken_for_a_copy(place):
    live = place / "db.sqlite3"
    with closing(sqlite3.connect(live)) as database:
        database.execute("PRAGMA journal_mode=DELETE")
    content = bytearray(live.read_bytes())
    content[4096:8192] = os.urandom(4096)
    live.write_bytes(content)
    with pytest.raises(HostError) as failure:
        SqliteDatabase(live).dump(place / "point")
    assert failure.value.code == "database-damaged"


def test_damaged_copy_never_replaces_the_database(place):
    database = SqliteDatabase(place / "db.sqlite3")
    database.dump(place / "point")
    (place / "point" / COPY).write_bytes(b"not a database, certainly not one" * 200)
    with pytest.raises(HostError, match="not a database"):
        database.restore(place / "point")
    assert rows(place / "db.sqlite3") == 100


def test_missing_copy_that_was_never_moved_is_an_error(place):
    database = SqliteDatabase(place / "db.sqlite3")
    database.dump(place / "point")
    add(place / "db.sqlite3", 5)
    (place / "point" / COPY).unlink()
    with pytest.raises(HostError):
        database.restore(place / "point")
    assert rows(place / "db.sqlite3") == 105


def test_discard_takes_the_companions_too(place):
    database = SqliteDatabase(place / "db.sqlite3")
    keeper = sqlite3.connect(place / "db.sqlite3")
    keeper.execute("SELECT * FROM t").fetchone()
    database.discard()
    keeper.close()
    database.discard()
    shutil.rmtree(place / "point")
    assert list(place.iterdir()) == []
