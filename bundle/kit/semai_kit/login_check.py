"""`check-login`: a throw-away account logs in over HTTP as a person would, on data that a drill restored.

Refused where the environment does not say that this is a drill: nobody makes accounts among real data this way.
"""

from __future__ import annotations

import http.client
import re
import secrets
from collections.abc import Mapping
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.shortcuts import resolve_url
from django.urls import reverse

from semai_kit import accounts, audit

SECONDS = 30.0
LARGEST_PAGE = 4 << 20
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class CheckFailed(Exception):
    """The login did not go as it should; the message says at which page."""


class Visitor:
    """A browser without a screen at one address, under the app's public name, keeping cookies."""

    def __init__(self, bind: str, base_url: str) -> None:
        host, _, port = bind.rpartition(":")
        self._host, self._port = host.strip("[]"), int(port)
        self._base_url = base_url
        self._cookies: dict[str, str] = {}

    def get(self, path: str) -> tuple[int, str]:
        return self._ask("GET", path, None)

    def post(self, path: str, form: Mapping[str, str]) -> tuple[int, str]:
        return self._ask("POST", path, urlencode(form))

    def _ask(self, method: str, path: str, body: str | None) -> tuple[int, str]:
        parts = urlsplit(self._base_url)
        headers = {"Host": parts.netloc, "Origin": f"{parts.scheme}://{parts.netloc}", "Connection": "close"}
        headers["Referer"] = self._base_url + path
        if self._cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection(self._host, self._port, timeout=SECONDS)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read(LARGEST_PAGE).decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            raise CheckFailed(f"{path} tidak menjawab: {error}") from error
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie") or ():
            self._cookies.update({name: cookie.coded_value for name, cookie in SimpleCookie(line).items()})
        return answer.status, text


def check() -> str:
    """Return in one sentence what was seen; raises CheckFailed."""
    if not settings.SEMAI.drill:
        raise CheckFailed("check-login hanya untuk latihan pemulihan (SEMAI_DRILL=1)")
    login, page = resolve_url(settings.LOGIN_URL), reverse("kit:password")
    visitor = Visitor(settings.SEMAI.bind, settings.SEMAI.base_url)
    if visitor.get(page)[0] == http.client.OK:
        raise CheckFailed(f"{page} terbuka tanpa masuk")
    with audit.acting(None):
        made = accounts.create_account(
            None, username=f"latihan-{secrets.token_hex(4)}", full_name="Latihan pemulihan"
        )
    if _log_in(visitor, login, made.account.username, accounts.one_time_password()):
        raise CheckFailed(f"{login} menerima kata sandi yang salah")
    if not _log_in(visitor, login, made.account.username, made.password):
        raise CheckFailed(f"{login} menolak kata sandi yang benar")
    status, _ = visitor.get(page)
    if status != http.client.OK:
        raise CheckFailed(f"{page} menjawab {status} sesudah masuk")
    return f"akun sementara masuk lewat {login} dan membuka {page}"


def _log_in(visitor: Visitor, login: str, username: str, password: str) -> bool:
    """Fill in the app's own form; tell whether it let the account in."""
    status, text = visitor.get(login)
    token = _TOKEN.search(text)
    if status != http.client.OK or token is None:
        raise CheckFailed(f"{login} menjawab {status} tanpa formulir masuk")
    form = {"csrfmiddlewaretoken": token[1], "username": username, "password": password, "next": ""}
    return visitor.post(login, form)[0] == http.client.FOUND
