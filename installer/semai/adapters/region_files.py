"""A region's inventory folder: where its files are, reading them into models, writing what semai generates."""

from __future__ import annotations

import base64
import difflib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from semai.adapters.files import write_atomic
from semai.adapters.locking import Claim, locked
from semai.adapters.override_files import OverrideFiles
from semai.adapters.state import append_taken_over
from semai.adapters.yaml_checks import Document, invalid_file, problem_lines, validate
from semai.adapters.yaml_edits import drop_entry, set_entry
from semai.adapters.yaml_files import load_yaml, read_document, shown_path
from semai.core import lockfile
from semai.core.hosts import Hosts, HostsFile, machines_of
from semai.core.marks import Marks
from semai.core.placement_checks import carried_nowhere, carried_unselected, hosts_problems, region_needs
from semai.core.region import REGION_NAME, Region, Selection
from semai.core.region_checks import Place, Problem, region_problems, selection_problems
from semai.errors import InvalidInput
from semai.messages import N_, translate

REGION_KEY = "semai_region"
SELECTION_KEY = "semai_selection"
MAX_LOGO = 512 * 1024
_HOSTILE_SVG = (
    "<script",
    "<!entity",
    "<!doctype",
    "<foreignobject",
    "javascript:",
    "onload=",
    "onclick=",
    "onerror=",
)
_IMAGES = {
    ".png": ("image/png", b"\x89PNG\r\n"),
    ".jpg": ("image/jpeg", b"\xff\xd8"),
    ".jpeg": ("image/jpeg", b"\xff\xd8"),
}


