"""Which releases the resolver picks, and what it says when nothing fits."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from semai.core.candidates import Space
from semai.core.catalog import AppKey, Index, Release
from semai.core.exhaustive import STEPS, Exhaustive
from semai.core.resolver import Platform, resolve
from semai.errors import CannotResolve, InvalidInput

from tests.core.catalog_dsl import indexes, picked, requests, wired

PLANNING = """
batang/e-planning 1 offers planning.work-plan 1.0
batang/e-planning 2 offers planning.work-plan 1.0 2.0
batang/e-budgeting 1 reads planning.work-plan >=1,<2
batang/e-budgeting 2 reads planning.work-plan >=2
"""


def refusal(text: str, *asked: str, platform: Platform | None = None) -> CannotResolve:
    with pytest.raises(CannotResolve) as caught:
        resolve(indexes(text), requests(*asked), platform, {})
    return caught.value


def test_newest_release_is_chosen() -> None:
    found = resolve(indexes("batang/a 1\nbatang/a 10\nbatang/a 9"), requests("batang/a"))
    assert picked(found) == {"batang/a": "10"}


def test_locked_version_is_kept_while_it_fits() -> None:
    catalog = indexes("batang/a 1\nbatang/a 2\nbatang/b 1")
    found = resolve(catalog, requests("batang/a", "batang/b"), None, {AppKey("batang", "a"): "1"})
    assert picked(found) == {"batang/a": "1", "batang/b": "1"}


def test_locked_version_gives_way_to_a_request() -> None:
    found = resolve(indexes("batang/a 1\nbatang/a 2"), requests("batang/a >=2"), None, {AppKey("batang", "a"): "1"})
    assert picked(found) == {"batang/a": "2"}


def test_required_app_is_added_with_its_reason() -> None:
    found = resolve(indexes("batang/a 1 needs b <2\nbatang/b 1\nbatang/b 2"), requests("batang/a"))
    assert picked(found) == {"batang/a": "1", "batang/b": "1"}
    assert found.apps[AppKey("batang", "b")].because == ("required by batang/a",)


def test_apps_that_require_each_other_are_found() -> None:
    found = resolve(indexes("batang/a 1 needs b >=1\nbatang/b 1 needs a >=1"), requests("batang/a"))
    assert picked(found) == {"batang/a": "1", "batang/b": "1"}


def test_older_release_is_taken_when_the_newest_cannot_go_with_the_rest() -> None:
    found = resolve(
        indexes("batang/a 1\nbatang/a 2 needs c >=2\nbatang/c 1\nbatang/c 2\nbatang/b 1 needs c <2"),
        requests("batang/a", "batang/b"),
    )
    assert picked(found) == {"batang/a": "1", "batang/b": "1", "batang/c": "1"}


def test_provider_of_a_contract_is_added_and_wired() -> None:
    found = resolve(indexes(PLANNING), requests("batang/e-budgeting"))
    assert picked(found) == {"batang/e-budgeting": "2", "batang/e-planning": "2"}
    assert wired(found) == {"batang/e-budgeting": {"planning.work-plan": "batang/e-planning 2.0"}}
    assert found.apps[AppKey("batang", "e-planning")].because == (
        "provides planning.work-plan to batang/e-budgeting",
    )


def test_each_consumer_gets_the_highest_contract_version_it_understands() -> None:
    text = PLANNING + "batang/old 1 reads planning.work-plan <2"
    found = resolve(indexes(text), requests("batang/e-budgeting", "batang/old"))
    assert wired(found) == {
        "batang/e-budgeting": {"planning.work-plan": "batang/e-planning 2.0"},
        "batang/old": {"planning.work-plan": "batang/e-planning 1.0"},
    }


def test_optional_contract_adds_nothing() -> None:
    found = resolve(indexes("batang/p 1 offers x.y 1.0\nbatang/c 1 may-read x.y >=1"), requests("batang/c"))
    assert picked(found) == {"batang/c": "1"}
    assert wired(found) == {}


def test_optional_contract_is_wired_when_its_provider_is_there() -> None:
    text = "batang/p 1 offers x.y 1.0 1.1 2.0\nbatang/c 1 may-read x.y >=1,<2"
    found = resolve(indexes(text), requests("batang/c", "batang/p"))
    assert wired(found) == {"batang/c": {"x.y": "batang/p 1.1"}}


def test_optional_contract_of_another_version_stays_unwired() -> None:
    text = "batang/p 1 offers x.y 2.0\nbatang/c 1 may-read x.y <2"
    assert wired(resolve(indexes(text), requests("batang/c", "batang/p"))) == {}


def test_provider_of_another_mentor_is_never_added_unasked() -> None:
    text = "batang/c 1 reads x.y >=1\nother/p 1 offers x.y 1.0"
    error = refusal(text, "batang/c")
    assert error.code == "unsatisfiable"
    assert any("other/p provides x.y 1.0" in line for line in error.details)


def test_requested_provider_of_another_mentor_is_used() -> None:
    text = "batang/c 1 reads x.y >=1\nother/p 1 offers x.y 1.0\nbatang/p 1 offers x.y 1.0"
    found = resolve(indexes(text), requests("batang/c", "other/p"))
    assert wired(found) == {"batang/c": {"x.y": "other/p 1.0"}}
    assert "batang/p" not in picked(found)


def test_conflict_alone_installs_nothing() -> None:
    found = resolve(indexes("batang/a 1 conflicts b\nbatang/b 1"), requests("batang/a"))
    assert picked(found) == {"batang/a": "1"}


def test_conflict_with_some_releases_leaves_the_others() -> None:
    found = resolve(indexes("batang/a 1 conflicts b >=2\nbatang/b 1\nbatang/b 2"), requests("batang/a", "batang/b"))
    assert picked(found) == {"batang/a": "1", "batang/b": "1"}


def test_guilty_pair_is_named_among_many() -> None:
    others = "\n".join(f"batang/o{i} 1" for i in range(20))
    text = others + "\nbatang/a 1 needs x <2\nbatang/b 1 needs x >=2\nbatang/x 1\nbatang/x 2"
    error = refusal(text, "batang/a", "batang/b", *(f"batang/o{i}" for i in range(20)))
    assert (error.code, error.exit_code) == ("unsatisfiable", 5)
    assert str(error) == "batang/a * and batang/b * cannot be installed together"
    assert set(error.details) == {"batang/a 1 needs batang/x <2", "batang/b 1 needs batang/x >=2"}


def test_request_beyond_every_release_is_named_alone() -> None:
    error = refusal("batang/a 1\nbatang/b 1", "batang/a >=2", "batang/b")
    assert str(error) == "batang/a >=2 cannot be installed"


def test_missing_required_app_is_named() -> None:
    error = refusal("batang/a 1 needs ghost >=1", "batang/a")
    assert "the catalog of batang has no app ghost" in error.details


@pytest.mark.parametrize(
    ("clause", "reason"),
    [
        ("status withdrawn leaks data", "batang/a 1 is withdrawn: leaks data"),
        ("status draft", "batang/a 1 is draft"),
        ("status candidate", "batang/a 1 is candidate"),
        ("status retired", "batang/a 1 is retired"),
        ("python >=3.12", "batang/a 1 needs Python >=3.12, the host has 3.11"),
        ("built 3.12/x86_64 3.11/aarch64", "batang/a 1 was not built for Python 3.11 on x86_64"),
    ],
)
def test_release_left_out_is_explained(clause: str, reason: str) -> None:
    error = refusal(f"batang/a 1 {clause}", "batang/a", platform=Platform("3.11", "debian-12", "x86_64"))
    assert reason in error.details


def test_other_operating_system_is_explained() -> None:
    error = refusal("batang/a 1", "batang/a", platform=Platform("3.11", "centos-7", "x86_64"))
    assert any(line.endswith("the host is centos-7") for line in error.details)


def test_retired_release_stays_where_it_is_locked() -> None:
    catalog = indexes("batang/a 1 status retired")
    assert picked(resolve(catalog, requests("batang/a"), None, {AppKey("batang", "a"): "1"})) == {"batang/a": "1"}


def test_withdrawn_release_is_refused_even_when_locked() -> None:
    catalog = indexes("batang/a 1 status withdrawn bad")
    with pytest.raises(CannotResolve):
        resolve(catalog, requests("batang/a"), None, {AppKey("batang", "a"): "1"})


def test_candidate_release_needs_an_exact_request() -> None:
    catalog = indexes("batang/a 1\nbatang/a 2 status candidate")
    assert picked(resolve(catalog, requests("batang/a"))) == {"batang/a": "1"}
    assert picked(resolve(catalog, requests("batang/a ==2"))) == {"batang/a": "2"}


def test_deprecated_release_comes_after_an_older_active_one() -> None:
    found = resolve(indexes("batang/a 1\nbatang/a 2 status deprecated"), requests("batang/a"))
    assert picked(found) == {"batang/a": "1"}


def test_unknown_app_and_mentor_are_invalid_input() -> None:
    catalog = indexes("batang/a 1")
    with pytest.raises(InvalidInput) as unknown_app:
        resolve(catalog, requests("batang/b"))
    with pytest.raises(InvalidInput) as unknown_mentor:
        resolve(catalog, requests("demak/a"))
    assert (unknown_app.value.code, unknown_mentor.value.code) == ("unknown-app", "unknown-mentor")


def test_deadline_ends_the_search() -> None:
    with pytest.raises(CannotResolve) as caught:
        resolve(indexes("batang/a 1"), requests("batang/a"), expired=lambda: True)
    assert caught.value.code == "resolve-timeout"


def test_deadline_during_the_explanation_still_names_the_requests() -> None:
    asked = iter([False, False, False, False, False])
    catalog = indexes("batang/a 1 needs x <2\nbatang/b 1 needs x >=2\nbatang/x 1\nbatang/x 2")
    with pytest.raises(CannotResolve) as caught:
        resolve(catalog, requests("batang/a", "batang/b"), expired=lambda: next(asked, True))
    assert caught.value.code in ("unsatisfiable", "resolve-timeout")


def test_contract_of_an_overlay_with_one_id_at_two_mentors_is_not_mixed() -> None:
    found = resolve(indexes("batang/a 1\nother/a 9"), requests("batang/a"))
    assert picked(found) == {"batang/a": "1"}


# --- against brute force ---

APPS = ("a", "b", "c", "d")
RANGES = ("", "<2", ">=2", "==1", "!=2", ">=3")
CONTRACTS = ("x.y", "x.z")


# Each of the four kinds equally often; strategies are made once, for drawing takes longer than resolving.
CLAUSES = [
    *(f"{verb} {app} {range_}" for verb in ("needs", "conflicts") for app in APPS for range_ in RANGES),
    *(f"offers {name} {versions}" for name in CONTRACTS for versions in ("1", "2", "1 2") for _ in range(4)),
    *(f"reads {name} {range_}" for name in CONTRACTS for range_ in ("", "<2", ">=2") for _ in range(4)),
]
clauses = st.lists(st.sampled_from(CLAUSES), max_size=2).map("; ".join)
statuses = st.sampled_from(["", "", "", "status retired", "status withdrawn"])
releases = st.lists(st.tuples(clauses, statuses), min_size=1, max_size=3)


@st.composite
def catalogs(draw: st.DrawFn) -> str:
    lines = []
    for app in (*(f"m/{app}" for app in APPS), "n/e"):
        for version, (relations, status) in enumerate(draw(releases), 1):
            lines.append(f"{app} {version} {relations}; {status}")
    return "\n".join(lines)


asked_for = st.dictionaries(
    st.sampled_from([AppKey("m", app) for app in APPS] + [AppKey("n", "e")]),
    st.sampled_from([SpecifierSet(r) for r in RANGES]),
    min_size=1,
    max_size=3,
)

Picked = Mapping[AppKey, Release]


def fits(spec: str, release: Release | None) -> bool:
    return release is not None and SpecifierSet(spec).contains(release.version)


def is_valid(asked: Mapping[AppKey, SpecifierSet], chosen: Picked, admitted: Collection[AppKey] = ()) -> bool:
    """Tell whether every rule of resolution holds, written down a second time and without search.

    `admitted` are apps that may provide a contract to another mentor's app although they are not in `asked`.
    """
    if any(not fits(str(spec), chosen.get(key)) for key, spec in asked.items()):
        return False
    if any(release.standing.status.value != "active" for release in chosen.values()):
        return False
    for key, release in chosen.items():
        manifest = release.manifest
        if not all(fits(s, chosen.get(AppKey(key.mentor, app))) for app, s in manifest.requires.items()):
            return False
        if any(fits(s, chosen.get(AppKey(key.mentor, app))) for app, s in manifest.conflicts.items()):
            return False
    return all(has_one_provider(contract, {*asked, *admitted}, chosen) for contract in CONTRACTS)


def has_one_provider(contract: str, admitted: Collection[AppKey], chosen: Picked) -> bool:
    reading = {
        k: r.manifest.consumes[contract].version for k, r in chosen.items() if contract in r.manifest.consumes
    }
    return not reading or any(
        all(
            (provider.mentor == reader.mentor or provider in admitted)
            and any(SpecifierSet(spec).contains(v) for v in release.manifest.provides.get(contract, ()))
            for reader, spec in reading.items()
        )
        for provider, release in chosen.items()
    )


def every_choice(catalog: Mapping[str, Index]) -> Iterator[dict[AppKey, Release]]:
    apps = {AppKey(m, app.page.id): app.releases for m, index in catalog.items() for app in index.apps}
    for combination in itertools.product(*((None, *releases) for releases in apps.values())):
        yield {key: release for key, release in zip(apps, combination, strict=True) if release}


# resolvelib jumps back over b 3 here, though it was b 3 that led to d.
@example(
    "m/a 1\nm/b 1 ; status retired\nm/b 2\nm/b 3 reads x.y\nm/c 1\nm/d 1 needs b <2; offers x.y 1\nn/e 1",
    {AppKey("m", "a"): SpecifierSet(""), AppKey("m", "b"): SpecifierSet("")},
)
@settings(max_examples=400, deadline=None)
@given(catalogs(), asked_for)
def test_answer_is_valid_and_found_whenever_brute_force_finds_one(
    text: str, asked: dict[AppKey, SpecifierSet]
) -> None:
    catalog = indexes(text)
    exists = any(is_valid(asked, choice) for choice in every_choice(catalog))
    try:
        found = resolve(catalog, asked)
    except CannotResolve:
        found = None
    assert (found is not None) == exists
    assert found is None or is_valid(asked, {key: chosen.release for key, chosen in found.apps.items()})


@settings(max_examples=150, deadline=None)
@given(catalogs(), asked_for)
def test_named_requests_clash_and_none_of_them_is_superfluous(text: str, asked: dict[AppKey, SpecifierSet]) -> None:
    catalog = indexes(text)
    try:
        resolve(catalog, asked)
        return
    except CannotResolve as error:
        named = str(error.fields.get("requests") or error.fields["request"])
    guilty = {key: spec for key, spec in asked.items() if str(key) in named}
    choices = list(every_choice(catalog))
    # a request also admits its app as a provider, so the clash is judged with all of them admitted
    for dropped in guilty:
        rest = {key: spec for key, spec in guilty.items() if key != dropped}
        assert any(is_valid(rest, choice, asked) for choice in choices)
    assert not any(is_valid(guilty, choice, asked) for choice in choices)


@given(catalogs(), asked_for)
@settings(max_examples=150, deadline=None)
def test_locking_the_answer_gives_the_same_answer(text: str, asked: dict[AppKey, SpecifierSet]) -> None:
    catalog = indexes(text)
    try:
        first = resolve(catalog, asked)
    except CannotResolve:
        return
    locked = {key: chosen.release.manifest.version for key, chosen in first.apps.items()}
    again = resolve(catalog, asked, None, locked)
    assert picked(again) == picked(first)


def test_second_search_ends_on_a_long_chain_without_an_answer() -> None:
    apps = [f"m/a{i} {v} needs a{i + 1}" for i in range(60) for v in range(1, 6)]
    asked = {AppKey("m", "a0"): SpecifierSet("")}
    space = Space(indexes("\n".join([*apps, "m/a60 1 conflicts a0"])), asked, Platform(), {})
    steps: list[None] = []
    found = Exhaustive(space, lambda: steps.append(None)).answer([space.need(AppKey("m", "a0"), "")])
    assert found is None
    assert STEPS <= len(steps) < 2 * STEPS
