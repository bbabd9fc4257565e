"""What the host tool says, which speaks English only: its messages and hints as templates that can be retold.

The tool fills its texts on the host, so they arrive whole; `retell` recognises the template and gives it back in
the reader's language. Texts about a malformed request are left out: they speak to whoever writes the request.
"""

from __future__ import annotations

from semai.core import role_words
from semai.messages import N_, retell

MESSAGES = (
    # first the longest: what follows may be part of it
    N_("{problem}; and putting things back stopped: {failure}"),
    N_("{user} (pid {pid} on {machine}) has been at {verb} since {since}"),
    N_("{app} is in maintenance since {since} ({by})"),
    N_(
        "{app} {version} runs with other content or another Python than asked for; "
        "one version is one release for ever"
    ),
    N_("{app} runs {version}, which is newer than {wanted}"),
    N_("{app} {version} upgrades from {ranges}, this host runs {found}"),
    N_("{app} does not run {version} ({release}…), so it cannot be configured"),
    N_("{app} is not installed on this host"),
    N_("{app} has no receipt on this host"),
    N_("{app} has no log on this host"),
    N_("port {port} belongs to the app {app} on this host"),
    N_("port {port} is held by {holder}"),
    N_("another program"),
    N_("cannot listen on {address}:{port}: {reason}"),
    N_("{path} has {free} MB free, this needs {needed} MB ({parts})"),
    N_("no space left for {path}"),
    N_("may not use {path}"),
    N_("uid {uid} may not write {path}"),
    N_("{user} (uid {uid}) cannot write {path}: {reason}"),
    N_("supervisord of {folder} does not answer: {reason}"),
    N_("supervisord refuses {app}: {reason}"),
    N_("{app} did not stop within {seconds} s"),
    N_("release {version} was not healthy within {seconds} s: {said}"),
    N_("release {version} ended before it answered: {said}"),
    N_("release {version} of {app} has no program {program}"),
    N_("{what} was not done within {seconds} s"),
    N_("{what} failed with exit code {exit}"),
    N_("{what} was ended by signal {signal}"),
    N_("making the virtual environment"),
    N_("installing the wheels"),
    N_("loading the former configuration"),
    N_("migrating the data"),
    N_("loading the sample data"),
    N_("the run was killed at {step}"),
    N_("stopped by {signal}"),
    N_("the Python {python} does not run: {reason}"),
    N_("release with {count} {kind} artifacts, not 1"),
    N_("{file} ({digest}) is missing in the store"),
    N_("{file} ({digest}) has {found} bytes instead of {expected} in the store"),
    N_("{file} in the store has digest {found}… instead of {expected}…"),
    N_("{file} with digest {digest}… lies neither in {folder} nor in place"),
    N_("{file} vanished during the run"),
    N_("no copy of {file} as of the last receipt was kept"),
    N_("{path} is not JSON: {reason}"),
    N_("{path} does not say schema 1"),
    N_("{path} was changed by hand or damaged: its digest does not match"),
    N_("{path} lacks a part of a receipt"),
    N_("{path} lacks a part of a journal: {reason}"),
    N_("{path} does not say what to {verb}"),
    N_("{path} fails SQLite's integrity check: {found}"),
    N_("{path} is missing"),
    N_("{archive} cannot be unpacked: {reason}"),
    N_("{archive} is not a wheel: {reason}"),
    N_("{archive} is not a wheel of uv"),
    N_("{path} has no content"),
    N_("member {member} {problem}"),
    N_("is a link, a device or another special file"),
    N_("leads out of the release"),
    N_("has a name no release needs"),
    N_("is there twice or has no name"),
    N_("is one more than the {most} members allowed"),
    N_("unpacks to more than {limit} MB"),
    N_("{address} is longer than {limit} bytes"),
    N_("{folder} belongs to uid {uid} or is not a folder"),
    N_("service {state}"),
    N_("maintenance page"),
    N_("HTTP {status} without a health report"),
    N_("a command of a killed run holds {path} and stays"),
    N_("the system user {user} could not be made"),
    N_("the system user {user} is missing"),
    N_("this host has no {program}"),
    N_("{program} refuses {name}: {reason}"),
    N_("cannot run {program}: {reason}"),
    N_("there is no program {program}"),
    N_("PostgreSQL refused while {what}: {reason}"),
    N_("copying the database"),
    N_("reading the copy of the database"),
    N_("bringing the database back"),
    N_("the database was asked"),
    N_("{path} is not the file that was written"),
    N_("{path} holds {found} tables, the database {count}"),
    N_("shared/env has no DATABASE_PASSWORD that the database takes"),
    N_("the database {name} at {host} cannot be reached: {reason}"),
    N_("there is no database {name}"),
    N_("PostgreSQL did not answer within {seconds} s"),
    N_("systemd does not run on this host"),
    N_("only root may change services of this host"),
    N_("systemd refuses {words}: {reason}"),
)

HINTS = (
    N_("stop that program, or give the app another port in apps.yml"),
    N_("free some space there, then apply again"),
    N_("free some space there"),
    N_("wait until that run is over; a run that died holds no lock"),
    N_("clear what stands in the way, then run: semai-host recover"),
    N_("clear what stands in the way, then: semai-host recover"),
    N_("run as the owner of {folder}, or give its owner as ansible_user"),
    N_("run as the owner of that folder"),
    N_("publish a new version"),
    N_("go back by restoring a restore point, not by activating an older release"),
    N_("upgrade through a release in between"),
    N_("activate {version} first"),
    N_("apply again: the supervisor role starts it"),
    N_("apply again: the hostctl role installs it"),
    N_("apply again: the configuration is written anew"),
    N_("apply again: the damaged copy was set aside and will be sent anew"),
    N_("apt-get install postgresql-client"),
    N_("start the database server, then apply again"),
    N_("give this host the profile embedded"),
    N_("set ansible_become: true in hosts.yml"),
    N_("free some space on the database server"),
)


def spoken(message: str) -> str:
    """Return a message of the host tool or a role in the reader's language; one nobody knows stays as it is."""
    return retell(message, (*role_words.MESSAGES, *MESSAGES))


def spoken_hint(hint: str) -> str:
    """Return a hint of the host tool or a role in the reader's language."""
    return retell(hint, (*role_words.HINTS, *HINTS))
