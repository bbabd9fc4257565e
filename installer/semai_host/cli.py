"""The command line: one verb in, one JSON object out on stdout, events as JSON lines on stderr, an exit code.

0 done, 1 failed (and undone), 2 wrong usage, 7 refused (nothing touched), 8 locked by another run. Imports of the
heavier verbs stay inside them: `serve` runs at every start of every app.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import __version__, maintenance, running
from .errors import HostError, Refused, of_system
from .layout import Layout

Answer = dict[str, Any]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit code."""
    arguments = _parser().parse_args(argv)
    signal.signal(signal.SIGHUP, lambda *_: None)  # a lost connection ends no run; a SIG_IGN would be inherited
    try:
        answer, code = arguments.act(_root(arguments.root), arguments), 0
    except HostError as error:
        answer, code = {"error": error.report()}, error.exit_code
    except OSError as error:
        answer, code = {"error": of_system(error, Refused).report()}, 7
    _print(answer)
    return code


def _root(text: str) -> Layout:
    return Layout(str(Path(text).expanduser().absolute()))


def _print(answer: Answer | None) -> None:
    if answer is None:
        return
    try:
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    except OSError:  # nobody listens any more; the run's events hold the outcome
        return


def _state(layout: Layout, arguments: argparse.Namespace) -> Answer:
    from . import state

    return state.collect(str(layout.root), sizes=True, exposure=arguments.exposure)


def _probe(layout: Layout, arguments: argparse.Namespace) -> Answer:
    from . import probe

    return probe.collect(str(layout.root), sizes=arguments.sizes)


def _verdict(layout: Layout, arguments: argparse.Namespace) -> Answer:
    from . import verdict

    return verdict.write(layout)


def _activate(layout: Layout, arguments: argparse.Namespace) -> Answer:
    from . import verbs
    from .request import Request

    request = Request.read(Path(arguments.request))
    act = {"activate": verbs.activate, "configure": verbs.configure, "warm": verbs.warm}[arguments.verb]
    return act(layout, request, _run(layout, arguments, request.name))


def _points(layout: Layout, arguments: argparse.Namespace) -> Answer:
    from . import points

    return points.listing(layout, arguments.app)


def _roll_back(layout: Layout, arguments: argparse.Namespace) -> Answer:
    from . import verbs

    run = _run(layout, arguments, arguments.app)
    return verbs.roll_back(layout, arguments.app, arguments.to, arguments.led, run, arguments.by)


def _remove(layout: Layout, arguments: argparse.Namespace) -> Answer:
    from . import verbs

    return verbs.remove(
        layout, arguments.app, arguments.purge, _run(layout, arguments, arguments.app), arguments.by
    )


def _service(layout: Layout, arguments: argparse.Namespace) -> Answer:
    from . import verbs

    run = _run(layout, arguments, arguments.app)
    return verbs.service(layout, arguments.action, arguments.app, run, arguments.by)


def _maintenance(layout: Layout, arguments: argparse.Namespace) -> Answer:
    from . import verbs

    run = _run(layout, arguments, arguments.app)
    return verbs.switch_maintenance(layout, arguments.state, arguments.app, run, arguments.by)


def _recover(layout: Layout, arguments: argparse.Namespace) -> Answer:
    from . import verbs

    return verbs.recover(layout, _run(layout, arguments, ""))


def _abort(layout: Layout, arguments: argparse.Namespace) -> Answer:
    from . import verbs

    return verbs.abort(layout, arguments.app, _run(layout, arguments, arguments.app))


def _receipt(layout: Layout, arguments: argparse.Namespace) -> Answer:
    from . import receipts

    receipt = receipts.read(layout.receipt(arguments.app))
    if receipt is None:
        raise Refused("unknown-app", f"{arguments.app} has no receipt on this host")
    return receipt.as_dict()


def _history(layout: Layout, arguments: argparse.Namespace) -> Answer:
    from . import audit

    return {"entries": audit.read(layout.audit, arguments.app, arguments.since)}


def _logs(layout: Layout, arguments: argparse.Namespace) -> Answer:
    from . import following

    return following.log(layout, arguments.app, arguments.lines, arguments.since)


