"""`semai catalog`: refresh and read the catalogs of trusted mentors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import click

from semai.cli.base import Command, Group, Session
from semai.cli.console import done, note, show_columns, show_fields, show_json, warn
from semai.messages import N_, translate

if TYPE_CHECKING:
    from semai.core.catalog import App, Needs, Release
    from semai.core.listing import AppRow
    from semai.operations.catalog_list import CatalogAge
    from semai.operations.catalog_show import Shown
    from semai.operations.catalog_update import Update

_RELATIONS = {
    "feeds": N_("feeds"),
    "reads": N_("reads"),
    "replaces": N_("replaces"),
    "complements": N_("complements"),
}


@click.group(cls=Group, help=N_("Refresh and read the catalogs of trusted mentors."))
def catalog() -> None:
    """Hold the verbs below."""


@catalog.command(cls=Command, help=N_("Fetch and check the newest catalog of the mentor ID, or of all."))
@click.argument("mentor_id", metavar="[ID]", required=False)
@click.option(
    "--accept-stale",
    metavar="DAYS",
    help=N_("Forgive an expiry of up to e.g. 90d; versions and keys are checked as ever."),
)
@click.option("--reason", default="", help=N_("Why a stale catalog is accepted; kept with it."))
@click.option("--json", "as_json", is_flag=True, help=N_("Print JSON."))
@click.pass_obj
def update(session: Session, mentor_id: str | None, accept_stale: str | None, reason: str, as_json: bool) -> None:
    from semai.core.trust import parse_stale
    from semai.operations.catalog_update import update_catalogs

    stale = parse_stale(accept_stale, reason) if accept_stale is not None else None

    def begin(name: str) -> None:
        if not as_json:
            note("asking mentor {mentor} …", mentor=name)

    updates = update_catalogs(session.state_dir, _now(), mentor=mentor_id, stale=stale, begin=begin)
    if not as_json:
        for item in updates.items:
            show_update(item)
    updates.check()
    if as_json:
        show_json([_update_json(item) for item in updates.items])


@catalog.command("list", cls=Command, help=N_("List the apps of all trusted mentors (from disk; no network)."))
@click.option("--mentor", "mentor_id", metavar="ID", help=N_("Only this mentor's apps."))
@click.option("--json", "as_json", is_flag=True, help=N_("Print JSON."))
@click.pass_obj
def list_(session: Session, mentor_id: str | None, as_json: bool) -> None:
    from semai.operations.catalog_list import list_apps

    listing = list_apps(session.state_dir, _now(), mentor_id)
    _warn_of_age(listing.ages)
    _show_rows(listing.rows, as_json)


@catalog.command(cls=Command, help=N_("List the apps in which every WORD occurs."))
@click.argument("words", metavar="WORD...", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help=N_("Print JSON."))
@click.pass_obj
def search(session: Session, words: tuple[str, ...], as_json: bool) -> None:
    from semai.core.listing import search as matching
    from semai.operations.catalog_list import list_apps

    listing = list_apps(session.state_dir, _now())
    _warn_of_age(listing.ages)
    found = matching(listing.rows, words)
    if not found and not as_json:
        note("no app matches; semai catalog list shows all of them")
        return
    _show_rows(found, as_json)


@catalog.command(
    cls=Command,
    help=N_("Show the app APP[==VERSION]: terms, overlaps, needs, contracts, questions, releases."),
)
@click.argument("app", metavar="APP[==VERSION]")
@click.option("--json", "as_json", is_flag=True, help=N_("Print JSON."))
@click.pass_obj
def show(session: Session, app: str, as_json: bool) -> None:
    from semai.operations.catalog_show import show_app

    shown = show_app(session.state_dir, app, _now())
    if as_json:
        show_json(_shown_json(shown))
        return
    show_fields(_app_fields(shown.mentor, shown.app))
    if shown.release is not None:
        show_fields(_release_fields(shown.release))
        _show_questions(shown.release)
    _show_releases(shown.app)


def show_update(item: Update) -> None:
    from semai.operations.catalog_list import catalog_age

    if item.refreshed is None:
        return
    for failure in item.refreshed.passed_over:
        warn("passed over: {reason}", reason=translate(failure.message, **failure.fields))
    expires = item.refreshed.expires.strftime("%Y-%m-%dT%H:%M:%SZ")
    text = (
        N_("mentor {mentor}: new catalog with {count} apps, valid until {until}")
        if item.refreshed.changed
        else N_("mentor {mentor}: nothing new; {count} apps, valid until {until}")
    )
    done(text, mentor=item.mentor, count=len(item.refreshed.index.apps), until=expires[:10])
    _warn_of_age([catalog_age(item.mentor, expires, _now())])


def _update_json(item: Update) -> dict[str, Any]:
    if item.refreshed is None:
        return {"mentor": item.mentor}
    return {
        "mentor": item.mentor,
        "changed": item.refreshed.changed,
        "url": item.refreshed.url,
        "apps": len(item.refreshed.index.apps),
        "root_version": item.refreshed.root_version,
        "timestamp_version": item.refreshed.timestamp_version,
        "index_sha256": item.refreshed.index_sha256,
        "fingerprint": item.refreshed.fingerprint,
        "expires": item.refreshed.expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "passed_over": [failure.code for failure in item.refreshed.passed_over],
    }


def _warn_of_age(ages: Iterable[CatalogAge]) -> None:
    for age in ages:
        if age.state == "missing":
            warn("the catalog of {mentor} was never fetched: semai catalog update {mentor}", mentor=age.mentor)
        elif age.state == "expired":
            warn("the catalog of {mentor} expired on {expires}", mentor=age.mentor, expires=age.expires[:10])
        elif age.state == "soon":
            warn("the catalog of {mentor} expires on {expires}", mentor=age.mentor, expires=age.expires[:10])


def _show_rows(rows: Sequence[AppRow], as_json: bool) -> None:
    if as_json:
        show_json([{"app": row.key, **asdict(row)} for row in rows])
        return
    from semai.core.listing import STATUS_WORDS

    show_columns(
        [N_("APP"), N_("VERSION"), N_("STATUS"), N_("NAME"), N_("SUMMARY")],
        [
            (row.key, row.version, translate(STATUS_WORDS.get(row.status, row.status)), row.name, row.summary)
            for row in rows
        ],
    )


def _shown_json(shown: Shown) -> dict[str, Any]:
    release = shown.release
    return {
        "app": f"{shown.mentor}/{shown.app.page.id}",
        "mentor": shown.mentor,
        "page": shown.app.page.model_dump(mode="json", by_alias=True),
        "release": None if release is None else release.model_dump(mode="json", by_alias=True),
        "releases": [
            {"version": known.manifest.version, "digest": known.digest, **known.standing.model_dump(mode="json")}
            for known in shown.app.releases
        ],
    }


def _app_fields(mentor: str, app: App) -> list[tuple[str, str]]:
    terms = app.page.terms
    allowed = [
        (terms.government_use_only, N_("government use only")),
        (terms.onward_sharing, N_("may be passed on")),
        (not terms.onward_sharing, N_("may not be passed on")),
        (terms.sale, N_("may be sold")),
        (not terms.sale, N_("may not be sold")),
        (terms.keep_attribution, N_("keep the attribution")),
    ]
    words = [translate(text) for holds, text in allowed if holds]
    fields = [
        (N_("App"), f"{mentor}/{app.page.id}"),
        (N_("Name"), app.page.name),
        (N_("Summary"), app.page.summary),
        (N_("Owner"), app.page.owner),
        (N_("Licence"), terms.licence),
        (N_("Terms"), ", ".join(words)),
        (N_("Note"), terms.note),
        (
            N_("National apps"),
            ", ".join(f"{o.national} ({translate(_RELATIONS[o.relation])})" for o in app.page.overlaps),
        ),
    ]
    return _filled(fields)


def _release_fields(release: Release) -> list[tuple[str, str]]:
    manifest = release.manifest
    needs, resources = manifest.needs, manifest.resources
    fields = [
        (N_("Version"), manifest.version),
        (N_("Needs"), _needed(needs)),
        (N_("Platforms"), ", ".join(needs.platforms)),
        (N_("Database"), resources.database),
        (N_("Requires"), ", ".join(f"{name} {specifier}" for name, specifier in manifest.requires.items())),
        (N_("Provides"), ", ".join(f"{name} {'/'.join(versions)}" for name, versions in manifest.provides.items())),
        (N_("Consumes"), ", ".join(_consumed(release))),
        (N_("Conflicts"), ", ".join(f"{name} {specifier}" for name, specifier in manifest.conflicts.items())),
        (N_("Personal data"), ", ".join(manifest.personal_data)),
        (N_("Upgrade from"), ", ".join(manifest.lifecycle.upgrade_from)),
        (N_("Notices"), " ".join(manifest.lifecycle.notices)),
    ]
    return _filled(fields)


def _needed(needs: Needs) -> str:
    text = N_("{ram} MB RAM, {disk} MB disk, Python {python}")
    return translate(text, ram=needs.ram_mb, disk=needs.disk_mb, python=needs.python)


def _consumed(release: Release) -> list[str]:
    optional = translate(N_("optional"))
    return [
        f"{name} {wanted.version}" + (f" ({optional})" if wanted.optional else "")
        for name, wanted in release.manifest.consumes.items()
    ]


def _filled(fields: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Leave out what is empty and make a mentor's text safe for a terminal and for console markup."""
    from semai.core.listing import plain

    return [(name, plain(value).replace("[", r"\[")) for name, value in fields if value]


def _show_questions(release: Release) -> None:
    from semai.core.listing import plain

    rows = [
        (name, question.type, "" if question.default is None else str(question.default), plain(question.title))
        for name, question in release.manifest.questions.items()
    ]
    if rows:
        click.echo()
        show_columns([N_("QUESTION"), N_("TYPE"), N_("DEFAULT"), N_("TITLE")], rows)


def _show_releases(app: App) -> None:
    from semai.core.listing import STATUS_WORDS, plain

    rows = [
        (
            release.manifest.version,
            translate(STATUS_WORDS[release.standing.status.value]),
            release.standing.until,
            release.standing.successor or "",
            plain(release.standing.reason),
        )
        for release in app.releases
    ]
    click.echo()
    show_columns([N_("RELEASE"), N_("STATUS"), N_("UNTIL"), N_("SUCCESSOR"), N_("REASON")], rows)


def _now() -> datetime:
    return datetime.now(timezone.utc)
