"""The network address of a visitor, trusting X-Forwarded-For only as far as the installer says."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """Address of the visitor; None when the server sits on a Unix socket and no proxy is declared.

    With SEMAI_PROXIES=n our own n proxies each appended the address they saw, so the n-th entry from the right is
    the visitor; everything to its left was written by the visitor and is ignored.
    """
    hops = settings.SEMAI.proxies
    if hops:
        forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
        if len(forwarded) >= hops and (found := _valid(forwarded[-hops])):
            return found
    return _valid(request.META.get("REMOTE_ADDR", ""))


def _valid(text: str) -> str | None:
    try:
        return str(ip_address(text))
    except ValueError:
        return None
