"""A made-up region that selects a mentor's newest releases, to try their templates before anyone adopts them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from semai.core.candidates import best_version
from semai.core.catalog import AppKey, Manifest, Question, Release
from semai.core.lockfile import Lock, LockedApp, LockedContract
from semai.core.region import FIRST_PORT, Agency, Answer, HostVars, Region, SelectedApp, Selection
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
HOSTS = HostVars(semai_root="/srv/semai/contoh")
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
    selection = _selection(mentor, manifests)
    contracts = _contracts(mentor, manifests)
    for app_id, manifest in manifests.items():
        for name, template in manifest.environment.items():
            alone = manifest.model_copy(update={"environment": {name: template}})
            lock = Lock(request={}, mentors={}, apps={f"{mentor}/{app_id}": _locked(alone)}, contracts=contracts)
            try:
                deployment(Expected("contoh", REGION, None, HOSTS, selection, lock, _DIGEST, {}))
            except SemaiError as error:
                yield app_id, name, error


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
