"""Verdicts on apps and the set, estimates, names, and what is proposed for several hosts."""

from __future__ import annotations

from semai.adapters.assess_rules import assess_rules
from semai.core.assessment.assessing import AppReport, WantedApp
from semai.core.assessment.estimate import active_users, capacity, estimate, workers_for
from semai.core.assessment.finding import Verdict
from semai.core.assessment.name_checks import judge_names
from semai.core.catalog import Manifest

from tests.core.measured import GOOD, codes, disks, in_groups, judged, measured, wanted

FIGURES = assess_rules().growth.figures
SITES = {
    "batang/e-planning": "e-planning.manggaraikab.go.id",
    "batang/e-budgeting": "e-budgeting.manggaraikab.go.id",
}


def only(*reports: AppReport) -> AppReport:
    assert len(reports) == 1
    return reports[0]


def test_an_app_is_not_ready_while_its_only_host_is_not() -> None:
    report = only(*judged(wanted(), satu=measured(memory_mb=512)).apps)
    assert (report.verdict, report.host, codes(report.findings)) == (Verdict.not_ready, "", ["app-host-not-ready"])


def test_an_app_goes_to_the_host_that_is_ready() -> None:
    hosts = {"satu": in_groups("app", memory_mb=512), "dua": in_groups("app")}
    assessment = judged(wanted(), **hosts)
    assert (assessment.apps[0].host, assessment.apps[0].verdict) == ("dua", Verdict.ready)
    assert assessment.verdict is Verdict.not_ready  # the set has a host that is not


def test_a_proxy_that_is_not_ready_holds_every_app_back() -> None:
    hosts = {"depan": in_groups("proxy", machine="i686"), "dua": in_groups("app")}
    assert only(*judged(wanted(), **hosts).apps).verdict is Verdict.not_ready


def test_a_condition_of_its_host_is_a_condition_of_the_app() -> None:
    assert only(*judged(wanted(), satu=measured(cpus=1)).apps).verdict is Verdict.conditions


def test_a_release_built_for_other_systems_fits_no_host_and_says_why() -> None:
    app = wanted(needs={"platforms": ["debian-12"]})
    report = only(*judged(app).apps)
    assert codes(report.findings) == ["app-unfit"]
    assert "debian-12" in str(report.findings[0].fields["reason"])
    assert codes(judged(wanted(needs={"python": ">=3.14"})).apps[0].findings) == ["app-unfit"]


def test_an_app_without_a_release_says_why() -> None:
    report = only(*judged(WantedApp("batang/e-x", "E-X", None, "no trusted catalog has it")).apps)
    assert (codes(report.findings), report.verdict) == (["app-no-release"], Verdict.not_ready)


def test_an_app_that_starts_but_does_not_last_a_year_is_tight() -> None:
    report = only(*judged(wanted(), users=5000, satu=measured()).apps)
    assert (codes(report.findings), report.host, report.verdict) == (["app-tight"], "satu", Verdict.conditions)
    assert "MB" in str(report.findings[0].fields["more"])


def test_an_app_for_which_there_is_no_room_at_all_is_not_ready() -> None:
    report = only(*judged(wanted(ram_mb=9000)).apps)
    assert (codes(report.findings), report.verdict) == (["app-no-room"], Verdict.not_ready)


def test_what_fits_with_a_year_of_growth_keeps_it_when_a_further_app_is_tight() -> None:
    small, large = wanted("kecil", disk_mb=100, resources={"media": False}), wanted("besar", disk_mb=100)
    reports = {r.app.key: r for r in judged(small, large, users=900, satu=measured()).apps}
    assert codes(reports["batang/kecil"].findings) == []
    assert codes(reports["batang/besar"].findings) == ["app-tight"]


def test_apps_are_spread_over_hosts_and_carrying_everything_everywhere_is_warned_of() -> None:
    apps = [wanted(f"app-{n}", ram_mb=1800, port=8101 + n) for n in range(4)]
    assessment = judged(*apps, satu=in_groups("app"), dua=in_groups("app"))
    assert sorted(report.host for report in assessment.apps) == ["dua", "dua", "satu", "satu"]
    assert [codes(host.findings) for host in assessment.hosts] == [["carries-too-much"]] * 2
    carried = {report.app.key for report in assessment.apps if report.host == "dua"}
    (finding,) = assessment.hosts[0].findings
    assert set(str(finding.fields["apps"]).split(", ")) == carried


