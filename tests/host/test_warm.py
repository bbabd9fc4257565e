"""warm: a release is made before it comes, and nothing else on the host changes."""

from __future__ import annotations

from pathlib import Path


def inodes(folder: Path, name: str) -> set[int]:
    return {path.stat().st_ino for path in folder.rglob(name)}


def test_a_release_that_was_warmed_is_taken_as_it_is(host, app):
    request = host.request(app, "2026.1.0")
    before = sorted(host.root.glob("apps/*"))
    assert host.call("warm", host.write(request))["changed"] is False
    assert sorted(host.root.glob("apps/*")) == before
    assert not host.root.joinpath("apps", app, "releases").exists()
    assert app not in host.state()["apps"] or host.state()["apps"][app]["receipt"] is None
    folder = host.root / "tools" / "warmed" / app
    warmed = inodes(folder, "*.py")
    assert warmed
    assert host.leftovers() == []

    host.activate(request)
    assert host.serves(app) == "2026.1.0"
    release = host.root / "apps" / app / "releases" / "2026.1.0"
    assert inodes(release, "*.py") == warmed
    assert not folder.exists()


def test_a_release_that_was_warmed_gives_way_to_another(host, app):
    host.call("warm", host.write(host.request(app, "2026.1.0")))
    host.activate(host.request(app, "2026.2.0"))
    assert host.serves(app) == "2026.2.0"
    assert list(host.root.joinpath("tools", "warmed").iterdir()) == []


def test_what_cannot_be_made_leaves_nothing(own_host):
    request = own_host.request("kolam", "2026.1.0")
    wheel = next(artifact for artifact in request["artifacts"] if artifact["kind"] == "wheel")
    (own_host.root / "store" / wheel["sha256"]).write_bytes(b"x" * wheel["size"])
    assert own_host.call("warm", own_host.write(request), expect=1)["error"]["code"] == "artifact-corrupt"
    wrong = {**wheel, "sha256": "0" * 64}
    request["artifacts"] = [wrong if artifact == wheel else artifact for artifact in request["artifacts"]]
    assert own_host.call("warm", own_host.write(request), expect=7)["error"]["code"] == "artifact-missing"
    assert own_host.leftovers() == []


def test_what_a_killed_run_left_is_taken_away(host):
    left = host.root / "tools" / "warmed" / "kolam.partial" / "venv"
    left.mkdir(parents=True)
    host.call("recover")
    assert host.leftovers() == []
