"""Ask every host of a region what it runs, in one round trip each.

Hosts that have the host tool are asked by ssh, or as they are on this machine; else, and whenever that does not go
smoothly, by Ansible, which knows every way of connecting and says what is wrong. `begin` returns while the question
is under way, so that the caller can read the lock and render the deployment meanwhile.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from semai.adapters.ansible import Ansible, Event, Run, RunResult, ssh_args
from semai.adapters.direct import Asking
from semai.adapters.region_files import RegionFiles
from semai.adapters.resources import Resources
from semai.adapters.state import State
from semai.adapters.vault import VaultFile
from semai.adapters.yaml_files import read_document
from semai.core.direct import direct_lines
from semai.core.doctor import Examined
from semai.core.host_words import spoken, spoken_hint
from semai.core.receipt import HostState
from semai.errors import HostRefused, InvalidInput, OperationFailed, SemaiError
from semai.messages import N_, translate

_VAULT_MARKS = ("vault", "decrypt")
_PYTHON_MARKS = (
    "python3: not found",
    "python3: no such file",
    "python: not found",
    "no module named",
    "module interpreter",
    "no python interpreters found",
    "no usable python interpreter",
)
PYTHON_MISSING = "python-missing"
_SIZES = ("--sizes",)


@dataclass(frozen=True)
class Site:
    """A region's files, the state folder and how its vault opens: what every verb on hosts works with."""

    files: RegionFiles
    state: State
    resources: Resources
    vault_password: Path
    limit: str = ""

    @property
    def vault(self) -> VaultFile:
        """Return the region's vault."""
        return VaultFile(self.files.vault, self.vault_password)

    def ansible(self, verb: str, secrets: Sequence[str] = ()) -> Ansible:
        """Return a runner that logs as `<time>-<verb>.log` with `secrets` masked."""
        return Ansible(
            self.files.folder,
            self.resources,
            self.state.run_log(self.files.name, verb, datetime.now(timezone.utc)),
            vault_password_file=self.vault_password if self.files.vault.exists() else None,
            secrets=secrets,
        )


@dataclass(frozen=True)
class Unready:
    """A host that cannot be worked on, and why: `text` is a msgid with `fields`."""

    host: str
    code: str
    text: str
    fields: Mapping[str, str] = field(default_factory=dict)
    hint: str = ""

    @property
    def message(self) -> str:
        """Return the reason in the reader's language."""
        return translate(self.text, host=self.host, **self.fields)


@dataclass(frozen=True)
class Probed:
    """What hosts said, and which of them could not be asked."""

    states: Mapping[str, HostState]
    unready: tuple[Unready, ...] = ()
    examined: Mapping[str, Examined] = field(default_factory=dict)  # only the doctor asks for it

    @property
    def bare(self) -> tuple[str, ...]:
        """Return the hosts that need Python first, when nothing else is wrong with any host."""
        missing = tuple(entry.host for entry in self.unready if entry.code == PYTHON_MISSING)
        return missing if len(missing) == len(self.unready) else ()

    def require_ready(self) -> None:
        """Raise HostRefused when a host did not answer or cannot be written."""
        if not self.unready:
            return
        first = self.unready[0]
        raise HostRefused(
            first.code,
            first.text,
            hint=first.hint,
            details=[entry.message for entry in self.unready[1:]],
            host=first.host,
            **first.fields,
        )


class Probe:
    """A probe under way."""

    def __init__(self, site: Site, ansible: Callable[[], Run], asking: Asking | None = None) -> None:
        self._site, self._ansible, self._asking = site, ansible, asking
        self._run = None if asking else ansible()

    def finish(self) -> Probed:
        """Wait for the answers; raises what kept Ansible from asking at all."""
        answers = self._asking.answers() if self._asking else None
        if answers is not None and (probed := _told_directly(answers)):
            return probed
        self._run = self._run or self._ansible()
        result = self._run.wait()
        states: dict[str, HostState] = {}
        examined: dict[str, Examined] = {}
        unready = [unready_from(event) for event in result.failures]
        for event in result.results("semai_state"):
            if "state" not in event.result:
                continue
            try:
                states[event.host] = HostState.model_validate(event.result["state"])
            except ValidationError as error:
                unready.append(_unreadable(event.host, error))
        for event in result.results("semai_examine"):
            if "report" in event.result:
                examined[event.host] = Examined.model_validate(event.result["report"])
        if not states and not unready:
            raise why_nothing_ran(self._site, result)
        if not result.failures:
            result.log.unlink(missing_ok=True)  # a probe that went well says nothing worth keeping
        unready += [_not_writable(host, state) for host, state in states.items() if not state.access.writable]
        return Probed(states, tuple(unready), examined)

    def stop(self) -> None:
        """Give it up."""
        if self._asking:
            self._asking.stop()
        if self._run:
            self._run.stop()


def require_lock(files: RegionFiles) -> None:
    """Raise InvalidInput `no-lock` before the first lock."""
    if not files.lock.exists() or not files.deployment.exists():
        raise InvalidInput("no-lock", "{region} has no lock yet", hint="semai lock", region=files.name)


