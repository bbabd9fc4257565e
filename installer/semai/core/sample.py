"""A made-up region that selects a mentor's newest releases, to try their templates before anyone adopts them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from semai.core.candidates import best_version
from semai.core.catalog import AppKey, Manifest, Question, Release
from semai.core.hosts import GROUPS, Host, Hosts, HostVars
from semai.core.lockfile import Lock, LockedApp, LockedContract
from semai.core.marks import Marks
from semai.core.php_manifest import ConfigFile
from semai.core.region import FIRST_PORT, Agency, Answer, Region, SelectedApp, Selection
from semai.core.variables import Expected, deployment
from semai.errors import SemaiError

REGION = Region(
    code="33.25",
    name="Kabupaten Contoh",
    short_name="Contoh",
    kind="kabupaten",
    province="Jawa Tengah",
    province_code="33",
    time_zone="Asia/Jakarta",
    head_title="Bupati",
    head_name="Nama Contoh",
    domain="contoh.go.id",
    address="Jalan Contoh 1",
    fiscal_year=2027,
    agencies=(Agency(code="1.01.2.22.0.00.01.0000", name="Dinas Contoh", short_name="Discon"),),
)
_EMBEDDED = Hosts(HostVars(semai_root="/srv/semai/contoh"))
_MACHINE = Host("contoh", frozenset(GROUPS), "10.0.0.1", "10.0.0.1", "10.0.0.1")
_SERVER = Hosts(HostVars(semai_profile="server", semai_root="/srv/semai"), (_MACHINE,))
_DIGEST = "0" * 64
_ANSWERS: Mapping[str, Answer] = {
    "text": "contoh",
    "integer": 1,
    "decimal": "1",
    "boolean": False,
    "date": "2027-01-01",
    "email": "contoh@contoh.go.id",
    "url": "https://contoh.go.id",
}


def template_problems(mentor: str, manifests: Mapping[str, Manifest]) -> Iterator[tuple[str, str, SemaiError]]:
    """Yield (app id, environment variable, error) for every template that cannot be filled."""
    for app_id, manifest in manifests.items():
        for name, template in manifest.environment.items():
            alone = manifest.model_copy(update={"environment": {name: template}})
            if error := _deployment_error(mentor, manifests, app_id, _without_config(alone)):
                yield app_id, name, error


def config_problems(mentor: str, manifests: Mapping[str, Manifest]) -> Iterator[tuple[str, str, SemaiError]]:
    """Yield (app id, place in the tree, error) for every configuration file that cannot be filled."""
    for app_id, manifest in manifests.items():
        for place, entry in (manifest.php.config if manifest.php else {}).items():
            alone = _without_config(manifest.model_copy(update={"environment": {}}), {place: entry})
            if error := _deployment_error(mentor, manifests, app_id, alone):
                yield app_id, place, error


def _without_config(manifest: Manifest, config: Mapping[str, ConfigFile] | None = None) -> Manifest:
    if manifest.php is None:
        return manifest
    return manifest.model_copy(update={"php": manifest.php.model_copy(update={"config": dict(config or {})})})


def _deployment_error(
    mentor: str, manifests: Mapping[str, Manifest], app_id: str, manifest: Manifest
) -> SemaiError | None:
    """Return why the region cannot be given the app as `manifest` has it, or None."""
    selection, contracts = _selection(mentor, manifests), _contracts(mentor, manifests)
    lock = Lock(request={}, mentors={}, apps={f"{mentor}/{app_id}": _locked(manifest)}, contracts=contracts)
    hosts = _EMBEDDED if manifest.runtime == "python" else _SERVER
    try:
        deployment(Expected("contoh", REGION, None, hosts, selection, lock, Marks(_DIGEST), {}))
    except SemaiError as error:
        return error
    return None


def sample_answer(question: Question) -> Answer:
    """Return an answer of the question's type."""
    if question.default is not None:
        return question.default
    if question.type == "choice":
        return question.choices[0] if question.choices else ""
    if question.type == "integer" and question.minimum is not None:
        return question.minimum
    return _ANSWERS[question.type]


def _selection(mentor: str, manifests: Mapping[str, Manifest]) -> Selection:
    apps = {}
    for number, (app_id, manifest) in enumerate(manifests.items()):
        answers = {name: sample_answer(q) for name, q in manifest.questions.items() if not q.secret}
        apps[f"{mentor}/{app_id}"] = SelectedApp(port=FIRST_PORT + number, answers=answers)
    return Selection(apps=apps)


def _contracts(mentor: str, manifests: Mapping[str, Manifest]) -> dict[str, dict[str, LockedContract]]:
    found: dict[str, dict[str, LockedContract]] = {}
    for consumer, manifest in manifests.items():
        for contract, consumed in manifest.consumes.items():
            for provider, other in manifests.items():
                if version := best_version(other.provides.get(contract, ()), consumed.version):
                    link = LockedContract(provider=str(AppKey(mentor, provider)), version=version)
                    found.setdefault(str(AppKey(mentor, consumer)), {}).setdefault(contract, link)
    return found


def _locked(manifest: Manifest) -> LockedApp:
    release = Release(manifest=manifest, digest=_DIGEST)
    return LockedApp(version=manifest.version, release_digest=_DIGEST, because=(), release=release)
