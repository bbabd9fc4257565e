"""Contracts between apps: the token a provider asks for, and a client that survives a provider that is down."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

import requests
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from semai_kit.models import ContractAnswer
from semai_kit.refusals import Refused

TIMEOUT = (3, 10)


class ContractUnavailable(Refused):
    """The provider cannot be reached and nothing was ever received from it."""

    status = 503


@dataclass(frozen=True)
class Answer:
    """What the provider said, and when. `stale`: the latest attempt failed, this is the last known good answer."""

    payload: object
    fetched_at: datetime
    stale: bool


class ContractToken(HttpBearer):
    """Ninja auth for one provided contract: `Authorization: Bearer <token of a consumer>`."""

    def __init__(self, contract: str) -> None:
        super().__init__()
        self.contract = contract

    def authenticate(self, request: HttpRequest, token: str) -> str | None:
        """The consumer's app id, or None. Every token is compared, each in constant time."""
        provided = settings.SEMAI.provides.get(self.contract)
        if provided is None:
            return None
        matches = [
            consumer
            for consumer, expected in provided.consumers.items()
            if hmac.compare_digest(token.encode(), expected.encode())
        ]
        return matches[0] if matches else None


class ContractClient:
    """Reads one consumed contract. One instance per use; it holds no connection."""

    def __init__(self, contract: str) -> None:
        self.contract = contract
        self.settings = settings.SEMAI.consumes.get(contract)

    @property
    def configured(self) -> bool:
        return self.settings is not None

    def get(self, path: str, params: dict[str, object] | None = None) -> Answer:
        """GET below the contract's address. Raises ContractUnavailable when nothing is known.

        Sends the ETag of the last answer; keeps every good answer; falls back to it, marked stale.
        """
        if self.settings is None:
            raise ContractUnavailable(f"Kontrak {self.contract} belum dihubungkan oleh pemasang.")
        query = urlencode(sorted((params or {}).items()), doseq=True)
        request = f"{path}?{query}" if query else path
        known = ContractAnswer.objects.filter(contract=self.contract, request=request).first()
        known = known or ContractAnswer(contract=self.contract, request=request)
        failure = self._refresh(known)
        known.tried_at = timezone.now()
        known.failure = failure[:300]
        known.save()
        if known.fetched_at is None:
            raise ContractUnavailable(f"{self.settings.provider} belum dapat dihubungi: {failure}.")
        return Answer(known.payload, known.fetched_at, stale=bool(failure))

    def last_known(self, path: str, params: dict[str, object] | None = None) -> Answer | None:
        """The stored answer without asking the provider."""
        query = urlencode(sorted((params or {}).items()), doseq=True)
        request = f"{path}?{query}" if query else path
        known = ContractAnswer.objects.filter(contract=self.contract, request=request).first()
        if known is None or known.fetched_at is None:
            return None
        return Answer(known.payload, known.fetched_at, stale=bool(known.failure))

    def _refresh(self, known: ContractAnswer) -> str:
        """Ask the provider and update `known`; returns why it failed, or ""."""
        headers = {"Authorization": f"Bearer {self.settings.token}", "Accept": "application/json"}
        if known.etag and known.fetched_at:
            headers["If-None-Match"] = known.etag
        try:
            response = requests.get(
                f"{self.settings.url}{known.request}", headers=headers, timeout=TIMEOUT, allow_redirects=False
            )
            if response.status_code == requests.codes.not_modified and known.fetched_at:
                known.fetched_at = timezone.now()
                return ""
            if response.status_code != requests.codes.ok:
                return f"menjawab dengan status {response.status_code}"
            known.payload = response.json()
        except requests.exceptions.JSONDecodeError:
            return "jawabannya bukan JSON"
        except requests.RequestException as error:
            return f"sambungan gagal ({type(error).__name__})"
        known.etag = response.headers.get("ETag", "")[:200]
        known.fetched_at = timezone.now()
        return ""


def states() -> dict[str, str]:
    """Per consumed contract: ok, stale (old answers only), down (nothing known), unused. Asks nobody."""
    return {name: _state(name) for name in settings.SEMAI.consumes}


def _state(contract: str) -> str:
    latest = ContractAnswer.objects.filter(contract=contract).order_by("-tried_at").first()
    if latest is None:
        return "unused"
    if not latest.failure:
        return "ok"
    known = ContractAnswer.objects.filter(contract=contract, fetched_at__isnull=False).exists()
    return "stale" if known else "down"
