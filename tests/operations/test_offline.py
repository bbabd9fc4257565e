"""Export and import of a carrier: what arrives, what is kept, and what a hostile carrier meets."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from semai.adapters.apt_repository import PackagesFolder, sign
from semai.adapters.apt_repository_vars import read_vars
from semai.adapters.mentor_client import MentorClient
from semai.adapters.store import Store
from semai.core.carrier import SEAL, WAYBILL, Waybill, artifact_path, parse, seal
from semai.errors import InvalidInput, SemaiError, TrustRefused

from tests.operations.offline_world import ELSEWHERE, WHEELS, Offline, offline

__all__ = ["offline"]

pytestmark = pytest.mark.slow

PLATFORM = "debian-12/x86_64"


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refused(world: Offline, kind: type[SemaiError], code: str, **request: object) -> SemaiError:
    """Import, and check the refusal: kind, code, and that nothing in use was touched."""
    before = world.taken()
    with pytest.raises(SemaiError) as caught:
        world.import_(**request)  # type: ignore[arg-type]
    assert (type(caught.value), caught.value.code) == (kind, code), caught.value
    assert world.taken() == before
    return caught.value


def resealed(world: Offline, **changes: object) -> None:
    """Seal a changed waybill with the region's own key, as a thief of the exporting machine could."""
    waybill = parse((world.stick / WAYBILL).read_bytes())
    content = seal(waybill.model_copy(update=changes))
    (world.stick / WAYBILL).write_bytes(content)
    key = PackagesFolder(world.online.state, "manggarai")
    (world.stick / SEAL).write_bytes(sign(key, content, inline=False))


# -- what arrives


def test_files_of_releases_arrive_in_the_store(offline: Offline) -> None:
    offline.export()
    imported = offline.import_()
    store = Store(offline.away_state.store)
    assert imported.artifacts == len(WHEELS)
    assert all(store.path(digest(content)).read_bytes() == content for content in WHEELS.values())


def test_files_for_other_machines_stay_at_home(offline: Offline) -> None:
    offline.export()
    [stranger] = ELSEWHERE.values()
    assert not (offline.stick / artifact_path(digest(stranger))).exists()


def test_the_catalog_is_trusted_by_the_fingerprint_in_apps_yml(offline: Offline) -> None:
    offline.export()
    assert offline.import_().mentors == ("batang",)
    client = MentorClient(offline.away_state.folder, "batang")
    assert client.load() == offline.client.load()
    assert client.fingerprint == offline.mentor.fingerprint


def test_the_catalog_folder_serves_mentor_add(offline: Offline, tmp_path: Path) -> None:
    offline.export()
    client = MentorClient(tmp_path / "third", "batang")
    client.add([(offline.stick / "catalogs/batang").as_uri()], offline.mentor.fingerprint, None, offline.now)
    client.refresh(offline.now)
    assert client.load() == offline.client.load()


def test_a_catalog_trusted_from_a_later_root_is_carried_with_its_first_roots(offline: Offline) -> None:
    offline.client.remove()
    offline.mentor.rotate_root_keys()
    offline.web = offline.mentor.write_to(offline.folder / "web")
    offline.trust()
    offline.select()
    offline.online.lock()
    offline.export()
    assert (offline.stick / "catalogs/batang/metadata/1.root.json").exists()
    shutil.copy(offline.online.files.apps, offline.away.apps)
    assert offline.import_().mentors == ("batang",)


def test_a_mentor_nobody_selected_is_passed_over(offline: Offline) -> None:
    offline.export()
    text = offline.away.apps.read_text().replace("batang", "kendal")
    offline.away.apps.write_text(text)
    offline.away.lock.unlink()
    imported = offline.import_()
    assert (imported.mentors, imported.passed_over) == ((), ("batang",))
    assert not (offline.away_state.folder / "mentors").exists()


def test_another_lock_than_the_carriers_is_told(offline: Offline) -> None:
    offline.export()
    assert not offline.import_().other_lock
    lock = json.loads(offline.away.lock.read_bytes())
    lock.pop("digest")
    lock["request"] = {}
    from semai.core.catalog import digest_of

    offline.away.lock.write_text(json.dumps({**lock, "digest": digest_of(lock)}))
    assert offline.import_().other_lock


# -- Debian packages


def test_packages_come_with_what_they_depend_on_and_nothing_else(offline: Offline) -> None:
    offline.with_debian()
    offline.export()
    offline.import_()
    found = read_vars(offline.away).repositories[PLATFORM]
    assert found["key"] == f"{found['path']}/key.asc"
    debs = sorted(path.name for path in Path(found["path"]).glob("*.deb"))
    assert debs == ["libc6_2.36-9+deb12u1_amd64.deb", "nginx-common_1.2~rc1-3_all.deb", "nginx_1.2-3_amd64.deb"]


