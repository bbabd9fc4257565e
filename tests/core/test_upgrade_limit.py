"""Which hosts `upgrade --limit` may not leave out."""

from __future__ import annotations

import pytest
from semai.core.plan import DeployedApp, Placement
from semai.core.upgrade_limit import require_whole
from semai.errors import InvalidInput


def placed(name: str, *hosts: str, providers: tuple[str, ...] = ()) -> DeployedApp:
    """Return an app on these hosts, the first of which has its data."""
    places = {host: Placement(leader=host == hosts[0]) for host in hosts}
    return DeployedApp(name=name, providers=providers, placed=places)


APPS = (
    placed("planning", "one", "two"),
    placed("budgeting", "three", providers=("planning", "gone")),
    placed("alone", "three"),
)


def refusal(moving: set[str], *asked: str) -> tuple[str, str, str]:
    with pytest.raises(InvalidInput) as caught:
        require_whole(moving, APPS, asked)
    error = caught.value
    return error.code, error.fields.get("hosts") or error.fields["host"], str(error.fields["all"])


def test_an_app_is_upgraded_on_all_its_hosts_or_on_none() -> None:
    assert refusal({"planning"}, "one", "three") == ("carrier-left-out", "two", "one,two")
    assert refusal({"alone", "planning"}, "two", "three") == ("carrier-left-out", "one", "one,two")
    assert refusal({"planning"}, "three") == ("carrier-left-out", "one, two", "one,two")
    require_whole({"planning"}, APPS, ("one", "two"))


def test_the_host_with_the_data_of_a_provider_must_be_asked_too_but_not_those_that_follow_it() -> None:
    assert refusal({"budgeting"}, "three") == ("provider-left-out", "one", "three,one")
    assert refusal({"budgeting"}, "two", "three") == ("provider-left-out", "one", "three,two,one")
    require_whole({"budgeting"}, APPS, ("one", "three"))


def test_apps_that_stay_may_be_anywhere() -> None:
    assert refusal({"alone"}, "one")[:2] == ("carrier-left-out", "three")
    require_whole({"alone", "stranger"}, APPS, ("three",))
    require_whole(set(), APPS, ())


def test_where_every_host_is_on_its_own_any_may_be_asked() -> None:
    own = (DeployedApp(name="planning"), DeployedApp(name="budgeting", providers=("planning",)))
    require_whole({"planning", "budgeting"}, own, ("one",))
