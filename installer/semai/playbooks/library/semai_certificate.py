#!/usr/bin/python
"""Ansible module: keys and certificates of a host. Keys are made here and stay here; the action plugin decides."""

from __future__ import annotations

import os
import re
import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.semai_platform_ports import holders
from ansible.module_utils.semai_platform_refusal import Refusal, first_line, need, run

DOCUMENTATION = r"""
module: semai_certificate
short_description: TLS certificates of a host
description:
  - Brings a certificate for each name to C(<folder>/<name>/cert.pem), with its chain, and its key to C(key.pem).
  - With C(region-ca) the host makes key and request, and the controller signs; neither key travels.
options:
  names:
    description: Host names, each with a certificate of its own.
    type: list
    elements: str
    required: true
  source:
    description: Where certificates come from, C(region-ca), C(files) or C(acme).
    type: str
  ca:
    description: C(certificate) and C(key) of the region's CA in PEM; used on the controller only.
    type: dict
  files:
    description: C(certificate) and C(key), files on the controller, relative to the inventory.
    type: dict
  acme:
    description: C(directory), C(email) and C(webroot).
    type: dict
  renew_days:
    description: A certificate with fewer days left is renewed.
    type: int
    default: 30
  folder:
    description: Where certificates go.
    type: path
    default: /etc/semai/tls
  step:
    description: What the host is to do; set by the action plugin.
    type: str
    choices: [look, request, place, acme]
  bring:
    description: A mapping of name to C(certificate) and C(key); set by the action plugin.
    type: dict
author: semai
"""

EXAMPLES = r"""
- name: Bring certificates
  semai_certificate:
    names: [e-planning.example.go.id]
    source: region-ca
    ca: "{{ semai_vault.ca }}"
"""

RETURN = r"""
renewed:
  description: The names that got, or would get, a new certificate, each with the reason.
  returned: success
  type: dict
"""

_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
LIVE = Path("/etc/letsencrypt/live")
HOOK = Path("/etc/letsencrypt/renewal-hooks/deploy/semai")
HOOK_TEXT = """\
#!/bin/sh
# Written by semai: brings a renewed certificate to where nginx reads it.
set -eu
folder="{folder}/$(basename "$RENEWED_LINEAGE")"
[ -d "$folder" ] || exit 0
umask 077
cp -L "$RENEWED_LINEAGE/privkey.pem" "$folder/.key.pem.new"
cp -L "$RENEWED_LINEAGE/fullchain.pem" "$folder/.cert.pem.new"
chmod 0644 "$folder/.cert.pem.new"
mv "$folder/.key.pem.new" "$folder/key.pem"
mv "$folder/.cert.pem.new" "$folder/cert.pem"
systemctl try-reload-or-restart nginx || true
"""


class _Quiet(SimpleHTTPRequestHandler):
    """Serves the challenge's folder without writing a log."""

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing: Ansible reads what a module prints."""


def look(folder: Path, name: str) -> dict[str, str]:
    """Return what the host has for a name; the key is told by its public half."""
    place = folder / name
    certificate, key, source = place / "cert.pem", place / "key.pem", place / "source"
    public = run("openssl", "pkey", "-in", str(key), "-pubout").out if key.is_file() else ""
    return {
        "certificate": certificate.read_text(errors="replace") if certificate.is_file() else "",
        "public_key": public,
        "source": source.read_text().strip() if source.is_file() else "",
    }


def request(folder: Path, name: str) -> str:
    """Return a request for a certificate, made with the host's key, which is made first when there is none."""
    place = folder / name
    key = place / "key.pem"
    _folder(folder, name)
    if not key.is_file() or run("openssl", "pkey", "-in", str(key), "-noout").code:
        beside = place / ".key.pem.new"
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
            made = run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
            stream.write(need(made, "openssl-failed", f"making a key for {name}").out)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(key)
    subject = f"/CN={name}" if len(name) <= 64 else "/"
    said = run(
        "openssl", "req", "-new", "-key", str(key), "-subj", subject, "-addext", f"subjectAltName=DNS:{name}"
    )
    return str(need(said, "openssl-failed", f"making a request for {name}").out)


def _folder(folder: Path, name: str) -> None:
    for path in (folder.parent, folder, folder / name):
        if not path.is_dir():
            path.mkdir(mode=0o755, parents=True)