def test_apt_accepts_the_repository_by_its_key_alone(offline: Offline, tmp_path: Path) -> None:
    offline.with_debian()
    offline.export()
    offline.import_()
    found = read_vars(offline.away).repositories[PLATFORM]
    root = tmp_path / "apt"
    for name in ("lists/partial", "etc", "cache/archives/partial"):
        (root / name).mkdir(parents=True)
    (root / "status").touch()
    (root / "list").write_text(f"deb [signed-by={found['key']}] file:{found['path']} ./\n")
    options = {
        "Dir::State::Lists": root / "lists", "Dir::State::status": root / "status",
        "Dir::Etc::sourcelist": root / "list", "Dir::Etc::sourceparts": "-", "Dir::Cache": root / "cache",
        "APT::Architecture": "amd64",
        "APT::Sandbox::User": "root", "Debug::NoLocking": 1, "APT::Update::Error-Mode": "any",
    }  # fmt: skip
    words = [part for name, value in options.items() for part in ("-o", f"{name}={value}")]
    update = subprocess.run(["apt-get", *words, "update"], capture_output=True, text=True, check=False)
    assert (update.returncode, "W:" in update.stderr) == (0, False), update.stderr
    asked = subprocess.run(["apt-cache", *words, "policy", "nginx"], capture_output=True, text=True, check=True)
    assert "Candidate: 1:1.2-3" in asked.stdout


def test_an_archive_that_its_keyring_does_not_sign_is_refused(offline: Offline) -> None:
    offline.with_debian()
    assert offline.debian is not None
    signed = offline.debian.folder / "dists/tiny/InRelease"
    signed.write_text(signed.read_text().replace("Suite: tiny", "Suite: evil"))
    with pytest.raises(SemaiError) as caught:
        offline.prepare()
    assert caught.value.code in ("archive-unsigned", "mirror-unreachable", "apt-failed")
    assert caught.value.code == "archive-unsigned"


def test_a_package_no_archive_has_is_named(offline: Offline) -> None:
    offline.with_debian()
    assert offline.debian is not None
    listed = offline.debian.listed
    request = offline.request()
    from dataclasses import replace

    from semai.operations import export

    from tests.operations.offline_world import QUIET

    wrong = replace(request, packages=listed.model_copy(update={"roles": {"nginx": {"any": ("php-none",)}}}))
    with pytest.raises(InvalidInput, match="php-none") as caught:
        export.prepare(offline.online.files, offline.state, wrong, QUIET)
    assert caught.value.code == "package-unknown"


# -- what is kept, and sizes


def test_sizes_are_known_before_anything_is_written(offline: Offline) -> None:
    shipment = offline.prepare()
    loads = {load.name: load for load in shipment.loads}
    total = sum(len(content) for content in WHEELS.values())
    assert (loads["artifacts"].size, loads["artifacts"].to_fetch, loads["artifacts"].to_write) == (total,) * 3
    assert not offline.stick.exists()


def test_a_second_export_writes_nothing(offline: Offline) -> None:
    offline.with_debian()
    offline.export()
    before = files_of(offline.stick)
    offline.now += timedelta(days=1)
    assert offline.export().written == 0
    assert files_of(offline.stick) == before


def test_a_second_export_mends_what_is_damaged_or_missing(offline: Offline) -> None:
    offline.export()
    before = files_of(offline.stick)
    first, second = (offline.stick / artifact_path(digest(content)) for content in WHEELS.values())
    first.write_bytes(b"x" * first.stat().st_size)
    second.unlink()
    assert offline.export().written == sum(len(content) for content in WHEELS.values())
    assert files_of(offline.stick) == before


def test_what_an_older_export_left_is_taken_away(offline: Offline) -> None:
    offline.export()
    [old] = [content for name, content in WHEELS.items() if name.startswith("kit")]
    offline.publish({"e_planning-2-py3-none-any.whl": b"2" * 10}, {}, "2026.12.0")
    offline.now = offline.mentor.now
    offline.client.refresh(offline.now)
    offline.online.lock(upgrade=True)
    offline.export()
    assert not (offline.stick / artifact_path(digest(old))).exists()
    shutil.copy(offline.online.files.lock, offline.away.lock)
    assert offline.import_().artifacts == 1


def test_files_over_the_limit_travel_in_parts(offline: Offline) -> None:
    offline.export(limit=1024)
    assert (
        max(len(content) for name, content in files_of(offline.stick).items() if name.startswith("artifacts"))
        <= 1024
    )
    offline.import_()
    big = WHEELS["e_planning-1-py3-none-any.whl"]
    assert Store(offline.away_state.store).path(digest(big)).read_bytes() == big