class RegionFiles:
    """The files of one region; reading raises InvalidInput with every error of a file."""

    def __init__(self, inventory: Path, claim: Claim | None = None) -> None:
        self.folder = inventory
        self.claim = claim
        self.name = inventory.name
        variables = inventory / "group_vars" / "all"
        self.hosts = inventory / "hosts.yml"
        self.region = variables / "region.yml"
        self.apps = variables / "apps.yml"
        self.vault = variables / "vault.yml"
        self.deployment = variables / "deployment.yml"
        self.lock = inventory / "semai.lock"
        self.audit = inventory / "audit.jsonl"
        self.guard = inventory / ".semai.lock"
        self.certificates = inventory / "certificates"
        self.overrides = OverrideFiles(inventory / "overrides")

    @contextmanager
    def held_for(self, verb: str) -> Iterator[None]:
        """Hold the region's lock while `verb` changes things; raises Locked, naming who holds it.

        With a claim it is taken over from who does not run here, which leaves an audit line.
        """
        with locked(self.guard, verb, claim=self.claim) as former:
            if former is not None and self.claim is not None:
                append_taken_over(self.audit, self.lock, verb, former, self.claim)
            yield

    def load_region(self, official_name: Callable[[str], str | None] | None = None) -> Region:
        """Read region.yml; with `official_name`, codes must be official ones."""
        return load_yaml(
            self.region, Region, key=REGION_KEY, judge=lambda value: region_problems(value, official_name)
        )

    def load_selection(self) -> Selection:
        """Read apps.yml."""
        return load_yaml(self.apps, Selection, key=SELECTION_KEY, judge=selection_problems)

    def load_hosts(self) -> Hosts:
        """Read hosts.yml."""
        document = read_document(self.hosts)
        found = validate(document, HostsFile, judge=hosts_problems)
        hosts = Hosts(found.all.vars, machines_of(document.value))
        self._check_certificate_files(document, hosts)
        return hosts

    def has_own_variables(self) -> bool:
        """Tell whether Ansible finds variables in files that semai does not write."""
        places = [self.folder / name for name in ("group_vars", "host_vars")]
        found = {path for place in places if place.is_dir() for path in place.rglob("*") if path.is_file()}
        return bool(found - {self.region, self.apps, self.deployment, self.vault})

    def check_together(self, region: Region, hosts: Hosts, selection: Selection) -> None:
        """Judge what one file says about another; raises InvalidInput `yaml-invalid` with every place."""
        lines: list[str] = []
        for path, prefix, problems in (
            (self.hosts, (), carried_unselected(hosts, selection)),
            (self.region, (REGION_KEY,), region_needs(hosts, region)),
            (self.apps, (SELECTION_KEY,), carried_nowhere(hosts, selection)),
        ):
            if found := list(problems):
                lines += problem_lines(read_document(path), prefix, found)
        if lines:
            raise invalid_file(shown_path(self.folder), lines)

    def _check_certificate_files(self, document: Document, hosts: Hosts) -> None:
        files = hosts.vars.semai_certificate_files
        if files is None or not hosts.server:
            return
        place: Place = ("all", "vars", "semai_certificate_files")
        missing = [
            Problem((*place, name), N_("there is no file {file}"), {"file": path})
            for name, path in files.model_dump().items()
            if not (self.folder / path).is_file()
        ]
        if missing:
            raise invalid_file(document.name, problem_lines(document, (), missing))

    def load_lock(self) -> lockfile.Lock | None:
        """Read semai.lock; None before the first lock."""
        content = self.lock_bytes()
        return None if content is None else lockfile.parse(content)

    def lock_bytes(self) -> bytes | None:
        """Return semai.lock as it lies on the disk; None before the first lock."""
        return self.lock.read_bytes() if self.lock.exists() else None

    def vault_bytes(self) -> bytes:
        """Return vault.yml as it lies on the disk, empty when there is none."""
        return self.vault.read_bytes() if self.vault.exists() else b""

    def recorded_marks(self) -> Marks:
        """Return the marks of secrets in deployment.yml; of no vault before there are any that can be read."""
        found = read_document(self.deployment).value if self.deployment.exists() else None
        marks = found.get("semai_marks") if isinstance(found, dict) else None
        if not isinstance(marks, dict) or not isinstance(marks.get("secrets"), dict):
            return Marks("")
        return Marks(str(marks.get("vault", "")), marks["secrets"])

    def deployed_names(self) -> dict[str, bool]:
        """Return the names in deployment.yml -> whether they are to be purged; empty before the first lock."""
        if not self.deployment.exists():
            return {}
        value = read_document(self.deployment).value
        items = value.get("semai_apps") if isinstance(value, dict) else None
        found = items if isinstance(items, list) else []
        return {
            item["name"]: bool(item.get("purge", False))
            for item in found
            if isinstance(item, dict) and "name" in item
        }

    def change_selection(self, changes: list[tuple[Place, object]], drops: list[Place]) -> bool:
        """Write entries below `semai_selection` of apps.yml and drop others; False when comments were lost."""
        text = self.apps.read_text(encoding="utf-8")
        kept = True
        for place, value in changes:
            text, clean = set_entry(text, (SELECTION_KEY, *place), value)
            kept = kept and clean
        for place in drops:
            text, clean = drop_entry(text, (SELECTION_KEY, *place))
            kept = kept and clean
        if text != self.apps.read_text(encoding="utf-8"):
            write_atomic(self.apps, text.encode())
        return kept

    def logo(self, region: Region) -> str | None:
        """Return the region's logo as SVG text; a PNG or JPEG is wrapped. Raises InvalidInput `logo-invalid`."""
        if region.logo is None:
            return None
        path = self.folder / region.logo
        if not path.resolve().is_relative_to(self.folder.resolve()):
            raise _logo_invalid(path, translate(N_("it lies outside the region's folder")))
        try:
            content = path.read_bytes()
        except OSError as error:
            raise _logo_invalid(path, error.strerror or str(error)) from error
        if len(content) > MAX_LOGO:
            raise _logo_invalid(path, translate(N_("it is larger than {limit} kB"), limit=MAX_LOGO // 1024))
        return _as_svg(path, content)


def choose_inventory(inventories: Path, region: str | None) -> Path:
    """Return the folder of `region`, or of the only region there is.

    Raises InvalidInput (`no-region`, `region-ambiguous`, `unknown-region`).
    """
    names = region_names(inventories)
    if region is None:
        if len(names) == 1:
            return inventories / names[0]
        if not names:
            raise InvalidInput(
                "no-region",
                "there is no region in {folder} yet",
                hint="semai region new NAME",
                folder=shown_path(inventories),
            )
        raise InvalidInput(
            "region-ambiguous",
            "there are several regions: {names}",
            hint="choose one: semai --region {first} …",
            names=", ".join(names),
            first=names[0],
        )
    if region not in names:
        near = difflib.get_close_matches(region, names, n=1)
        raise InvalidInput(
            "unknown-region",
            "there is no region {region} in {folder}",
            hint=N_("semai --region {near} …") if near else N_("semai region new {region}"),
            region=region,
            folder=shown_path(inventories),
            near=near[0] if near else "",
        )
    return inventories / region


def region_names(inventories: Path) -> list[str]:
    """Return the names of the regions below `inventories`, sorted."""
    if not inventories.is_dir():
        return []
    return sorted(
        p.name for p in inventories.iterdir() if REGION_NAME.fullmatch(p.name) and (p / "hosts.yml").is_file()
    )


def _as_svg(path: Path, content: bytes) -> str:
    suffix = path.suffix.lower()
    if suffix in _IMAGES:
        kind, magic = _IMAGES[suffix]
        if not content.startswith(magic):
            raise _logo_invalid(path, translate(N_("its content is no {kind}"), kind=kind))
        data = base64.b64encode(content).decode()
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">'
            f'<image width="100" height="100" href="data:{kind};base64,{data}"/></svg>\n'
        )
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _logo_invalid(path, translate(N_("it is neither SVG, PNG nor JPEG"))) from error
    if suffix != ".svg" or "<svg" not in text:
        raise _logo_invalid(path, translate(N_("it is neither SVG, PNG nor JPEG")))
    lowered = text.lower()
    if found := [mark for mark in _HOSTILE_SVG if mark in lowered]:
        raise _logo_invalid(path, translate(N_("it holds {mark}, which a drawing does not need"), mark=found[0]))
    return text


def _logo_invalid(path: Path, reason: str) -> InvalidInput:
    return InvalidInput(
        "logo-invalid",
        "the logo {file} cannot be used: {reason}",
        hint="give `logo` an SVG, PNG or JPEG file inside the region's folder, or null",
        file=shown_path(path),
        reason=reason,
    )
