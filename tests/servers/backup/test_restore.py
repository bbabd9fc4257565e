"""A region's backups on another machine behind SFTP, and another region that starts anew from them there.

Two machines: the first serves a real WordPress, the second keeps its backups, is bare otherwise, and becomes the
server of the other region.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.lab.lab import Lab
from tests.lab.machine import Machine
from tests.servers.php.office import Mentor, Region
from tests.servers.php.visits import WordPress, picture
from tests.servers.test_install import Office

pytestmark = [pytest.mark.lab, pytest.mark.thorough]

KEEPER = "cadangan"
DATABASE = "semai_wordpress"
UPLOADS = "/srv/semai/apps/wordpress/shared/data/wp-content/uploads"
IMPOSTOR = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAx2b9VbGpWyWvmyAoB9XjyI6mFYFJm2pV5zQKX6J6vN"
ARCHIVE = """
CREATE TABLE arsip (id INT PRIMARY KEY, isi CHAR(64)) ENGINE=InnoDB;
INSERT INTO arsip SELECT seq, SHA2(seq, 256) FROM seq_1_to_200000;
CREATE DEFINER=semai_wordpress@localhost VIEW judul AS SELECT post_title FROM wp_posts;
"""


@dataclass(frozen=True)
class Store:
    """The machine that keeps backups, and the user who does."""

    machine: Machine

    @property
    def place(self) -> str:
        return f"{KEEPER}@{self.machine.address}:/home/{KEEPER}/sets"

    @property
    def host_key(self) -> str:
        return " ".join(self.machine.run("cat /etc/ssh/ssh_host_ed25519_key.pub").out.split()[:2])

    def let_in(self, line: str) -> None:
        self.machine.run(f"cat >> /home/{KEEPER}/.ssh/authorized_keys", given=line.encode())

    def size(self) -> int:
        return int(self.machine.run(f"du -sb /home/{KEEPER}/sets | cut -f1").out)


def adopted(office: Office, machine: Machine, mentor: Mentor, code: str) -> None:
    """Make a region with this machine and select WordPress."""
    machine.add_user("admin", sudo=True)
    office.semai("region", "new", office.region, "--code", code, "--defaults", "--server", "--user", "admin")
    office.lead_to(machine, "admin")
    office.semai("mentor", "add", "batang", mentor.web, "--fingerprint", mentor.fingerprint)
    office.semai("catalog", "update")
    office.semai("add", "wordpress", "--yes", "--answer", f"admin_email=humas@{office.region}kab.go.id")


def keep_at(office: Office, store: Store) -> None:
    """Write into region.yml that backups lie with the store."""
    path = office.inventory / "group_vars" / "all" / "region.yml"
    content = yaml.safe_load(path.read_text())
    place = {"kind": "sftp", "location": store.place, "host_key": store.host_key}
    content["semai_region"]["backup"] = place
    path.write_text(yaml.safe_dump(content, sort_keys=False))


def rows(machine: Machine) -> str:
    return machine.run(f"mariadb -BN {DATABASE}", given=b"SELECT COUNT(*), MAX(isi) FROM arsip").out


def test_another_region_starts_from_backups_behind_sftp(lab: Lab, tmp_path: Path) -> None:
    serving, keeping = lab.machines(2)
    try:
        second = _another_region_starts_from_backups(serving, Store(keeping), tmp_path)
        second.semai("apply", "--yes")  # brings the key that opens the store to the server
        second.semai("plan", "--check")
    finally:
        lab.discard([serving, keeping])


def _another_region_starts_from_backups(serving: Machine, store: Store, tmp_path: Path) -> Office:
    store.machine.add_user(KEEPER, sudo=False)
    for name in ("satu", "dua"):
        (tmp_path / name).mkdir()
    first, second = Office(tmp_path / "satu"), Office(tmp_path / "dua", region="ende")
    mentor = Mentor.start(first)
    mentor.publish()
    adopted(first, serving, mentor, "53.10")
    keep_at(first, store)
    first.semai("lock")
    first.semai("apply", "--yes")
    town = Region(first, serving)
    assert serving.run("stat -c '%a %U' /srv/semai/backup/ssh-key").out == "600 root\n"

    first.semai("backup", "create", "--yes", code=7)
    assert first.error == "repository-closed"
    store.let_in(first.semai("backup", "access", "sftp"))
    person = WordPress(town.visitor("wordpress"))
    person.log_in(town.secrets["wordpress"]["admin_password"])
    page, content = person.write("pengumuman", "Kantor tutup hari Senin"), picture(200)
    upload = person.upload("lambang.png", content)
    serving.run(f"mariadb {DATABASE}", given=ARCHIVE.encode())
    serving.run(f"head -c 100000000 /dev/urandom > {UPLOADS}/film && chown semai-wordpress: {UPLOADS}/film")
    first.semai("backup", "create", "--yes")
    stored = store.size()
    person.write("rapat", "Rapat hari Selasa")
    first.semai("backup", "create", "--yes")
    assert store.size() - stored < stored * 0.05, (stored, store.size())
    counted = rows(serving)
    serving.power_cut()  # the first region's server is no more

    adopted(second, store.machine, mentor, "53.08")
    second.semai("lock")
    second.semai("apply", "--yes")
    store.let_in(second.semai("backup", "access", "sftp"))
    key = tmp_path / "key"
    key.write_text(first.semai("backup", "key", "--show"))
    place = ("--from", store.place, "--kind", "sftp", "--host-key", store.host_key, "--key-file", key)
    stranger = ("--from", store.place, "--kind", "sftp", "--key-file", key, "--host-key", IMPOSTOR)
    second.semai("backup", "list", *stranger, code=7)
    assert second.error == "repository-stranger"
    second.semai("backup", "restore", *place, "--yes")

    other = Region(second, store.machine, "endekab.go.id")
    visitor = other.visitor("wordpress")
    assert "Kantor tutup hari Senin" in visitor.get(page).text
    assert visitor.get(upload).content == content
    assert "wpadminbar" in WordPress(visitor).log_in(town.secrets["wordpress"]["admin_password"]).text
    assert rows(store.machine) == counted
    run = store.machine.run
    assert run("ls /srv/semai/backup /srv/semai/apps/wordpress/shared | grep -E 'other|restor' || true").out == ""
    said = run("journalctl -q -o cat; cat /srv/semai/journal/* /srv/semai/audit.log").out
    assert [secret for secret in (key.read_text().strip(), "PRIVATE KEY") if secret in said] == []
    assert re.search(r"backup restore \S+ wordpress", (second.inventory / "audit.jsonl").read_text())
    return second
