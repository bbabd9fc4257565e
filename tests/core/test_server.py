"""deployment.yml of the server profile: where apps listen, their databases, sites, and who may come in."""

from __future__ import annotations

from typing import Any

from semai.core.catalog import Artifact, Manifest, Release
from semai.core.hosts import Hosts, HostVars, machines_of
from semai.core.lockfile import Lock, LockedApp, LockedContract
from semai.core.marks import Marks
from semai.core.offline import roles_for
from semai.core.plan import StepKind
from semai.core.receipt import HostState
from semai.core.region import SelectedApp, Selection
from semai.core.roles import steps, wanted
from semai.core.sample import REGION
from semai.core.variables import Expected, deployment

PLANNING, BUDGETING = "batang/e-planning", "batang/e-budgeting"
DIGEST = "d" * 64
ENVIRONMENT = {
    "DATABASE_URL": "{{ database.url }}",
    "SEMAI_BASE_URL": "{{ site.url }}",
    "SEMAI_BIND": "{{ site.bind }}",
    "SEMAI_CONTRACTS": "{{ contracts }}",
}
STATIC = Artifact(kind="static", name="a/b", file="static.tar.gz", size=1, sha256=DIGEST)


def manifest(**changes: Any) -> Manifest:
    written = {
        "schema": 1,
        "version": "2026.11.0",
        "environment": ENVIRONMENT,
        "commands": {"serve": ["serve"]},
        "resources": {"media": False},
    }
    return Manifest.model_validate({**written, **changes})


def locked(found: Manifest) -> LockedApp:
    release = Release(manifest=found, digest=DIGEST, artifacts=(STATIC,))
    return LockedApp(version=found.version, release_digest=DIGEST, because=(), release=release)


def deployed(
    groups: dict[str, Any], absent: dict[str, bool] | None = None, **manifests: Manifest
) -> dict[str, Any]:
    apps = {f"batang/{name.replace('_', '-')}": found for name, found in manifests.items()}
    value = {"all": {"vars": {}, "children": {name: {"hosts": found} for name, found in groups.items()}}}
    variables = HostVars(semai_profile="server", semai_root="/srv/semai")
    reads = LockedContract(provider=PLANNING, version="1.0")
    lock = Lock(
        request={},
        mentors={},
        apps={key: locked(found) for key, found in apps.items()},
        contracts={BUDGETING: {"planning.work-plan": reads}} if BUDGETING in apps else {},
    )
    selection = Selection(apps={key: SelectedApp(port=8101 + n) for n, key in enumerate(apps)})
    hosts = Hosts(variables, machines_of(value))
    return deployment(Expected("contoh", REGION, None, hosts, selection, lock, Marks(DIGEST), absent or {}))


ONE = {"app": {"satu": {"ansible_host": "10.0.0.1"}}}
THREE = {
    "proxy": {"muka": {"ansible_host": "10.0.0.1"}},
    "app": {"satu": {"ansible_host": "10.0.0.2"}, "dua": {"ansible_host": "10.0.0.3"}},
    "database": {"data": {"ansible_host": "10.0.0.4"}},
}


def test_one_machine_keeps_everything_to_itself() -> None:
    content = deployed(ONE, e_planning=manifest())
    (item,) = content["semai_apps"]
    assert item["hosts"] == {
        "satu": {"bind": "127.0.0.1:8101", "health_url": "http://127.0.0.1:8101/healthz", "leader": True}
    }
    assert item["database"] == {
        "driver": "postgresql",
        "name": "semai_e_planning",
        "user": "semai_e_planning",
        "host": "/run/postgresql",
        "port": 5432,
    }
    assert item["environment"]["SEMAI_BASE_URL"] == "https://e-planning.contoh.go.id"
    assert item["environment"]["DATABASE_PASSWORD"] == "@secret(apps.e-planning.database_password)"
    assert item["environment"]["DATABASE_URL"] == (
        "postgresql://semai_e_planning@%2Frun%2Fpostgresql:5432/semai_e_planning"
    )
    assert content["semai_databases"][0]["clients"] == []
    assert [port["port"] for port in content["semai_server"]["satu"]["open_ports"]] == [80, 443]
    (site,) = content["semai_sites"]
    assert site["static"] == "/srv/semai/apps/e-planning/current/static"
    assert (site["server_name"], site["upstreams"]) == ("e-planning.contoh.go.id", ["127.0.0.1:8101"])
    assert list(content["semai_server"]["satu"]["roles"]) == [
        "common",
        "postgresql",
        "hostctl",
        "backup",
        "certificate",
        "nginx",
    ]


def test_an_export_brings_packages_for_every_role_a_machine_has() -> None:
    roles = deployed(ONE, e_planning=manifest())["semai_server"]["satu"]["roles"]
    lock = Lock(request={}, mentors={}, apps={PLANNING: locked(manifest())})
    assert set(roles) <= set(roles_for(lock))


