"""Two reference apps on a bare Debian 12: by semai, by a straight script; then no-op, update under load, memory."""

from __future__ import annotations

import json
import re
import shutil
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from semai_host import envfile

from tests.bench.figures import Figure
from tests.bench.servers.asking import Load, answers
from tests.bench.servers.offices import DOMAIN, REFERENCE, USER, Region, reference, settled
from tests.bench.servers.watching import idle_figures, memory
from tests.lab.lab import Lab
from tests.lab.machine import Machine

TOPIC = "servers"
RATIO = 1.3
NOTHING_SECONDS = 3.0
SCRIPT = Path(__file__).with_name("by_hand.sh")
ZONE = "Asia/Makassar"
OWN = ("DATABASE_", "SECRET_KEY", "SEMAI_ADMIN", "SEMAI_BIND", "SEMAI_MEDIA", "SEMAI_STATIC", "SEMAI_REGION_FILE",
       "SEMAI_BASE_URL")  # fmt: skip


def measure(lab: Lab, folder: Path, repeats: int = 1) -> Iterator[Figure]:
    """Install in turns on one machine that is made anew each time; the last semai install is looked at further."""
    (machine,) = lab.machines(1)
    try:
        region = reference(folder, machine)
        script, semai = [], []
        packed = by_hand_files(region, folder / "by-hand")
        for _ in range(repeats):
            machine.reset()
            script.append(by_hand(machine, region, packed))
            machine.reset()
            machine.add_user(USER, sudo=True)
            semai.append(region.cost("apply", "--yes"))
            require_sites(machine, region.authority)
        ratios = tuple(one.wall / other for one, other in zip(semai, script, strict=True))
        walls, note = tuple(cost.wall for cost in semai), f"processor {semai[-1].cpu:.0f} s here"
        yield Figure(TOPIC, "fresh install of 2 apps, straight script", tuple(script))
        yield Figure(TOPIC, "fresh install of 2 apps, semai apply --yes", walls, note=note)
        yield Figure(TOPIC, "  semai / script", ratios, "x", RATIO)
        settled()
        yield from idle_figures(machine, region, "2 apps", NOTHING_SECONDS)
        yield from memory(machine, "2 apps")
        yield from update_under_load(machine, region)
    finally:
        lab.discard([machine])


def by_hand_files(region: Region, folder: Path) -> Path:
    """Pack the script with what it needs into one tar."""
    (folder / "wheels").mkdir(parents=True)
    shutil.copy(SCRIPT, folder)
    for item in region.apps:
        name = item["name"]
        for artifact in item["artifacts"]:
            place = {
                "wheel": folder / "wheels" / artifact["file"],
                "tool": folder / "uv.whl",
                "requirements": folder / f"{name}.requirements.txt",
                "static": folder / f"{name}.static.tar.gz",
            }[artifact["kind"]]
            shutil.copy(region.file_of(artifact), place)
        (folder / f"{name}.env").write_text(envfile.render(_settings(item["environment"])))
        (folder / "region.json").write_text(item["files"]["shared/region.json"]["content"])
    packed = folder.with_suffix(".tar")
    with tarfile.open(packed, "w") as tar:
        tar.add(folder, arcname=".")
    return packed


def _settings(environment: dict[str, Any]) -> dict[str, str]:
    """Return what the script does not make itself; secrets are made up."""
    kept = {name: value for name, value in environment.items() if not name.startswith(OWN)}
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in kept.items()}
    return {name: re.sub(r"@secret\([^)]*\)", "0123456789abcdef" * 4, text) for name, text in texts.items()}


def by_hand(machine: Machine, region: Region, packed: Path) -> float:
    """Bring the tar and run the script; return the seconds once its sites answer."""
    apps = " ".join(f"{item['name']}:{item['port']}" for item in region.apps)
    started = time.perf_counter()
    machine.run("mkdir /root/apps && tar -x -C /root/apps", given=packed.read_bytes())
    machine.run(f"cd /root/apps && bash by_hand.sh {DOMAIN} {ZONE} {apps}", timeout=900)
    taken = time.perf_counter() - started
    require_sites(machine, machine.run("cat /etc/ssl/apps/cert.pem").out)
    return taken


def require_sites(machine: Machine, authority: str) -> None:
    """Raise unless every app is served over https, health and the page for logging in."""
    for app in REFERENCE:
        for path in ("/healthz", "/masuk/"):
            if not answers(machine.address, f"{app}.{DOMAIN}", authority, path):
                raise RuntimeError(f"{app} does not answer at {path}")


def update_under_load(machine: Machine, region: Region) -> Iterator[Figure]:
    """Ask e-planning for pages without a pause while its next release, of class code, comes."""
    region.release_of("e-planning", "code")
    with Load(machine.address, f"e-planning.{DOMAIN}", region.authority, "/healthz") as load:
        settled()
        taken = region.cost("apply", "--yes").wall
        settled()
    asked = len(load.seconds) + len(load.failures)
    said = f"{asked:,} requests, {', '.join(sorted(set(load.failures))[:3]) or 'all answered with 200'}"
    yield Figure(TOPIC, "update of class code under load, semai apply", (taken,))
    yield Figure(TOPIC, "  requests failed meanwhile", (len(load.failures),), "", 1, note=said)
    yield Figure(TOPIC, "  slowest request meanwhile", (max(load.seconds) * 1000,), "ms", note=_share(load.seconds))


def _share(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    middle, most = ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100]
    return f"median {middle * 1000:.0f} ms, 99 of 100 below {most * 1000:.0f} ms"
