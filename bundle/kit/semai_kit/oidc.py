"""Login through the region's identity provider: OpenID Connect, authorization code with PKCE. Off unless set up.

An account is found by its name or its verified address and never made here; without exactly one usable account
nobody gets in. The ID token comes straight from the token endpoint over TLS, which stands for its signature
(OpenID Connect Core 3.1.3.7); issuer, audience, expiry and nonce are checked.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from semai_kit.environment import safe_address
from semai_kit.models import Account
from semai_kit.refusals import Refused

TIMEOUT = (3, 10)
SCOPES = "openid profile email"
DISCOVERY = "/.well-known/openid-configuration"
ENDPOINTS = ("authorization_endpoint", "token_endpoint")
CLOCK_SKEW_SECONDS = 60


class OidcRefused(Refused):
    """The provider cannot be used, or what it says leads to no account."""

    status = 403


def begin(callback: str) -> tuple[str, dict[str, str]]:
    """Address to send the visitor to, and what the session must remember until they come back.

    Raises OidcRefused when the provider cannot be asked.
    """
    remembered = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
    challenge = _encoded(hashlib.sha256(remembered["verifier"].encode()).digest())
    query = {
        "response_type": "code",
        "client_id": settings.SEMAI.oidc.client_id,
        "redirect_uri": callback,
        "scope": SCOPES,
        "state": remembered["state"],
        "nonce": remembered["nonce"],
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    address = _discover()["authorization_endpoint"]
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(query)}", remembered


def finish(answer: Mapping[str, str], remembered: Mapping[str, str], callback: str) -> Account:
    """The account of who came back with `answer` (the query of the callback). Raises OidcRefused."""
    state = remembered.get("state", "")
    if not state or not hmac.compare_digest(answer.get("state", "").encode(), state.encode()):
        raise OidcRefused(_("Proses masuk ini sudah kedaluwarsa. Mulai lagi dari halaman masuk."))
    if answer.get("error") or not answer.get("code"):
        raise OidcRefused(_("Penyedia identitas tidak mengizinkan masuk. Coba lagi atau pakai kata sandi."))
    claims = _claims(_exchange(answer["code"], remembered["verifier"], callback))
    _check(claims, remembered["nonce"])
    return _account(claims)


def _discover() -> dict[str, str]:
    issuer = settings.SEMAI.oidc.issuer
    found = _asked("GET", f"{issuer}{DISCOVERY}")
    if found.get("issuer", "").rstrip("/") != issuer:
        raise _unusable("it calls itself by another name")
    for name in ENDPOINTS:
        if not isinstance(found.get(name), str) or not safe_address(found[name]):
            raise _unusable(f"its {name} is missing or not https")
    return found


def _exchange(code: str, verifier: str, callback: str) -> str:
    oidc = settings.SEMAI.oidc
    sent = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": callback,
        "client_id": oidc.client_id,
        "code_verifier": verifier,
        **({"client_secret": oidc.client_secret} if oidc.client_secret else {}),
    }
    answer = _asked("POST", _discover()["token_endpoint"], data=sent)
    token = answer.get("id_token")
    if not isinstance(token, str):
        raise _unusable("it sent no ID token")
    return token


def _asked(method: str, address: str, **sent: Any) -> dict[str, Any]:
    try:
        response = requests.request(method, address, timeout=TIMEOUT, allow_redirects=False, **sent)
        response.raise_for_status()
        answer = response.json()
    except requests.RequestException as error:
        raise _unusable(type(error).__name__) from error
    if not isinstance(answer, dict):
        raise _unusable("its answer is no JSON object")
    return answer


def _claims(token: str) -> dict[str, Any]:
    try:
        _, body, _ = token.split(".")
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except ValueError as error:
        raise _unusable("its ID token cannot be read") from error
    if not isinstance(claims, dict):
        raise _unusable("its ID token cannot be read")
    return claims


def _check(claims: Mapping[str, Any], nonce: str) -> None:
    oidc = settings.SEMAI.oidc
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    expiry = claims.get("exp")
    wrong = {
        "issuer": str(claims.get("iss", "")).rstrip("/") != oidc.issuer,
        "audience": oidc.client_id not in audiences,
        "party": len(audiences) > 1 and claims.get("azp") != oidc.client_id,
        "expiry": not isinstance(expiry, int) or expiry < time.time() - CLOCK_SKEW_SECONDS,
        "nonce": not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()),
    }
    if found := [name for name, is_wrong in wrong.items() if is_wrong]:
        raise _unusable(f"wrong {', '.join(found)} in its ID token")


def _account(claims: Mapping[str, Any]) -> Account:
    name = str(claims.get("preferred_username") or "").strip().lower()
    email = str(claims.get("email") or "").strip().lower() if claims.get("email_verified") is True else ""
    wanted = (Q(username=name) if name else Q(pk__in=[])) | (Q(email=email) if email else Q(pk__in=[]))
    found = [account for account in Account.objects.filter(wanted)[:3] if account.is_usable]
    if len(found) != 1:
        raise OidcRefused(
            _("Belum ada akun aplikasi untuk identitas ini. Minta administrator aplikasi membuatnya.")
        )
    return found[0]


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _unusable(reason: str) -> OidcRefused:
    return OidcRefused(
        _("Penyedia identitas daerah tidak dapat dipakai sekarang ({reason}). Masuk dengan kata sandi.").format(
            reason=reason
        )
    )