def place(folder: Path, name: str, bring: Mapping[str, str], source: str) -> None:
    """Put a certificate in place, after its key when that came along."""
    _folder(folder, name)
    if bring.get("key"):
        _write(folder / name / "key.pem", bring["key"], 0o600)
    _write(folder / name / "cert.pem", bring["certificate"], 0o644)
    _write(folder / name / "source", f"{source}\n", 0o644)


def _write(path: Path, text: str, mode: int) -> None:
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as stream:
        stream.write(text)
        stream.flush()
        os.fchmod(stream.fileno(), mode)
        os.fsync(stream.fileno())
    beside.replace(path)


@contextmanager
def answering(webroot: Path) -> Iterator[None]:
    """Answer challenges on port 80 while nobody else does: the first certificate comes before nginx."""
    (webroot / ".well-known/acme-challenge").mkdir(parents=True, exist_ok=True)
    if 80 in holders([80]):
        yield
        return
    with ThreadingHTTPServer(("", 80), partial(_Quiet, directory=str(webroot))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()


def certify(folder: Path, names: Sequence[str], acme: Mapping[str, Any]) -> None:
    """Have certbot fetch a certificate for each name, and renew them from its own timer later."""
    webroot = Path(str(acme.get("webroot") or "/var/www/semai-acme"))
    HOOK.parent.mkdir(parents=True, exist_ok=True)
    _write(HOOK, HOOK_TEXT.format(folder=folder), 0o755)
    email = ["--email", str(acme["email"])] if acme.get("email") else ["--register-unsafely-without-email"]
    words = [
        "certbot",
        "certonly",
        "--non-interactive",
        "--agree-tos",
        "--no-eff-email",
        "--webroot",
        "--key-type",
        "ecdsa",
    ]
    words += ["--server", str(acme["directory"]), "--webroot-path", str(webroot), *email]
    with answering(webroot):
        for name in names:
            said = run(*words, "--cert-name", name, "--domain", name, "--force-renewal", "--no-directory-hooks")
            if said.code:
                why = first_line(said.out + said.err, ("Detail:", "detail", "rror:", "rror "))
                hint = (
                    f"port 80 of {name} must be reachable from the ACME server, and its DNS name lead to this host"
                )
                raise Refusal("acme-failed", f"no certificate for {name}: {why}", hint)
            pem = {kind: (LIVE / name / f"{kind}.pem").read_text() for kind in ("fullchain", "privkey")}
            place(
                folder, name, {"certificate": pem["fullchain"], "key": pem["privkey"]}, f"acme {acme['directory']}"
            )


def forget_acme(name: str) -> None:
    """Stop certbot from renewing a name that gets its certificate from elsewhere now."""
    if (LIVE / name).exists():
        run("certbot", "delete", "--non-interactive", "--cert-name", name)
        with suppress(OSError):
            shutil.rmtree(LIVE / name)


def perform(params: Mapping[str, Any], check: bool) -> dict[str, Any]:
    """Do one step."""
    folder, names, step = Path(params["folder"]), params["names"], params["step"]
    if wrong := [name for name in names if not _NAME.fullmatch(name)]:
        raise Refusal("certificate-names", f"{wrong[0]} is no host name", "correct certificate_names")
    if step == "look":
        return {"changed": False, "found": {name: look(folder, name) for name in names}}
    if check:
        return {"changed": True}
    if step == "request":
        return {"changed": True, "requests": {name: request(folder, name) for name in names}}
    if step == "acme":
        certify(folder, names, params["acme"])
    for name in names if step == "place" else ():
        place(folder, name, params["bring"][name], str(params["source"]))
        forget_acme(name)
    return {"changed": True}


def main() -> None:
    """Do the step that the action plugin asks for."""
    module = AnsibleModule(
        argument_spec={
            "names": {"type": "list", "elements": "str", "required": True},
            "source": {"type": "str"},
            "ca": {"type": "dict", "no_log": True},
            "files": {"type": "dict"},
            "acme": {"type": "dict"},
            "renew_days": {"type": "int", "default": 30},
            "folder": {"type": "path", "default": "/etc/semai/tls"},
            "step": {"type": "str", "choices": ["look", "request", "place", "acme"]},
            "bring": {"type": "dict", "no_log": True},
        },
        supports_check_mode=True,
    )
    try:
        result = perform(module.params, module.check_mode)
    except Refusal as refusal:
        module.fail_json(**refusal.result())
    except OSError as error:
        module.fail_json(**Refusal("host-failed", str(error)).result())
    module.exit_json(**result, invocation={})


if __name__ == "__main__":
    main()
