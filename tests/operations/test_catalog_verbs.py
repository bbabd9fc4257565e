"""Update, list and show over several mentors."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from semai.adapters.mentor_client import MentorClient
from semai.core.trust import parse_stale
from semai.errors import InvalidInput, NetworkFailed, TrustRefused
from semai.operations.catalog_list import list_apps
from semai.operations.catalog_show import show_app
from semai.operations.catalog_update import update_catalogs

from tests.simulator.repository import BUDGETING, PLANNING, TODAY, Repository, app, release

Trust = Callable[[Repository], MentorClient]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def trust(state: Path, tmp_path: Path) -> Trust:
    def begin(mentor: Repository) -> MentorClient:
        client = MentorClient(state, mentor.mentor)
        client.add([mentor.write_to(tmp_path / mentor.mentor)], mentor.fingerprint, None, TODAY)
        return client

    return begin


class TestUpdate:
    def test_every_mentor_is_asked_in_order(self, state: Path, trust: Trust) -> None:
        trust(Repository("kendal"))
        trust(Repository("batang"))
        asked: list[str] = []
        updates = update_catalogs(state, TODAY, begin=asked.append)
        updates.check()
        assert asked == ["batang", "kendal"]
        assert [item.refreshed is not None for item in updates.items] == [True, True]

    def test_one_failure_does_not_stop_the_others(self, state: Path, trust: Trust, tmp_path: Path) -> None:
        trust(Repository("batang"))
        trust(Repository("kendal"))
        (tmp_path / "batang" / "metadata" / "timestamp.json").unlink()
        updates = update_catalogs(state, TODAY)
        assert [item.refreshed is not None for item in updates.items] == [False, True]
        with pytest.raises(NetworkFailed):
            updates.check()

    def test_gravest_failure_is_raised_and_the_others_told(self, state: Path, trust: Trust, tmp_path: Path) -> None:
        trust(Repository("batang"))
        trust(Repository("kendal"))
        (tmp_path / "batang" / "metadata" / "timestamp.json").unlink()
        (tmp_path / "kendal" / "metadata" / "timestamp.json").write_bytes(b"{}")
        with pytest.raises(TrustRefused) as caught:
            update_catalogs(state, TODAY).check()
        assert caught.value.fields["mentor"] == "kendal"
        assert any(line.startswith("catalog-missing: ") for line in caught.value.details)

    def test_expiry_is_forgiven_for_one_named_mentor(self, state: Path, trust: Trust) -> None:
        trust(Repository("batang"))
        stale, late = parse_stale("90d", "USB copy"), TODAY + timedelta(days=450)
        with pytest.raises(InvalidInput) as caught:
            update_catalogs(state, late, stale=stale)
        assert caught.value.code == "stale-mentor"
        update_catalogs(state, late, mentor="batang", stale=stale).check()

    def test_without_mentors_it_says_how_to_begin(self, state: Path) -> None:
        with pytest.raises(InvalidInput) as caught:
            update_catalogs(state, TODAY)
        assert caught.value.code == "no-mentor"


class TestList:
    def test_apps_of_all_mentors_are_listed(self, state: Path, trust: Trust) -> None:
        trust(Repository("kendal", apps=[PLANNING])).refresh(TODAY)
        trust(Repository("batang")).refresh(TODAY)
        listing = list_apps(state, TODAY)
        assert [row.key for row in listing.rows] == ["batang/e-planning", "batang/e-budgeting", "kendal/e-planning"]
        assert [age.state for age in listing.ages] == ["fresh", "fresh"]

    @pytest.mark.parametrize(("days", "state_of_age"), [(339, "fresh"), (341, "soon"), (400, "expired")])
    def test_age_is_told(self, state: Path, trust: Trust, days: int, state_of_age: str) -> None:
        trust(Repository("batang")).refresh(TODAY)
        assert list_apps(state, TODAY + timedelta(days=days)).ages[0].state == state_of_age

    def test_catalog_never_fetched_is_told(self, state: Path, trust: Trust) -> None:
        trust(Repository("batang"))
        listing = list_apps(state, TODAY)
        assert (listing.rows, listing.ages[0].state) == ((), "missing")

    def test_one_mentor_can_be_chosen(self, state: Path, trust: Trust) -> None:
        trust(Repository("kendal")).refresh(TODAY)
        trust(Repository("batang")).refresh(TODAY)
        assert {row.mentor for row in list_apps(state, TODAY, "kendal").rows} == {"kendal"}
        with pytest.raises(InvalidInput) as caught:
            list_apps(state, TODAY, "tegal")
        assert caught.value.code == "unknown-mentor"


class TestShow:
    @pytest.fixture(autouse=True)
    def _catalogs(self, trust: Trust) -> None:
        trust(Repository("batang")).refresh(TODAY)
        trust(
            Repository("kendal", apps=[PLANNING, app("e-office", release("1.0", standing={"status": "draft"}))])
        ).refresh(TODAY)

    def test_newest_release_on_offer_is_shown(self, state: Path) -> None:
        shown = show_app(state, "e-budgeting", TODAY)
        assert (shown.mentor, shown.app.page.name) == ("batang", BUDGETING["page"]["name"])
        assert shown.release is not None
        assert shown.release.manifest.version == "2026.11.0"

    def test_version_can_be_chosen(self, state: Path) -> None:
        shown = show_app(state, "kendal/e-planning==2026.10.0", TODAY)
        assert shown.release is not None
        assert shown.release.standing.reason == "superseded"

    def test_unknown_version_lists_the_known(self, state: Path) -> None:
        with pytest.raises(InvalidInput) as caught:
            show_app(state, "e-budgeting == 2025.1.0", TODAY)
        assert caught.value.code == "unknown-version"
        assert caught.value.details == ("batang/e-budgeting==2026.11.0",)

    def test_same_id_at_two_mentors_must_be_qualified(self, state: Path) -> None:
        with pytest.raises(InvalidInput) as caught:
            show_app(state, "e-planning", TODAY)
        assert caught.value.code == "app-ambiguous"
