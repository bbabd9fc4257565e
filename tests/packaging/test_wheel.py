"""The wheel carries all that semai needs: from a fresh venv it works in an empty folder, without a checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

CHECKOUT = Path(__file__).resolve().parents[2]
UV = Path(sys.executable).with_name("uv")
LEFT_OUT = (".pyc", ".po~")


@dataclass(frozen=True)
class Installed:
    """A fresh venv with the wheel, and an empty folder to work in."""

    venv: Path
    folder: Path

    def run(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a program of the venv; third-party packages come from the venv of the tests, semai does not."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SEMAI_", "PYTHON"))}
        environment = {
            **kept,
            "PYTHONPATH": sysconfig.get_path("purelib"),
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
        }
        command = [str(self.venv / "bin" / words[0]), *map(str, words[1:])]
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True)

    def semai(self, *words: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
        ran = self.run("semai", *words)
        assert ran.returncode == code, ran.stderr
        return ran


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel the way a release is built."""
    folder = tmp_path_factory.mktemp("dist")
    build: list[str | Path] = [
        UV,
        "build",
        "-q",
        "--wheel",
        "--build-constraints",
        "requirements.lock",
        "--out-dir",
        folder,
    ]
    subprocess.run(build, cwd=CHECKOUT, check=True)
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    venv, folder = tmp_path_factory.mktemp("venv") / "v", tmp_path_factory.mktemp("empty")
    subprocess.run([UV, "venv", "-q", "--python", sys.executable, venv], check=True)
    install: list[str | Path] = [
        UV,
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--python",
        venv / "bin" / "python",
        wheel,
    ]
    subprocess.run(install, check=True)
    return Installed(venv, folder)


def files_of(folder: Path) -> set[str]:
    """Return the paths of a source folder that a wheel should carry."""
    found = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(folder)) for path in found if not path.name.endswith(LEFT_OUT)}


def test_wheel_carries_every_file_of_the_package_the_roles_and_the_host_tool_once(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    wanted = {f"semai/{path}" for path in files_of(CHECKOUT / "installer" / "semai")}
    wanted |= {f"semai/shipped/roles/{path}" for path in files_of(CHECKOUT / "roles")}
    tool = files_of(CHECKOUT / "installer" / "semai_host")
    wanted |= {f"semai/shipped/module_utils/semai_host/{path}" for path in tool}
    assert names == wanted
    for needed in (
        "semai/locale/id/LC_MESSAGES/semai.mo",
        "semai/data/region_rules.json",
        "semai/playbooks/site.yml",
        "semai/playbooks/library/semai_state.py",
        "semai/playbooks/callback_plugins/semai_events.py",
        "semai/playbooks/filter_plugins/semai.py",
        "semai/shipped/roles/app/tasks/main.yml",
        "semai/shipped/module_utils/semai_host/__main__.py",
    ):
        assert needed in names


def test_installed_semai_finds_its_own_roles_playbooks_and_host_tool(installed: Installed) -> None:
    program = (
        "import json, semai.adapters.resources as module; found = module.find();"
        "tool = found.host_tool / '__main__.py';"
        "print(json.dumps([module.__file__, *map(str, (found.playbook('site'), found.roles / 'app', tool))]))"
    )
    ran = installed.run("python", "-c", program)
    assert ran.returncode == 0, ran.stderr
    for path in json.loads(ran.stdout):
        assert Path(path).exists()
        assert Path(path).is_relative_to(installed.venv), "nothing of the checkout may be used"


def test_help_and_version_work_in_both_languages(installed: Installed) -> None:
    assert "Adopt the e-government apps" in installed.semai("--help").stdout
    assert installed.semai("--version").stdout.startswith("semai 2026.")
    indonesian = installed.semai("--lang", "id", "plan", "--help")
    assert "Show what apply would change" not in indonesian.stdout


def test_reading_verbs_work_before_anything_is_there(installed: Installed) -> None:
    assert json.loads(installed.semai("mentor", "list", "--json").stdout) == []
    findings = json.loads(installed.semai("doctor", "--json").stdout)["findings"]
    assert {finding["code"] for finding in findings} >= {"python", "disk"}
    refused = installed.semai("region", "check", code=2)
    assert "error[no-region]" in refused.stderr
    assert "semai region new NAME" in refused.stderr
    refused = installed.semai("demo", "up", code=1)
    assert "error[checkout-needed]" in refused.stderr
    assert list(installed.folder.glob("inventories/*")) == []


def test_a_region_is_made_and_its_plan_asks_for_a_lock_first(installed: Installed) -> None:
    root = installed.folder / "root"
    installed.semai("region", "new", "manggarai", "--code", "53.10", "--defaults", "--root", root)
    shown = json.loads(installed.semai("region", "show", "--json").stdout)
    assert "Kabupaten Manggarai" in json.dumps(shown, ensure_ascii=False)
    installed.semai("region", "check")
    for verb in ("plan", "apply", "status"):
        refused = installed.semai(verb, code=2)
        assert "error[no-lock]: manggarai has no lock yet" in refused.stderr
        assert "hint: semai lock" in refused.stderr
    assert not root.exists()