def test_a_damaged_part_is_named(offline: Offline) -> None:
    offline.export(limit=1024)
    part = next(offline.stick.glob("artifacts/*/*.003"))
    part.write_bytes(b"x" * part.stat().st_size)
    error = refused(offline, TrustRefused, "carrier-incomplete")
    assert str(part.relative_to(offline.stick)) in error.details[0]


def test_a_carrier_without_room_is_refused_before_it_is_written(offline: Offline) -> None:
    from dataclasses import replace

    shipment = replace(offline.prepare(), free=1000)
    with pytest.raises(SemaiError) as caught:
        shipment.require_space()
    assert caught.value.code == "no-space"


def test_a_stick_that_is_not_mounted_is_not_written_beside(offline: Offline) -> None:
    offline.stick = offline.folder / "media" / "usb" / "stick"
    with pytest.raises(SemaiError):
        offline.export()
    assert not (offline.folder / "media").exists()


def test_an_import_that_failed_reads_only_what_is_left(offline: Offline) -> None:
    offline.export()
    damaged = offline.stick / artifact_path(digest(WHEELS["kit-1-py3-none-any.whl"]))
    whole = damaged.read_bytes()
    damaged.unlink()
    refused(offline, TrustRefused, "carrier-incomplete")
    damaged.write_bytes(whole)
    good = offline.stick / artifact_path(digest(WHEELS["e_planning-1-py3-none-any.whl"]))
    good.unlink()  # it was read well already
    assert offline.import_().artifacts == 2


def test_a_second_import_changes_nothing(offline: Offline) -> None:
    offline.with_debian()
    offline.export()
    offline.import_()
    before = offline.taken()
    assert offline.import_().artifacts == 0
    after = offline.taken()
    assert {name for name in after if "mentors" not in name} == {name for name in before if "mentors" not in name}


def test_the_private_key_never_travels(offline: Offline) -> None:
    offline.with_debian()
    offline.export()
    private = PackagesFolder(offline.online.state, "manggarai").private
    assert private.stat().st_mode & 0o777 == 0o600
    assert not any(b"PRIVATE KEY" in content for content in files_of(offline.stick).values())
    assert not any(b"PRIVATE KEY" in content for content in files_of(offline.online.inventories).values())


# -- hostile carriers


def test_an_edited_waybill_is_refused(offline: Offline) -> None:
    offline.export()
    waybill = offline.stick / WAYBILL
    waybill.write_bytes(waybill.read_bytes().replace(b'"53.10"', b'"53.11"'))
    refused(offline, TrustRefused, "seal-broken")


def test_a_carrier_sealed_with_another_key_is_refused(offline: Offline) -> None:
    offline.export()
    asked = offline.fingerprint()
    offline.import_()
    shutil.rmtree(offline.online.state / "packages")
    offline.export()
    assert offline.fingerprint() != asked
    refused(offline, TrustRefused, "seal-broken", fingerprint=None)
    refused(offline, TrustRefused, "packages-key-differs")


def test_an_unknown_key_needs_its_fingerprint(offline: Offline) -> None:
    offline.export()
    refused(offline, InvalidInput, "packages-key-unknown", fingerprint=None)
    refused(offline, TrustRefused, "packages-key-differs", fingerprint=None, confirm=lambda _: "00000000")
    assert offline.import_(fingerprint=None, confirm=lambda found: found[-8:]).artifacts == 2


def test_the_key_in_the_inventory_is_enough(offline: Offline) -> None:
    offline.export()
    shutil.copy(
        offline.online.files.folder / "group_vars/all/packages.yml",
        offline.away.folder / "group_vars/all/packages.yml",
    )
    assert offline.import_(fingerprint=None).artifacts == 2


def test_a_second_key_beside_the_regions_is_refused(offline: Offline) -> None:
    offline.export()
    key = offline.stick / "semai-key.asc"
    key.write_bytes(key.read_bytes() * 2)
    refused(offline, TrustRefused, "packages-key-unreadable")


def test_another_regions_carrier_is_refused(offline: Offline) -> None:
    offline.export()
    resealed(offline, region="kendal")
    refused(offline, TrustRefused, "carrier-of-another-region")


def test_an_older_carrier_is_refused(offline: Offline) -> None:
    offline.export()
    old = offline.folder / "old"
    shutil.copytree(offline.stick, old)
    offline.publish({"e_planning-2-py3-none-any.whl": b"2" * 10}, {}, "2026.12.0")
    offline.now = offline.mentor.now
    offline.client.refresh(offline.now)
    offline.online.lock(upgrade=True)
    offline.export()
    offline.import_()
    offline.stick = old
    refused(offline, TrustRefused, "carrier-older")