def test_machines_apart_reach_each_other_and_nobody_else_does() -> None:
    content = deployed(THREE, e_planning=manifest())
    (item,) = content["semai_apps"]
    assert [(name, on["bind"], on["leader"]) for name, on in item["hosts"].items()] == [
        ("satu", "10.0.0.2:8101", True),
        ("dua", "10.0.0.3:8101", False),
    ]
    assert item["hosts"]["dua"]["environment"]["SEMAI_BIND"] == "10.0.0.3:8101"
    assert item["hosts"]["dua"]["config"] != item["config"]
    assert item["database"]["host"] == "10.0.0.4"
    server = content["semai_server"]
    assert server["satu"]["open_ports"] == [
        {"name": "e-planning", "port": 8101, "from": ["10.0.0.1/32"], "state": "present"}
    ]
    assert server["data"]["open_ports"] == [
        {"name": "postgresql", "port": 5432, "from": ["10.0.0.2/32", "10.0.0.3/32"], "state": "present"}
    ]
    assert server["data"]["listen"] == {"postgresql": ["10.0.0.4"], "mariadb": []}
    (site,) = content["semai_sites"]
    assert (site["upstreams"], site["static"]) == (["10.0.0.2:8101", "10.0.0.3:8101"], None)
    assert {host: list(found["roles"]) for host, found in server.items()} == {
        "muka": ["common", "certificate", "nginx"],
        "satu": ["common", "hostctl", "backup"],
        "dua": ["common", "hostctl", "backup"],
        "data": ["common", "postgresql"],
    }


def test_a_provider_listens_for_consumers_on_other_machines() -> None:
    apart = {
        "proxy": {"satu": {}},
        "app": {
            "satu": {"ansible_host": "10.0.0.1", "semai_carries": [PLANNING]},
            "dua": {"ansible_host": "10.0.0.2", "semai_carries": [BUDGETING]},
        },
        "database": {"satu": {}},
    }
    reads = manifest(consumes={"planning.work-plan": {"version": ">=1"}})
    content = deployed(apart, e_planning=manifest(provides={"planning.work-plan": ["1.0"]}), e_budgeting=reads)
    budgeting, planning = content["semai_apps"]
    assert planning["hosts"]["satu"]["bind"] == "10.0.0.1:8101"
    consumed = budgeting["environment"]["SEMAI_CONTRACTS"]["consumes"]["planning.work-plan"]
    assert consumed["url"] == "http://10.0.0.1:8101/api/planning.work-plan/1.0"
    ports = content["semai_server"]["satu"]["open_ports"]
    assert {"name": "e-planning", "port": 8101, "from": ["10.0.0.2/32"], "state": "present"} in ports


def test_limits_come_from_the_manifest_or_from_what_the_app_needs() -> None:
    given = manifest(limits={"memory_mb": 700, "cpu_percent": 150})
    derived = manifest(needs={"ram_mb": 200})
    assert deployed(ONE, e_planning=given)["semai_apps"][0]["limits"] == {"memory_mb": 700, "cpu_percent": 150}
    assert deployed(ONE, e_planning=derived)["semai_apps"][0]["limits"] == {"memory_mb": 600, "cpu_percent": 200}


def test_a_database_goes_only_with_an_app_removed_for_good() -> None:
    content = deployed(ONE, {"old": False, "gone": True}, e_planning=manifest())
    (dropped,) = content["semai_databases"][1:]
    assert dropped == {"name": "semai_gone", "state": "absent", "purge": True, "driver": "postgresql"}
    assert [site["name"] for site in content["semai_sites"] if site["state"] == "absent"] == ["gone", "old"]


def reasons(content: dict[str, Any], done: dict[str, str], **state: Any) -> dict[str, str]:
    told = {host: found["roles"] for host, found in content["semai_server"].items()}
    state = {"server": done, "tool": "2026.11.0", **state}
    found = steps(wanted(told, dict.fromkeys(told["satu"], "e" * 64)), {"satu": HostState.model_validate(state)})
    assert {step.kind for step in found} <= {StepKind.server}
    return {step.role: step.reasons[0].code for step in found}


def test_a_role_is_run_when_what_it_is_told_or_its_source_changed() -> None:
    content = deployed(ONE, e_planning=manifest())
    told = content["semai_server"]["satu"]["roles"]
    assert set(reasons(content, {}).values()) == {"new"}
    done = {role: digest[:32] + "e" * 32 for role, digest in told.items()}
    assert reasons(content, done) == {}
    assert reasons(content, {**done, "nginx": "0" * 32 + "e" * 32}) == {"nginx": "settings"}
    assert reasons(content, {**done, "nginx": done["nginx"][:32] + "0" * 32}) == {"nginx": "source"}
    assert reasons(content, done, tool=None) == {"hostctl": "gone"}
    assert reasons(content, done, due=["certificate"]) == {"certificate": "due"}


def test_another_app_changes_sites_and_databases_but_not_the_host_tool() -> None:
    one, two = deployed(ONE, e_planning=manifest()), deployed(ONE, e_planning=manifest(), e_budgeting=manifest())
    done = {role: digest[:32] + "e" * 32 for role, digest in one["semai_server"]["satu"]["roles"].items()}
    assert set(reasons(two, done)) == {"postgresql", "backup", "certificate", "nginx"}


def test_a_php_site_knows_what_is_not_shown_and_not_run_and_its_host_which_php() -> None:
    php = {
        "root": "public",
        "writable": ["storage", "public/foto"],
        "config": {".env": {"text": "A={{ 1 | env }}\n"}},
    }
    inner = {"runtime": "php", "php": php, "commands": {}, "environment": {}, "needs": {"php": ">=8.1,<8.3"}}
    whole = {
        **inner,
        "php": {"writable": ["foto"], "config": {"c.php": {"text": "<?php\n"}}},
        "needs": {"php": ">=8"},
    }
    content = deployed(ONE, inner=manifest(**inner), whole=manifest(**whole))
    sites = {site["name"]: site["php"] for site in content["semai_sites"]}
    assert (sites["inner"]["closed"], sites["inner"]["inert"]) == ([], ["foto"])
    assert (sites["whole"]["closed"], sites["whole"]["inert"]) == (["c.php"], ["foto"])
    assert content["semai_server"]["satu"]["php_version"] == ">=8,>=8.1,<8.3"
