"""Select an app: find it among trusted mentors, take the region's answers, write apps.yml and the vault."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from semai.adapters.deadline import expires_in
from semai.adapters.region_files import RegionFiles
from semai.adapters.state import audited
from semai.adapters.trusted_catalogs import TrustedCatalog
from semai.adapters.vault import VaultFile
from semai.core.catalog import AppKey, AppPage, Question, Release
from semai.core.questions import Refused, parse_answer
from semai.core.region import FIRST_PORT, LAST_PORT, Answer, SelectedApp, Selection
from semai.core.region_checks import Place
from semai.core.resolver import resolve
from semai.errors import InvalidInput
from semai.messages import N_
from semai.operations.lock import RESOLVE_SECONDS, check_pins, new_secrets, requests_of

_REQUEST = re.compile(r"(?:(?P<mentor>[a-z0-9-]+)/)?(?P<app>[a-z0-9-]+)\s*(?P<range>[=<>!~].*)?")


@dataclass(frozen=True)
class Proposal:
    """What adding would mean: the release whose questions are asked, and the answers known so far."""

    key: AppKey
    range: str
    page: AppPage
    release: Release
    answers: Mapping[str, Answer]  # not secret; given now or before
    secret_answers: Mapping[str, Answer]
    unanswered: Mapping[str, Question]  # that neither the region nor a default answers
    port: int
    sample_data: bool
    selected_before: bool
    also_needed: tuple[tuple[AppKey, str], ...]  # apps to add too, and why


@dataclass(frozen=True)
class Added:
    """An app as selected."""

    key: AppKey
    selected: SelectedApp
    comments_kept: bool


@dataclass(frozen=True)
class Asked:
    """What the command line said."""

    text: str  # "e-planning", "batang/e-planning>=2026"
    answers: Mapping[str, str]
    sample_data: bool = False
    port: int | None = None


def find_app(catalogs: Mapping[str, TrustedCatalog], text: str) -> tuple[AppKey, str]:
    """Return the app and version range that `text` means.

    A bare id must be offered by one trusted mentor only. Raises InvalidInput (`app-request`, `unknown-app`,
    `app-ambiguous`, `unknown-mentor`).
    """
    match = _REQUEST.fullmatch(text.strip())
    written = (match["range"] or "").strip() if match else ""
    try:
        SpecifierSet(written)
    except InvalidSpecifier:
        match = None
    if match is None:
        raise InvalidInput(
            "app-request",
            "{given} is no app: write APP, APP==VERSION or 'APP>=VERSION', with the mentor in front if needed",
            hint="semai add batang/e-planning",
            given=repr(text),
        )
    return _located(catalogs, match["mentor"], match["app"]), written


def _located(catalogs: Mapping[str, TrustedCatalog], mentor: str | None, app: str) -> AppKey:
    if mentor is not None and mentor not in catalogs:
        raise InvalidInput(
            "unknown-mentor",
            "no mentor {mentor} is trusted on this machine",
            hint="semai mentor list",
            mentor=mentor,
        )
    offering = [m for m, c in sorted(catalogs.items()) if mentor in (None, m) and c.index.app(app) is not None]
    if not offering:
        raise InvalidInput(
            "unknown-app",
            "no app {app} in any trusted catalog",
            hint=N_("semai catalog search {app}") if catalogs else N_("semai mentor add <id> <address>"),
            app=f"{mentor}/{app}" if mentor else app,
        )
    if len(offering) > 1:
        raise InvalidInput(
            "app-ambiguous",
            "several mentors have an app {app}: {choices}",
            hint="choose one: semai add {first}",
            app=app,
            choices=", ".join(f"{m}/{app}" for m in offering),
            first=f"{offering[0]}/{app}",
        )
    return AppKey(offering[0], app)


def propose(
    files: RegionFiles,
    catalogs: Mapping[str, TrustedCatalog],
    vault: VaultFile,
    asked: Asked,
    *,
    port_is_free: Callable[[int], bool],
) -> Proposal:
    """Return what adding an app would mean; nothing is written.

    Raises InvalidInput for a wrong request, answer or port, and CannotResolve when it fits with nothing selected.
    """
    key, version_range = find_app(catalogs, asked.text)
    selection = files.load_selection()
    _refuse_same_name(selection, key)
    wanted = {**requests_of(selection), key: SpecifierSet(version_range)}
    locked = files.load_lock()
    indexes = {mentor: catalog.index for mentor, catalog in catalogs.items()}
    resolution = resolve(
        indexes, wanted, None, locked.versions if locked else {}, expired=expires_in(RESOLVE_SECONDS)
    )
    release = resolution.apps[key].release
    questions = release.manifest.questions
    before = selection.apps.get(str(key))
    kept = {n: a for n, a in (before.answers if before else {}).items() if n in questions}
    given = _given_answers(key, questions, asked.answers)
    known = vault.read().apps.get(key.id)
    answers = {**kept, **{n: a for n, a in given.items() if not questions[n].secret}}
    secrets = {n: a for n, a in given.items() if questions[n].secret}
    answered = {*answers, *secrets, *(known.answers if known else ())}
    needed = [(k, c.because[0]) for k, c in resolution.apps.items() if k not in wanted]
    app = indexes[key.mentor].app(key.id)
    assert app is not None
    return Proposal(
        key=key,
        range=version_range,
        page=app.page,
        release=release,
        answers=answers,
        secret_answers=secrets,
        unanswered={n: q for n, q in questions.items() if q.default is None and n not in answered},
        port=_port(selection, key, asked.port, port_is_free),
        sample_data=asked.sample_data or (before.sample_data if before else False),
        selected_before=before is not None,
        also_needed=tuple(needed),
    )


def perform(
    files: RegionFiles,
    catalogs: Mapping[str, TrustedCatalog],
    vault: VaultFile,
    proposal: Proposal,
    further: Mapping[str, Answer],
    *,
    knows: Callable[[str, str], bool],
) -> Added:
    """Write the selection; `further` answers what was unanswered. Secrets are made and stored first.

    Raises InvalidInput `answer-missing` naming the option for each question that is still open.
    """
    missing = {name: q for name, q in proposal.unanswered.items() if name not in further}
    if missing:
        raise InvalidInput(
            "answer-missing",
            "{app} needs answers that nobody is here to give",
            hint="add --answer {first}=…",
            details=[f"--answer {name}=…  {question.title}" for name, question in missing.items()],
            app=str(proposal.key),
            first=next(iter(missing)),
        )
    questions = proposal.release.manifest.questions
    secret = {n: a for n, a in {**proposal.secret_answers, **further}.items() if questions[n].secret}
    plain = {**proposal.answers, **{n: a for n, a in further.items() if not questions[n].secret}}
    selected = SelectedApp(
        version=proposal.range, port=proposal.port, sample_data=proposal.sample_data, answers=plain
    )
    with files.held_for("semai add"), audited(files.audit, f"add {proposal.key}", files.lock):
        check_pins(files.load_selection(), catalogs, knows)
        stored = vault.read()
        fresh = new_secrets(proposal.release.manifest)
        vault.write(stored.with_app(proposal.key.id, fresh, {name: str(answer) for name, answer in secret.items()}))
        kept = _write(files, catalogs, proposal.key, selected)
    return Added(proposal.key, selected, kept)


def _write(files: RegionFiles, catalogs: Mapping[str, TrustedCatalog], key: AppKey, selected: SelectedApp) -> bool:
    selection = files.load_selection()
    changes: list[tuple[Place, object]] = []
    if key.mentor not in selection.mentors:
        origin = catalogs[key.mentor].origin
        changes.append((("mentors", key.mentor), {"url": origin.url, "fingerprint": origin.fingerprint}))
    before = selection.apps.get(str(key))
    written = selected.model_dump(mode="json", exclude={"site"}) | (
        {"site": before.site} if before and before.site else {}
    )
    changes.append((("apps", str(key)), written))
    drops: list[Place] = [("removed", str(key))] if str(key) in selection.removed else []
    if drops and len(selection.removed) == 1:
        drops = [("removed",)]
    return files.change_selection(changes, drops)


def _refuse_same_name(selection: Selection, key: AppKey) -> None:
    for other in selection.by_key():
        if other.id == key.id and other != key:
            raise InvalidInput(
                "app-name-taken",
                "{other} is selected; {app} has the same name and would take its place on the host",
                hint="semai remove {other}",
                other=str(other),
                app=str(key),
            )


def _given_answers(key: AppKey, questions: Mapping[str, Question], given: Mapping[str, str]) -> dict[str, Answer]:
    """Return the answers given as text; raises InvalidInput `answer-invalid` with every wrong one."""
    answers: dict[str, Answer] = {}
    problems = []
    for name, text in given.items():
        question = questions.get(name)
        if question is None:
            problems.append(f"{name}: " + str(_unknown_question(questions)))
            continue
        try:
            answers[name] = parse_answer(question, text)
        except Refused as refused:
            problems.append(f"{name}: {refused} ({question.title})")
    if problems:
        raise InvalidInput(
            "answer-invalid",
            "{app} cannot use these answers",
            hint="semai catalog show {app}",
            details=problems,
            app=str(key),
        )
    return answers


def _unknown_question(questions: Mapping[str, Question]) -> Refused:
    return Refused(N_("the app asks no such question; it asks: {allowed}"), allowed=", ".join(questions) or "-")


def _port(selection: Selection, key: AppKey, asked: int | None, is_free: Callable[[int], bool]) -> int:
    taken = {app.port: other for other, app in selection.apps.items() if other != str(key)}
    if asked is not None:
        if asked in taken or not 1024 <= asked <= 65535:
            raise InvalidInput(
                "port-taken" if asked in taken else "port-invalid",
                N_("port {port} is already given to {app}")
                if asked in taken
                else N_("a port lies between 1024 and 65535"),
                hint="leave --port out and semai picks a free one",
                port=asked,
                app=taken.get(asked, ""),
            )
        return asked
    if before := selection.apps.get(str(key)):
        return before.port
    for port in range(FIRST_PORT, LAST_PORT + 1):
        if port not in taken and is_free(port):
            return port
    raise InvalidInput(
        "no-free-port",
        "no free port between {first} and {last}",
        hint="name one with --port",
        first=FIRST_PORT,
        last=LAST_PORT,
    )
