"""What `upgrade --limit` may not leave out: hosts that carry an app which moves, and those it reads from.

All hosts of an app change together: one that stayed behind by several hops could be brought along by no verb, since
releases in between would have to come first while the leader is past them. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from collections.abc import Set as AbstractSet

from semai.core.plan import DeployedApp
from semai.errors import InvalidInput


def require_whole(moving: AbstractSet[str], expected: Iterable[DeployedApp], asked: Collection[str]) -> None:
    """Raise InvalidInput unless the hosts `asked` are all that the apps `moving` (ids) stand on and read from.

    Codes: `carrier-left-out` for a host of the app itself, `provider-left-out` for the one that has the data of an
    app whose contract it reads. `expected` are the apps of the lock.
    """
    apps = {app.name: app for app in expected}
    for name in sorted(moving & apps.keys()):
        _require_carriers(apps[name], asked)
    for name in sorted(moving & apps.keys()):
        for provider in apps[name].providers:
            if provider in apps and apps[provider].leader not in ("", *asked):
                raise _left_out(name, apps[provider], asked)


def _require_carriers(app: DeployedApp, asked: Collection[str]) -> None:
    if missing := [host for host in app.hosts if host not in asked]:
        raise InvalidInput(
            "carrier-left-out",
            "{app} is also on {hosts}, which --limit leaves out: all hosts of an app go to a release together",
            hint="semai upgrade {app} --limit {all}",
            app=app.name,
            hosts=", ".join(missing),
            all=",".join(app.hosts),
        )


def _left_out(app: str, provider: DeployedApp, asked: Collection[str]) -> InvalidInput:
    return InvalidInput(
        "provider-left-out",
        "{app} reads from {provider} on {host}, which --limit leaves out: what runs there is not known",
        hint="semai upgrade {app} --limit {all}",
        app=app,
        provider=provider.name,
        host=provider.leader,
        all=",".join([*sorted(asked), provider.leader]),
    )
