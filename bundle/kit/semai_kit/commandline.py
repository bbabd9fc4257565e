"""The console script of an app: `run("semai_x.settings")`.

Imports stay inside the verbs so that none pays for all.
"""

from __future__ import annotations

import os
import sys

USAGE = """usage: {script} COMMAND

  serve               answer requests on SEMAI_BIND until SIGTERM
  migrate             bring the database to this release: schema, region, roles, reference data
  ensure-admin        create the first administrator from SEMAI_ADMIN_PASSWORD
  sample-data         load fictitious content (refused when real content exists)
  send-mail           send the letters that are due (the running app does it by itself)
  check-health        print what /healthz says; exit 1 when it is not healthy
  check-login         in a drill of backups: log in to the app on SEMAI_BIND with a throw-away account
  collect-static DIR  collect static files with hashed names
  manage ...          any Django management command
"""
PLAIN_VERBS = {
    "migrate": "semai_migrate",
    "ensure-admin": "ensure_admin",
    "sample-data": "sample_data",
    "send-mail": "send_mail",
}


def run(settings_module: str) -> None:
    """Run the command of sys.argv and exit with its status."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", settings_module)
    sys.exit(execute(sys.argv))


def execute(argv: list[str]) -> int:
    """0 done, 1 refused or unhealthy, 2 usage."""
    script, verb, rest = os.path.basename(argv[0]), argv[1] if len(argv) > 1 else "", argv[2:]
    if verb == "collect-static" and len(rest) == 1:
        return _collect_static(rest[0])
    if verb == "manage" and rest:
        return _manage([script, *rest])
    if verb in PLAIN_VERBS:
        return _manage([script, PLAIN_VERBS[verb], *rest])
    if verb == "serve" and not rest:
        return _serve()
    if verb == "check-health" and not rest:
        return _check_health()
    if verb == "check-login" and not rest:
        return _check_login()
    sys.stderr.write(USAGE.format(script=script))
    return 2


def _manage(argv: list[str]) -> int:
    from django.core.management import ManagementUtility

    ManagementUtility(argv).execute()
    return 0


def _serve() -> int:
    import django
    from django.conf import settings

    django.setup()
    from semai_kit.serving import serve

    return serve(settings.SEMAI.bind)


def _check_health() -> int:
    import json

    import django

    django.setup()
    from semai_kit.health import report

    health = report()
    sys.stdout.write(json.dumps(health.as_json()) + "\n")
    return 0 if health.healthy else 1


def _check_login() -> int:
    import json

    import django

    django.setup()
    from semai_kit import login_check

    try:
        told, code = {"login": "ok", "detail": login_check.check()}, 0
    except login_check.CheckFailed as failure:
        told, code = {"login": "failed", "detail": str(failure)}, 1
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    return code


def _collect_static(directory: str) -> int:
    """Works where an app is built: no region, database or secret is known there, and none is needed."""
    import django

    from semai_kit.build import TargetRefused, build_environment

    try:
        with build_environment(directory):
            django.setup()
            return _manage(
                ["collect-static", "collectstatic", "--noinput", "--clear", "--verbosity=0", *_unwanted()]
            )
    except TargetRefused as refusal:
        sys.stderr.write(f"error: {refusal}\n")
        return 1


def _unwanted() -> list[str]:
    """Swagger and Bootstrap files of libraries that no page of ours uses."""
    return ["--ignore=ninja", "--ignore=django_tables2", "--ignore=django_filters"]
