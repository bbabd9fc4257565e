# Runs on the machine, after a line that sets NAMES: prints as JSON what lies and runs there.
import json
import os
import re
import subprocess
from pathlib import Path

root, app = Path(NAMES["root"]), NAMES["app"]  # noqa: F821
folder = root / "apps" / app
WORD = re.compile(r"\b(?:w[0-9]+-[0-9]+|(?:first|later)-[0-9]+)\b")
BAD = (".partial", ".tmp", ".reserve", ".tether", ".restoring", ".replaced", ".pending")


def printed(command, *words):
    ran = subprocess.run(["sh", "-c", command, "sh", *words], capture_output=True, text=True)
    if ran.returncode:
        raise SystemExit(ran.stderr)
    return ran.stdout


def version_of_receipt():
    path = root / "receipts" / (app + ".json")
    return json.loads(path.read_text())["version"] if path.exists() else ""


def left():
    for place, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in ("uv-cache", "cache")]
        yield from (os.path.join(place, name) for name in (*folders, *files) if name.endswith(BAD))
    journal = root / "journal"
    yield from (str(path) for path in journal.glob("*.json"))
    yield from (str(path) for path in [root / "backup" / "staging"] if path.exists())
    yield from printed(NAMES["scratch"]).split()  # noqa: F821


def kept():
    for point in (folder / "restore-points").glob("*"):
        rows = set(WORD.findall(printed(NAMES["copies"], str(point))))  # noqa: F821
        letters = {path.name for path in point.rglob("*") if WORD.fullmatch(path.name)}
        yield from rows & letters


def running():
    shape = re.compile(re.escape(str(folder / "releases")) + "/([0-9.]+)/")
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_text(errors="replace")
        except OSError:
            continue
        yield from shape.findall(words)


def left_of_the_app():
    """Yield what a host that has no such app must not have."""
    yield from (str(path) for path in folder.glob("*") if path.name not in ("restore-points", "staged"))
    yield from map(str, Path("/etc/systemd/system").glob(f"semai-{app}.*"))


there = (folder / "serving.json").exists()
print(
    json.dumps(
        {
            "there": there,
            "receipt": version_of_receipt(),
            "maintenance": os.listdir(root / "maintenance"),
            "left": [*sorted(left()), *(() if there else left_of_the_app())],
            "kept": sorted(set(kept())),
            "running": sorted(set(running())),
        }
    )
)