def test_semai_carries_binds_an_app_to_its_hosts() -> None:
    bound = {**GOOD["inventory"], "groups": ["app"], "semai_carries": ["batang/e-planning"]}
    others = {**bound, "semai_carries": ["batang/e-x"]}
    assessment = judged(wanted(), satu=measured(inventory=others), dua=measured(inventory=bound))
    assert assessment.apps[0].host == "dua"


def test_more_users_need_more_workers_and_disk_but_the_start_stays() -> None:
    manifest = Manifest.model_validate(
        {"version": "1", "needs": {"ram_mb": 140, "disk_mb": 100}, "commands": {"serve": ["x"]}}
    )
    few, many = estimate(manifest, 20, FIGURES), estimate(manifest, 2000, FIGURES)
    assert (few.workers, few.memory_mb) == (1, 140)
    assert (active_users(2000, FIGURES), workers_for(2000, FIGURES)) == (200, 2)
    assert many.memory_mb == 140 + 85
    assert few.disk_start_mb == many.disk_start_mb == 4 * 100 + 120
    assert many.disk_year_mb == many.disk_start_mb + 2000 * (6 * 4 + 60)


def test_an_app_without_database_and_media_does_not_grow() -> None:
    made = {"version": "1", "commands": {"serve": ["x"]}, "resources": {"database": "none", "media": False}}
    taken = estimate(Manifest.model_validate(made), 1000, FIGURES)
    assert taken.disk_year_mb == taken.disk_start_mb


def test_a_database_and_a_proxy_leave_less_memory_for_apps() -> None:
    drivers = frozenset(("postgresql",))
    alone = capacity(in_groups("app"), drivers, FIGURES).memory_mb
    assert capacity(in_groups("app", "proxy"), drivers, FIGURES).memory_mb == alone - 60
    assert capacity(in_groups("app", "proxy", "database"), drivers, FIGURES).memory_mb == alone - 60 - 256


def test_room_is_measured_where_semai_lives() -> None:
    own = [{**entry, "free_mb": 1000} if entry["path"] == "/srv/semai" else entry for entry in disks(var=60_000)]
    found = measured(filesystems=[{**e, "device": 7} if e["path"] == "/srv/semai" else e for e in own])
    assert capacity(found, frozenset(), FIGURES).disk_mb == 850


def test_names_nobody_knows_are_one_finding_with_all_records_to_create() -> None:
    seen = {"controller": {name: () for name in SITES.values()}, "satu": {name: () for name in SITES.values()}}
    (finding,) = judge_names(SITES, ("203.0.113.7",), seen)
    assert (finding.code, finding.fields["where"]) == ("name-unknown", "controller, satu")
    assert str(finding.fields["records"]).count("IN A 203.0.113.7") == 2


def test_a_name_that_leads_elsewhere_is_told_and_loopback_is_no_other_machine() -> None:
    name = "e-planning.manggaraikab.go.id"
    sites = {"batang/e-planning": name}
    (finding,) = judge_names(sites, ("203.0.113.7",), {"controller": {name: ("198.51.100.4",)}})
    assert (finding.code, finding.fields["found"]) == ("name-elsewhere", "198.51.100.4")
    assert list(judge_names(sites, ("203.0.113.7",), {"satu": {name: ("127.0.1.1",)}})) == []
    assert list(judge_names(sites, ("203.0.113.7",), {"satu": {name: ("203.0.113.7", "2001:db8::1")}})) == []
    assert list(judge_names(sites, ("gerbang.local",), {"satu": {name: ("198.51.100.4",)}})) == []


def test_a_year_of_databases_must_fit_on_the_database_host() -> None:
    own = {
        "dua": in_groups("app"),
        "data": in_groups("database", filesystems=disks(var=20_000, **{"var/lib": 1000})),
    }
    reports = {host.name: host for host in judged(wanted(), users=200, **own).hosts}
    assert codes(reports["data"].findings) == ["database-tight"]
    assert reports["data"].findings[0].fields["needed"] == 1200
    assert codes(reports["dua"].findings) == []
    assert codes(judged(wanted(resources={"database": "none"}), users=200, **own).hosts[0].findings) == []


def test_databases_beside_their_apps_are_counted_once() -> None:
    assert codes(judged(wanted(), users=200).hosts[0].findings) == []
