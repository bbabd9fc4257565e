"""What lies in a region's vault: secrets per app, secret answers, contract tokens. Shown nowhere. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

Tokens = dict[str, dict[str, dict[str, str]]]


class AppSecrets(BaseModel):
    """One app's secrets by name, and its secret answers."""

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, str]

    answers: dict[str, str] = {}

    def __repr__(self) -> str:
        return "AppSecrets(…)"

    def named(self, name: str) -> str | None:
        """Return the secret called `name`, or None."""
        return self.__pydantic_extra__.get(name)


class Authority(BaseModel):
    """The region's own certificate authority: its certificate and its key, both PEM."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    certificate: str
    key: str

    def __repr__(self) -> str:
        return "Authority(…)"


class BackupKey(BaseModel):
    """The password of the region's backup repositories, and what opens the way to those on other machines."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    password: str
    ssh_key: str | None = None  # OpenSSH private key, ed25519
    s3_key_id: str | None = None
    s3_secret: str | None = None

    def __repr__(self) -> str:
        return "BackupKey(…)"


class Vault(BaseModel):
    """The content of vault.yml below `semai_vault`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    apps: dict[str, AppSecrets] = {}
    contracts: Tokens = {}
    ca: Authority | None = None
    backup: BackupKey | None = None
    marks_key: str | None = None  # of core/marks.py

    def __repr__(self) -> str:
        return "Vault(…)"

    def plain(self) -> dict[str, Any]:
        """Return plain data for writing."""
        return self.model_dump(mode="json", exclude_none=True)

    def with_app(self, app: str, secrets: Mapping[str, str], answers: Mapping[str, str]) -> Vault:
        """Return a vault in which `app` has these too; what it had under the same names wins for secrets and
        yields for answers, so nothing generated is ever lost."""
        had = self.apps.get(app)
        named, answered = (had.__pydantic_extra__, had.answers) if had else ({}, {})
        joined = AppSecrets.model_validate({**secrets, **named, "answers": {**answered, **answers}})
        return self.model_copy(update={"apps": {**self.apps, app: joined}})

    def without_app(self, app: str) -> Vault:
        """Return a vault without the app's secrets and the tokens it takes part in."""
        apps = {name: secrets for name, secrets in self.apps.items() if name != app}
        contracts = {
            provider: {
                contract: {consumer: token for consumer, token in tokens.items() if consumer != app}
                for contract, tokens in provided.items()
            }
            for provider, provided in self.contracts.items()
            if provider != app
        }
        return self.model_copy(update={"apps": apps, "contracts": contracts})

    def missing_tokens(self, paths: Iterable[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
        """Return which (provider, contract, consumer) have no token yet."""
        return [p for p in paths if p[2] not in self.contracts.get(p[0], {}).get(p[1], {})]

    def with_tokens(self, tokens: Mapping[tuple[str, str, str], str]) -> Vault:
        """Return a vault with these tokens added."""
        contracts: Tokens = {p: {c: dict(t) for c, t in provided.items()} for p, provided in self.contracts.items()}
        for (provider, contract, consumer), token in tokens.items():
            contracts.setdefault(provider, {}).setdefault(contract, {}).setdefault(consumer, token)
        return self.model_copy(update={"contracts": contracts})
