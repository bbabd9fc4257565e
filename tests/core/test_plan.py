"""What apply would do: expected apps against what hosts say."""

from __future__ import annotations

from typing import Any

import pytest
from semai.core.capacity import shortages
from semai.core.plan import DeployedApp, Plan, StepKind, in_contract_order, plan
from semai.core.receipt import HostState

OLD, NEW = "a" * 64, "b" * 64
ENV = {"sha256": "1" * 64, "mode": "0600"}


def app(name: str = "e-planning", **changes: Any) -> DeployedApp:
    return DeployedApp(**{"name": name, "version": "2026.2.0", "release": NEW, "config": NEW, **changes})


def found(**changes: Any) -> dict[str, Any]:
    """Return the state of an app that is as `app()` expects it, with changes."""
    receipt = {
        "app": "e-planning",
        "version": "2026.2.0",
        "release": NEW,
        "config": NEW,
        "files": {"shared/env": ENV},
    }
    receipt |= changes.pop("receipt", {})
    return {
        "receipt": receipt,
        "files": {"shared/env": ENV},
        "service": {"state": "running", "wanted": True},
        "health": {"status": "ok"},
        **changes,
    }


def state(**apps: Any) -> HostState:
    return HostState.model_validate({"apps": {name.replace("_", "-"): value for name, value in apps.items()}})


def planned(expected: DeployedApp, host: HostState) -> tuple[str, list[str]]:
    (step,) = plan([expected], {"h1": host}).steps
    return step.kind.value, [reason.code for reason in step.reasons]


def test_an_app_as_expected_is_unchanged() -> None:
    made = plan([app()], {"h1": state(e_planning=found())})
    assert made.changes == ()
    assert [step.kind for step in made.steps] == [StepKind.unchanged]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"receipt": {"release": OLD, "version": "2026.1.0"}}, ("upgrade", ["version"])),
        ({"receipt": {"release": OLD, "version": "2026.3.0"}}, ("upgrade", ["downgrade"])),
        ({"receipt": {"release": OLD}}, ("upgrade", ["rebuilt"])),
        ({"receipt": {"config": OLD}}, ("configure", ["configuration"])),
        ({"files": {"shared/env": {"sha256": "2" * 64, "mode": "0600"}}}, ("configure", ["drift"])),
        ({"files": {"shared/env": {"sha256": "1" * 64, "mode": "0644"}}}, ("configure", ["drift"])),
        ({"files": {"shared/env": None}}, ("configure", ["drift"])),
        ({"service": {"state": "failed"}}, ("start", ["not-running"])),
        ({"service": {"state": "absent"}}, ("start", ["not-running"])),
        ({"health": {"status": "unreachable"}}, ("start", ["unhealthy"])),
        ({"service": {"state": "stopped", "wanted": False}}, ("unchanged", ["stopped"])),
        ({"receipt_error": "its digest does not fit"}, ("install", ["receipt-unreadable"])),
    ],
)
def test_what_differs_decides_the_step(changes: dict[str, Any], expected: tuple[str, list[str]]) -> None:
    assert planned(app(), state(e_planning=found(**changes))) == expected


def test_an_app_that_a_host_does_not_have_is_installed() -> None:
    assert planned(app(), HostState()) == ("install", ["new"])


def test_a_mode_is_the_same_however_it_is_written() -> None:
    same = {"shared/env": {"sha256": "1" * 64, "mode": "600"}}
    assert planned(app(), state(e_planning=found(files=same))) == ("unchanged", [])


def test_a_cut_run_is_recovered_even_when_nothing_else_differs() -> None:
    cut = {"app": "e-planning", "verb": "activate", "step": "migrate"}
    host = HostState.model_validate({"apps": {"e-planning": found()}, "journal": [cut]})
    assert planned(app(), host) == ("recover", ["unfinished"])


def test_a_journal_that_cannot_be_read_is_recovered_too() -> None:
    cut = {"app": "e-planning", "verb": None, "step": None, "started": None, "error": "damaged"}
    host = HostState.model_validate({"apps": {"e-planning": found()}, "journal": [cut]})
    assert planned(app(), host) == ("recover", ["unfinished"])


def test_a_removed_app_goes_once_and_first() -> None:
    gone = DeployedApp(name="z-old", present=False, purge=True)
    made = plan([app(), gone], {"h1": state(z_old=found())})
    assert [(step.app, step.kind.value, step.purge) for step in made.steps] == [
        ("z-old", "remove", True),
        ("e-planning", "install", False),
    ]
    assert plan([gone], {"h1": HostState()}).steps == ()


def test_an_app_nobody_selected_is_named_and_left_alone() -> None:
    assert plan([], {"h1": state(wiki=found())}) == Plan((), (("h1", "wiki"),))


def test_providers_come_before_their_consumers() -> None:
    apps = [app("a", providers=("b",)), app("b", providers=("c",)), app("c"), app("d")]
    assert [entry.name for entry in in_contract_order(apps)] == ["c", "b", "a", "d"]


def test_a_circle_of_contracts_still_has_an_order() -> None:
    apps = [app("a", providers=("b",)), app("b", providers=("a",))]
    assert [entry.name for entry in in_contract_order(apps)] == ["a", "b"]


def test_each_host_is_compared_on_its_own() -> None:
    made = plan([app()], {"h2": HostState(), "h1": state(e_planning=found())})
    assert [(step.host, step.kind.value) for step in made.steps] == [("h1", "unchanged"), ("h2", "install")]
    assert (made.hosts, made.apps) == (("h2",), ("e-planning",))


def test_an_item_of_the_deployment_is_read_with_its_providers() -> None:
    consumed = {"planning.work-plan": {"version": "1.0", "provider": "e-planning"}}
    item = {
        "name": "e-budgeting",
        "version": "1",
        "release": NEW,
        "config": OLD,
        "environment": {"SEMAI_CONTRACTS": {"provides": {}, "consumes": consumed}},
        "needs": {"ram_mb": 10, "disk_mb": 20, "python": ">=3.10"},
        "commands": {"sample_data": ["x"]},
    }
    read = DeployedApp.from_item(item)
    assert (read.providers, read.disk_mb, read.python, read.sample_data) == (("e-planning",), 20, ">=3.10", True)


def host_with(free_disk: int = 9000, free_memory: int = 900, python: str = "3.11") -> HostState:
    return HostState.model_validate(
        {
            "host": {"memory_free_mb": free_memory, "python": python},
            "filesystems": [{"path": "/srv", "free_mb": free_disk}],
        }
    )


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        (host_with(), []),
        (host_with(free_disk=250), ["disk-too-small"]),
        (host_with(free_memory=50), ["memory-too-small"]),
        (host_with(python="3.9"), ["python-unfit"]),
        (
            host_with(free_disk=1, free_memory=1, python="3.9"),
            ["disk-too-small", "memory-too-small", "python-unfit"],
        ),
    ],
)
def test_a_host_that_is_too_small_is_known_beforehand(host: HostState, expected: list[str]) -> None:
    arriving = [app(ram_mb=100, disk_mb=100, python=">=3.10")]
    assert [entry.code for entry in shortages("h1", host, arriving)] == expected


def test_nothing_arriving_needs_nothing() -> None:
    assert shortages("h1", host_with(free_disk=0), []) == ()