def test_an_older_catalog_under_a_newer_waybill_is_refused_by_tuf(offline: Offline) -> None:
    offline.export()
    old = offline.folder / "old"
    shutil.copytree(offline.stick, old)
    offline.publish({"e_planning-2-py3-none-any.whl": b"2" * 10}, {}, "2026.12.0")
    offline.now = offline.mentor.now
    offline.client.refresh(offline.now)
    offline.export()
    offline.import_()
    offline.stick = old
    resealed(offline, created="2027-01-01T00:00:00Z")
    refused(offline, TrustRefused, "catalog-older")


def test_an_expired_catalog_needs_to_be_accepted(offline: Offline) -> None:
    from semai.core.trust import Stale

    offline.export()
    later = offline.now + timedelta(days=420)
    refused(offline, TrustRefused, "catalog-expired", now=later)
    stale = Stale(timedelta(days=60), "only carrier we have")
    assert offline.import_(now=later, stale=stale).mentors == ("batang",)


def test_a_mentor_with_another_fingerprint_in_apps_yml_is_refused(offline: Offline) -> None:
    offline.export()
    text = offline.away.apps.read_text().replace(offline.mentor.fingerprint, "a" * 64)
    offline.away.apps.write_text(text)
    refused(offline, TrustRefused, "fingerprint-differs")


def test_links_devices_and_changed_sizes_are_named_and_not_read(offline: Offline) -> None:
    offline.export()
    first, second = (offline.stick / artifact_path(digest(content)) for content in WHEELS.values())
    first.unlink()
    first.symlink_to("/etc/passwd")
    with second.open("ab") as file:
        os.ftruncate(file.fileno(), 1 << 40)  # a hole of a terabyte
    hint = offline.stick / "catalogs/batang/mentor.json"
    hint.unlink()
    os.mkfifo(hint)
    error = refused(offline, TrustRefused, "carrier-incomplete")
    assert len(error.details) == 3
    assert all(str(path.relative_to(offline.stick)) in " ".join(error.details) for path in (first, second, hint))


def test_a_folder_that_is_a_link_is_refused(offline: Offline) -> None:
    offline.export()
    (offline.stick / "artifacts").rename(offline.folder / "moved")
    (offline.stick / "artifacts").symlink_to(offline.folder / "moved")
    refused(offline, TrustRefused, "carrier-incomplete")


def test_export_follows_no_link_out_of_the_carrier(offline: Offline) -> None:
    outside = offline.folder / "outside"
    outside.mkdir()
    offline.stick.mkdir()
    (offline.stick / "artifacts").symlink_to(outside)
    with pytest.raises(TrustRefused) as caught:
        offline.export()
    assert caught.value.code == "outside-base"
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize(
    "path",
    [
        "../x",
        "/etc/passwd",
        "artifacts/../../x",
        "catalogs/batang/aux",
        "catalogs/batang/a:b",
        "catalogs/batang/x.",
    ],
)
def test_names_that_leave_the_carrier_or_fat_are_refused(offline: Offline, path: str) -> None:
    offline.export()
    waybill = parse((offline.stick / WAYBILL).read_bytes())
    wrong = waybill.files[0].model_copy(update={"path": path})
    resealed(offline, files=(wrong, *waybill.files[1:]))
    refused(offline, TrustRefused, "waybill-corrupt")


def test_a_waybill_that_never_ends_is_refused(offline: Offline) -> None:
    offline.export()
    with (offline.stick / WAYBILL).open("ab") as file:
        os.ftruncate(file.fileno(), 1 << 40)
    refused(offline, TrustRefused, "carrier-incomplete")


def test_a_repository_signed_by_another_key_is_refused_even_under_the_seal(offline: Offline) -> None:
    offline.with_debian()
    offline.export()
    path = offline.stick / "packages/debian-12-x86_64/InRelease"
    assert offline.debian is not None
    path.write_bytes((offline.debian.folder / "dists/tiny/InRelease").read_bytes())
    content = path.read_bytes()
    waybill: Waybill = parse((offline.stick / WAYBILL).read_bytes())
    files = tuple(
        f.model_copy(update={"size": len(content), "sha256": digest(content)})
        if f.path.endswith("/InRelease")
        else f
        for f in waybill.files
    )
    resealed(offline, files=files)
    refused(offline, TrustRefused, "seal-broken")


# -- hosts are told


def test_new_packages_change_what_servers_are_told(offline: Offline) -> None:
    from semai.operations.deployment import refresh_deployment

    hosts = offline.away.hosts
    hosts.write_text(
        "all:\n  vars: {semai_profile: server, semai_root: /srv/semai}\n"
        "  children:\n    app: {hosts: {satu: {ansible_host: 10.0.0.1}}}\n"
    )
    offline.with_debian()
    offline.export()
    refresh_deployment(offline.away)
    assert not refresh_deployment(offline.away)
    offline.import_()
    assert refresh_deployment(offline.away)
    assert not refresh_deployment(offline.away)
