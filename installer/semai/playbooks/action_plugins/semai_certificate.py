"""Action plugin of semai_certificate: judges and signs on the controller; the region's CA key stays here.

One round trip when every certificate is good: the host tells what it has, the controller decides.
"""

from __future__ import annotations

import datetime
import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from ansible.plugins.action import ActionBase

_REFUSED = 7


def _beside(name: str) -> ModuleType:
    """Load a file beside this one: Ansible gives plugins no package to import from."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module


checks = _beside("semai_certificate_checks")


class ActionModule(ActionBase):  # type: ignore[misc]
    """Looks, decides, and has the host put in place what is new."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Perform the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        self._vars = task_vars
        self._now = datetime.datetime.now(datetime.timezone.utc)
        try:
            result.update(self._bring(dict(self._task.args)))
        except checks.Unfit as unfit:
            error = {"code": unfit.code, "message": unfit.message, "hint": unfit.hint, "exit_code": _REFUSED}
            result.update(failed=True, msg=f"{unfit.message}\nhint: {unfit.hint}", semai_error=error)
        return result

    def _bring(self, given: Mapping[str, Any]) -> dict[str, Any]:
        names = sorted({str(name).lower() for name in given["names"]})
        source, days = str(given["source"]), int(given["renew_days"])
        pair = self._pair(given, names)
        self._place = {"folder": given["folder"]}
        seen = self._ask({"step": "look", "names": names})
        if seen.get("failed"):
            return seen
        reasons = {n: self._reason(n, seen["found"][n], source, pair, days, given) for n in names}
        wanted = {name: reason for name, reason in reasons.items() if reason}
        result = {"changed": bool(wanted), "renewed": wanted, "warnings": self._warnings(pair, source, days)}
        if not wanted or self._play_context.check_mode:
            return result
        return {**result, **self._renew(sorted(wanted), source, pair, given), "renewed": wanted}

    def _pair(self, given: Mapping[str, Any], names: list[str]) -> Any:
        """Return the CA or the supplied certificate, judged before anything is asked of the host."""
        source = given["source"]
        if source == "region-ca":
            ca = given.get("ca") or {}
            if not ca.get("certificate") or not ca.get("key"):
                raise checks.Unfit("certificate-ca-missing", "the vault holds no CA of the region", "semai lock")
            return checks.read_authority(str(ca["certificate"]), str(ca["key"]), self._now)
        if source == "files":
            paths = {kind: self._path(given.get("files") or {}, kind) for kind in ("certificate", "key")}
            certificate, key = (self._read(paths[kind]) for kind in ("certificate", "key"))
            pair = checks.read_pair(certificate, key, (str(paths["certificate"]), str(paths["key"])), self._now)
            checks.check_names(pair, names, str(paths["certificate"]))
            return pair
        if not (given.get("acme") or {}).get("directory"):
            raise checks.Unfit("certificate-acme", "there is no ACME directory", "set semai_acme in hosts.yml")
        return None

    def _path(self, files: Mapping[str, Any], kind: str) -> Path:
        if not files.get(kind):
            raise checks.Unfit(
                "certificate-files", f"no {kind} is given", "set semai_certificate_files in hosts.yml"
            )
        path = Path(str(files[kind])).expanduser()
        inventory = (self._vars or {}).get("inventory_dir") or "."
        return path if path.is_absolute() else Path(str(inventory)) / path

    def _read(self, path: Path) -> str:
        try:
            return path.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            hint = "paths are relative to the region's inventory"
            raise checks.Unfit("certificate-files", f"{path} cannot be read: {error.strerror}", hint) from None

    def _reason(
        self, name: str, found: Mapping[str, str], source: str, pair: Any, days: int, given: Mapping[str, Any]
    ) -> str:
        certificate, key = found["certificate"], found["public_key"]
        if reason := checks.lacking(name, certificate, key, self._now, 0 if source == "files" else days):
            return str(reason)
        if source == "region-ca" and not checks.issued(checks.leaf_of(certificate), pair.leaf):
            return "another CA issued it"
        if source == "files" and certificate != pair.text:
            return "another one is supplied"
        if source == "acme" and found["source"] != f"acme {given['acme']['directory']}":
            return "it came from elsewhere"
        return ""

    def _warnings(self, pair: Any, source: str, days: int) -> list[str]:
        """Return what will need people soon: semai renews neither the CA nor supplied files."""
        if pair is None:
            return []
        end = pair.leaf.not_valid_after_utc
        what = "the supplied certificate" if source == "files" else "the region's CA"
        return [f"{what} expires on {checks.day(end)}"] if (end - self._now).days < days else []

    def _renew(self, names: list[str], source: str, pair: Any, given: Mapping[str, Any]) -> dict[str, Any]:
        if source == "acme":
            return self._ask({"step": "acme", "names": names, "acme": given["acme"]})
        if source == "files":
            bring = {name: {"certificate": pair.text, "key": pair.key_text} for name in names}
            return self._ask({"step": "place", "names": names, "bring": bring, "source": source})
        asked = self._ask({"step": "request", "names": names})
        if asked.get("failed"):
            return asked
        bring = {n: {"certificate": checks.sign(pair, asked["requests"][n], n, self._now)} for n in names}
        return self._ask({"step": "place", "names": names, "bring": bring, "source": source})

    def _ask(self, arguments: dict[str, Any]) -> dict[str, Any]:
        given = {**self._place, **arguments}
        return dict(self._execute_module("semai_certificate", module_args=given, task_vars=self._vars))