def _watch(layout: Layout, arguments: argparse.Namespace) -> Answer:
    from . import following

    return following.watch(layout, arguments.run_name, arguments.after)


def _serve(layout: Layout, arguments: argparse.Namespace) -> None:
    if maintenance.shows_page(layout.maintenance(arguments.app)):
        running.page(layout, arguments.app)
    else:
        running.serve(layout, arguments.app)


def _exec(layout: Layout, arguments: argparse.Namespace) -> None:
    words = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
    running.execute(layout, arguments.app, words)


def _backup(layout: Layout, arguments: argparse.Namespace) -> Answer:
    from .backups import restore_verbs as restoring
    from .backups import verbs as backups

    other = Path(arguments.other).absolute() if getattr(arguments, "other", None) else None
    if arguments.action == "list":
        return backups.list_sets(layout, other)
    if arguments.action == "drilled":
        from .backups import last_drill

        return {"drilled": last_drill.newest(layout.drills)}
    if arguments.action == "plan":
        return restoring.plan(layout, arguments.set, arguments.apps, other)
    run, by = _run(layout, arguments, ""), arguments.by
    if arguments.action == "create":
        return backups.create(layout, arguments.apps, run, by, arguments.together)
    if arguments.action == "drill":
        from .backups import drill

        return drill.drill(layout, arguments.words, run, by)
    if arguments.action == "verify":
        return backups.verify(layout, arguments.set, run, by)
    if arguments.action == "restore":
        return restoring.restore(layout, arguments.set, arguments.apps, run, by, other)
    return backups.forget(layout, run, by)


def _supervisor_config(layout: Layout, arguments: argparse.Namespace) -> Answer:
    from . import supervision

    return supervision.configure(layout, arguments.socket)


def _run(layout: Layout, arguments: argparse.Namespace, app: str) -> str:
    """Return the run's name: the caller's choice, so that it can follow, or a new one."""
    from . import verbs

    if arguments.run is None:
        return verbs.new_run(arguments.verb, app)
    return layout.events(arguments.run).stem


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="semai-host", description="Run and change the apps of one host.")
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument("--root", required=True, help="the host root, e.g. /srv/semai")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    _add_readers(verbs)
    _add_changers(verbs)
    _add_programs(verbs)
    return parser


def _add_readers(verbs: Any) -> None:
    state = verbs.add_parser("state", help="what this host is and runs")
    state.add_argument("--exposure", action="store_true", help="ask systemd how exposed each service is")
    state.set_defaults(act=_state)
    probe = verbs.add_parser("probe", help="what a controller wants to know before it plans")
    probe.add_argument("--sizes", action="store_true", help="add up what each app takes on disk")
    probe.set_defaults(act=_probe)
    verdict = verbs.add_parser("verdict", help="measure all that takes long and write it down, for `state`")
    verdict.set_defaults(act=_verdict)
    receipt = verbs.add_parser("receipt", help="what an app runs since when")
    receipt.add_argument("app")
    receipt.set_defaults(act=_receipt)
    history = verbs.add_parser("history", help="every run that began here, by whom and how it ended")
    history.add_argument("app", nargs="?", default="")
    history.add_argument("--since", default="", metavar="TIME", help="such as 2026-11-21T00:00:00Z, in UTC")
    history.set_defaults(act=_history)
    points = verbs.add_parser("points", help="the restore points of an app, and what going back would undo")
    points.add_argument("app")
    points.set_defaults(act=_points)
    logs = verbs.add_parser("logs", help="the end of an app's log, or what was added")
    logs.add_argument("app")
    logs.add_argument("--lines", type=int, default=100)
    logs.add_argument("--since", type=int, metavar="OFFSET")
    logs.set_defaults(act=_logs)
    watch = verbs.add_parser("watch", help="the events of a run so far")
    watch.add_argument("run_name", metavar="RUN")
    watch.add_argument("--after", type=int, default=0, metavar="N")
    watch.set_defaults(act=_watch)


