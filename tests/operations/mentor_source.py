"""A mentor's source for tests: two tiny apps that build without a network, a folder of wheels as the index.

The apps' wheels are made by a build backend of their own; `uv` is told by its environment to use the wheel folder.
"""

from __future__ import annotations

import base64
import hashlib
import io
import platform
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
MACHINE = platform.machine()
HERE = f"{PYTHON}/{MACHINE}"

BACKEND = """
import base64, hashlib, zipfile
from pathlib import Path

PROJECT, VERSION, REQUIRES, SCRIPT = {project!r}, {version!r}, {requires!r}, {script!r}
MODULE = PROJECT.replace("-", "_")


def get_requires_for_build_wheel(config_settings=None):
    return []


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    info = f"{{MODULE}}-{{VERSION}}.dist-info"
    metadata = f"Metadata-Version: 2.1\\nName: {{PROJECT}}\\nVersion: {{VERSION}}\\n"
    metadata += "".join(f"Requires-Dist: {{line}}\\n" for line in REQUIRES)
    sources = sorted((Path(__file__).parent / MODULE).glob("*.py"))
    files = {{f"{{MODULE}}/{{path.name}}": path.read_text() for path in sources}}
    files[f"{{info}}/METADATA"] = metadata
    files[f"{{info}}/WHEEL"] = "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    if SCRIPT:
        files[f"{{info}}/entry_points.txt"] = f"[console_scripts]\\n{{PROJECT}} = {{MODULE}}:main\\n"
    record = [f"{{name}},sha256={{digest(text)}},{{len(text.encode())}}" for name, text in files.items()]
    files[f"{{info}}/RECORD"] = "\\n".join([*record, f"{{info}}/RECORD,,"]) + "\\n"
    name = f"{{MODULE}}-{{VERSION}}-py3-none-any.whl"
    with zipfile.ZipFile(Path(wheel_directory) / name, "w") as wheel:
        for path, text in files.items():
            wheel.writestr(zipfile.ZipInfo(path, (2020, 2, 2, 0, 0, 0)), text)
    return name


def digest(text):
    raw = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
"""

PROGRAM = """
import sys
from pathlib import Path


def main():
    assert sys.argv[1] == "collect-static"
    folder = Path(sys.argv[2])
    (folder / "css").mkdir()
    (folder / "css" / "app.css").write_text("body {}")
"""


class MentorSource:
    """Folders below `root`: catalog/, sources/, index/ and requirements.lock."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.catalog = root / "catalog"
        self.index = root / "index"
        self.index.mkdir(parents=True)
        self.pins: list[str] = []
        self.dependency("tiny", "1.0")
        self.dependency("uv", "9.9", tag=f"py3-none-manylinux_2_17_{MACHINE}")
        self.distribution("kit", "0.1", requires=["tiny>=1"])
        self.distribution("e-planning", "2026.11.0", requires=["kit==0.1"], script=True)
        self.distribution("e-budgeting", "2026.11.0", requires=["kit==0.1"], script=True)
        self.write("catalog/catalog.yml", CATALOG)
        self.write("catalog/bases/kit.yml", BASE)
        for app in ("e-planning", "e-budgeting"):
            self.write(f"catalog/apps/{app}/app.yml", APP.replace("$app", app))
        self.release("e-planning", "2026.11.0", "provides: {planning.work-plan: ['1.0']}")
        self.release("e-budgeting", "2026.11.0", "consumes: {planning.work-plan: {version: '>=1,<2'}}")
        self.lock()

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def replace(self, name: str, old: str, new: str) -> None:
        path = self.root / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def release(self, app: str, version: str, *lines: str) -> Path:
        text = RELEASE.replace("$app", app).replace("$version", version) + "".join(f"{line}\n" for line in lines)
        return self.write(f"catalog/apps/{app}/{version}.yml", text)

    def distribution(self, name: str, version: str, *, requires: list[str], script: bool = False) -> None:
        self.write(
            f"sources/{name}/pyproject.toml",
            f'[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n\n'
            f'[project]\nname = "{name}"\nversion = "{version}"\n',
        )
        backend = BACKEND.format(project=name, version=version, requires=requires, script=script)
        self.write(f"sources/{name}/backend.py", backend)
        self.write(f"sources/{name}/{name.replace('-', '_')}/__init__.py", PROGRAM if script else "")

    def dependency(self, name: str, version: str, *, tag: str = "py3-none-any") -> Path:
        """Put a wheel into the index folder and pin it."""
        path = self.index / f"{name}-{version}-{tag}.whl"
        path.write_bytes(wheel_bytes(name, version, tag, {f"{name}.py": "VALUE = 1\n"}))
        self.pins.append(f"{name}=={version} --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n")
        return path

    def lock(self) -> None:
        self.write("requirements.lock", "".join(self.pins))


def wheel_bytes(name: str, version: str, tag: str, files: Mapping[str, str]) -> bytes:
    info = f"{name}-{version}.dist-info"
    every = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    lines = [f"{path},sha256={_digest(text)},{len(text.encode())}" for path, text in every.items()]
    every[f"{info}/RECORD"] = "\n".join([*lines, f"{info}/RECORD,,"]) + "\n"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as wheel:
        for path, text in every.items():
            wheel.writestr(zipfile.ZipInfo(path, (2020, 2, 2, 0, 0, 0)), text)
    return packed.getvalue()


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def make_source(root: Path, monkeypatch: pytest.MonkeyPatch) -> MentorSource:
    """Return a fresh source, with uv confined to its wheel folder."""
    source = MentorSource(root)
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_FIND_LINKS", str(source.index))
    monkeypatch.setenv("UV_NO_CONFIG", "1")
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "never")
    return source


CATALOG = """schema: 1
id: batang
name: Kabupaten Batang
region_code: "33.25"
urls: ["https://catalog.example.test"]
constraints: ../requirements.lock
"""

BASE = """runtime: python
resources:
  secrets: [secret_key]
environment:
  SECRET_KEY: "{{ secrets.secret_key }}"
  SEMAI_BASE_URL: "{{ site.url }}"
  SEMAI_CONTRACTS: "{{ contracts }}"
health:
  path: /healthz
"""

APP = """schema: 1
id: $app
name: App $app
summary: What $app does
owner: Bapperida
terms:
  licence: EUPL-1.2
build:
  source: ../sources/$app
  parts: [../sources/kit]
  static: [$app, collect-static]
"""

RELEASE = """base: kit
schema: 1
version: $version
commands:
  serve: [$app, serve]
"""