def begin(site: Site, *, sizes: bool = False, playbook: str = "probe") -> Probe:
    """Start asking, with `sizes` also what each app takes on disk, which is slow; the playbook may ask for more.

    Raises InvalidInput `no-lock` before there is anything to compare with.
    """
    require_lock(site.files)
    variables = {"semai_sizes": True} if sizes else None

    def ansible() -> Run:
        return site.ansible("probe").start(playbook, variables=variables, limit=site.limit)

    lines = None if site.limit or playbook != "probe" else _lines(site, ["probe", *_SIZES[:sizes]])
    return Probe(site, ansible, Asking(lines) if lines else None)


def _lines(site: Site, verb: Sequence[str]) -> Mapping[str, Sequence[str]] | None:
    """Return how to ask without Ansible; None when it is needed, or files of the region's own may say so."""
    if site.files.has_own_variables():
        return None
    return direct_lines(read_document(site.files.hosts).value, ssh_args(), sys.executable, verb)


def _told_directly(answers: Mapping[str, Any]) -> Probed | None:
    """Return the answers of hosts asked without Ansible; None when one of them is not as it should be."""
    try:
        states = {host: HostState.model_validate(answer) for host, answer in answers.items()}
    except ValidationError:
        return None
    return Probed(states) if all(state.access.writable for state in states.values()) else None


def unready_from(event: Event) -> Unready:
    """Turn a failed or unreachable host into words."""
    message = str(event.result.get("msg", "")).strip()
    stderr = str(event.result.get("module_stderr") or event.result.get("stderr") or "")
    said = message or stderr.strip()[-300:]
    error = event.result.get("semai_error")
    if isinstance(error, dict):
        fields = {"said": spoken(str(error.get("message"))), "remedy": spoken_hint(str(error.get("hint") or ""))}
        return Unready(event.host, str(error.get("code")), N_("{host}: {said}"), fields, "{remedy}")
    if event.kind == "unreachable":
        return _unreachable(event.host, said)
    lowered = f"{message} {stderr}".lower()
    if any(mark in lowered for mark in _PYTHON_MARKS):
        text = N_("{host} has no complete Python 3: {said}")
        said = (stderr.strip().splitlines() or [said])[-1]
        return Unready(event.host, PYTHON_MISSING, text, {"said": said}, N_("semai apply, which installs it first"))
    if "sudo: not found" in lowered or "sudo: command not found" in lowered:
        text = N_("{host} has no sudo")
        hint = N_("install it there, or log in as root: ansible_user in hosts.yml")
        return Unready(event.host, "sudo-missing", text, {}, hint)
    if "sudo" in lowered or "privilege escalation" in lowered:
        text = N_("{host} does not let this user become the administrator: {said}")
        hint = N_("allow it sudo without a password, or choose another ansible_user in hosts.yml")
        return Unready(event.host, "sudo-refused", text, {"said": said}, hint)
    if "semai_root" in message:
        text = N_("{host} has no semai_root in hosts.yml")
        return Unready(event.host, "no-root", text, {}, N_("semai region check"))
    text = N_("{host} does not answer as it should: {said}")
    return Unready(event.host, "host-failed", text, {"said": said}, N_("semai doctor"))


def _unreachable(host: str, said: str) -> Unready:
    lowered = said.lower()
    if "host identification has changed" in lowered:
        text = N_("{host} shows another host key than the known one: another machine may be answering")
        hint = N_(
            "compare it on its own console (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub); when the server "
            "was really set up anew: ssh-keygen -R ADDRESS, then log in once with ssh"
        )
        return Unready(host, "host-key-changed", text, {}, hint)
    if "host key verification failed" in lowered or "authenticity of host" in lowered:
        text = N_("the host key of {host} is not known on this machine yet")
        hint = N_("log in once with ssh, compare the key with the server's console, and accept it")
        return Unready(host, "host-key-unknown", text, {}, hint)
    text = N_("{host} cannot be reached: {said}")
    hint = N_("try: ssh {host}; to go on with the other hosts: --limit 'all:!{host}'")
    return Unready(host, "host-unreachable", text, {"said": said}, hint)


def _unreadable(host: str, error: ValidationError) -> Unready:
    first = error.errors(include_url=False)[0]
    said = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return Unready(host, "state-unreadable", N_("{host} gives a state that cannot be read: {said}"), {"said": said})


def _not_writable(host: str, state: HostState) -> Unready:
    text = N_("{path} on {host} cannot be written")
    hint = N_("change its owner, or choose another semai_root in hosts.yml")
    return Unready(host, "root-not-writable", text, {"path": state.access.path}, hint)


def why_nothing_ran(site: Site, result: RunResult) -> SemaiError:
    """Return the error for a run that reached no host: vault, inventory, or Ansible itself."""
    printed = " ".join(result.output).lower()
    if any(mark in printed for mark in _VAULT_MARKS) and site.files.vault.exists():
        try:
            site.vault.read()
        except InvalidInput as error:
            return error
    if any(event.kind == "no-hosts" for event in result.events) or "could not match" in printed:
        return InvalidInput(
            "no-such-host",
            "no host of {region} matches {limit}",
            hint="semai region show",
            region=site.files.name,
            limit=site.limit or "app",
        )
    return OperationFailed(
        "ansible-failed",
        "Ansible stopped before it reached a host: {line}",
        details=result.output[-8:],
        hint="read {log}",
        line=next(
            (line for line in result.output if "ERROR" in line or "error" in line), translate(N_("no reason given"))
        ),
        log=result.log,
    )