def _add_changers(verbs: Any) -> None:
    run = argparse.ArgumentParser(add_help=False)
    run.add_argument("--run", help="name of this run, for `watch`")
    run.add_argument("--by", default="", metavar="WHO", help="on whose behalf, for the audit log")
    for verb, text in (
        ("activate", "run a release"),
        ("configure", "run the same release configured anew"),
        ("warm", "unpack and compile what a release is made of, before it comes"),
    ):
        parser = verbs.add_parser(verb, parents=[run], help=text)
        parser.add_argument("request", metavar="REQUEST.json")
        parser.set_defaults(act=_activate)
    back = verbs.add_parser("rollback", parents=[run], help="bring an app back to a restore point")
    back.add_argument("app")
    back.add_argument("--to", metavar="POINT", help="the point's name (default: the newest)")
    back.add_argument("--led", action="store_true", help="the host that looks after the data went back already")
    back.set_defaults(act=_roll_back)
    remove = verbs.add_parser("remove", parents=[run], help="take an app off; its data is kept")
    remove.add_argument("app")
    remove.add_argument("--purge", action="store_true", help="delete its data and restore points too")
    remove.set_defaults(act=_remove)
    service = verbs.add_parser("service", parents=[run], help="start, stop or restart an app")
    service.add_argument("action", choices=("start", "stop", "restart"))
    service.add_argument("app")
    service.set_defaults(act=_service)
    maintenance_page = verbs.add_parser("maintenance", parents=[run], help="show the maintenance page, or not")
    maintenance_page.add_argument("state", choices=("on", "off"))
    maintenance_page.add_argument("app")
    maintenance_page.set_defaults(act=_maintenance)
    abort = verbs.add_parser("abort", parents=[run], help="stop an app's run, or undo one that was killed")
    abort.add_argument("app")
    abort.set_defaults(act=_abort)
    recover = verbs.add_parser("recover", parents=[run], help="finish or undo what a crash left")
    recover.set_defaults(act=_recover)
    _add_backups(verbs, run)


def _add_backups(verbs: Any, run: argparse.ArgumentParser) -> None:
    backup = verbs.add_parser("backup", help="keep the apps' data in a repository")
    actions = backup.add_subparsers(dest="action", required=True, metavar="ACTION")
    create = actions.add_parser("create", parents=[run], help="keep apps, and those they are linked with")
    create.add_argument("apps", nargs="*", metavar="APP")
    create.add_argument(
        "--together",
        action="append",
        default=[],
        metavar="NAME:APP,APP",
        help="the set of one of these apps is a part of what several hosts keep together",
    )
    other = argparse.ArgumentParser(add_help=False)
    text = "folder with backup.json and env of another repository, which is only read"
    other.add_argument("--from", dest="other", metavar="FOLDER", help=text)
    actions.add_parser("list", parents=[other], help="the verified sets, newest first")
    for action, parents, text in (
        ("plan", [other], "what restoring a set would undo"),
        ("restore", [run, other], "bring the data of a set back"),
    ):
        back = actions.add_parser(action, parents=parents, help=text)
        back.add_argument("set", metavar="SET")
        back.add_argument("apps", nargs="*", metavar="APP")
    verify = actions.add_parser("verify", parents=[run], help="read a set, or all, to the end")
    verify.add_argument("set", nargs="?", metavar="SET")
    actions.add_parser("forget", parents=[run], help="delete the sets that outlived the retention")
    drill = actions.add_parser(
        "drill", parents=[run], help="restore beside the real apps, and see whether it works"
    )
    drill.add_argument("words", nargs="*", metavar="[SET] [APP]", help="the newest set of each app without SET")
    actions.add_parser("drilled", help="all that the newest drill found")
    backup.set_defaults(act=_backup)


def _add_programs(verbs: Any) -> None:
    serve = verbs.add_parser("serve", help="become the app (for the service keeper)")
    serve.add_argument("app")
    serve.set_defaults(act=_serve)
    execute = verbs.add_parser("exec", help="become one command of the app")
    execute.add_argument("app")
    execute.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    execute.set_defaults(act=_exec)
    supervisor = verbs.add_parser("supervisor-config", help="write supervisord's main configuration")
    supervisor.add_argument("--socket", help="path of its unix socket, at most 100 bytes")
    supervisor.set_defaults(act=_supervisor_config)
