"""A release its mentor withdrew after it was locked."""

from __future__ import annotations

import pytest
from semai.adapters.trusted_catalogs import TrustedCatalog
from semai.core.catalog import App, AppPage, Index, Manifest, Release, Standing, Status, Terms, release_digest
from semai.core.lockfile import Lock, LockedApp, LockedMentor
from semai.core.plan import Plan, Step, StepKind
from semai.errors import TrustRefused
from semai.operations.plan import Outlook
from semai.operations.probe import Probed
from semai.operations.withdrawals import Withdrawn, refuse_withdrawn, withdrawn_releases

ORIGIN = LockedMentor(
    fingerprint="a" * 64, url="file:///catalog", root_version=1, timestamp_version=3, index_sha256="b" * 64
)
MANIFEST = Manifest.model_validate({"schema": 1, "version": "2026.11.0", "commands": {"serve": ["e-planning"]}})
DIGEST = release_digest(MANIFEST, ())
WITHDRAWN = Withdrawn("batang/e-planning", "2026.11.0", "loses rows", "2026.11.1")


def catalogs(standing: Standing) -> dict[str, TrustedCatalog]:
    page = AppPage.model_validate(
        {"schema": 1, "id": "e-planning", "name": "e", "summary": "s", "owner": "o", "terms": Terms(licence="MIT")}
    )
    release = Release(manifest=MANIFEST, digest=DIGEST, standing=standing)
    index = Index.model_validate(
        {
            "schema": 1,
            "mentor": "batang",
            "name": "B",
            "region_code": "33.25",
            "apps": [App(page=page, releases=(release,))],
        }
    )
    return {"batang": TrustedCatalog(index, ORIGIN, ("a" * 64, "a" * 64))}


def lock() -> Lock:
    release = Release(manifest=MANIFEST, digest=DIGEST)
    app = LockedApp(version="2026.11.0", release_digest=DIGEST, because=("requested",), release=release)
    return Lock.model_validate(
        {"schema": 1, "request": {}, "mentors": {"batang": ORIGIN}, "apps": {"batang/e-planning": app}}
    )


def outlook(kind: StepKind) -> Outlook:
    return Outlook(Plan((Step("localhost", "e-planning", kind, "2026.11.0"),)), (), Probed({}, ()))


def test_withdrawn_release_is_found_with_reason_and_successor() -> None:
    standing = Standing(status=Status.withdrawn, reason="loses rows", successor="2026.11.1")
    assert withdrawn_releases(lock(), catalogs(standing)) == (WITHDRAWN,)


@pytest.mark.parametrize("status", [s for s in Status if s is not Status.withdrawn])
def test_every_other_standing_passes(status: Status) -> None:
    assert withdrawn_releases(lock(), catalogs(Standing(status=status))) == ()


def test_mentor_unknown_to_this_machine_is_passed_over() -> None:
    assert withdrawn_releases(lock(), {}) == ()


@pytest.mark.parametrize("kind", [StepKind.install, StepKind.upgrade])
def test_withdrawn_release_arrives_on_no_host(kind: StepKind) -> None:
    with pytest.raises(TrustRefused) as refusal:
        refuse_withdrawn(outlook(kind), (WITHDRAWN,), "  ")
    assert refusal.value.code == "release-withdrawn"
    assert str(refusal.value) == "batang/e-planning 2026.11.0 was withdrawn by its mentor: loses rows"


def test_withdrawn_release_that_runs_already_may_be_configured() -> None:
    refuse_withdrawn(outlook(StepKind.configure), (WITHDRAWN,), "")
    assert outlook(StepKind.configure).plan.changes


def test_region_may_accept_it_with_a_reason() -> None:
    accepted = outlook(StepKind.install)
    refuse_withdrawn(accepted, (WITHDRAWN,), "the audit ends on Friday")
    assert accepted.plan.changes
