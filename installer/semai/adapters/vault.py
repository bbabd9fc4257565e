"""vault.yml: ansible-vault encrypted YAML, opened with the region's vault password.

Ansible's own library does the encryption, in this process: 0.5 s to import it once, against 0.9 s for every call
of the `ansible-vault` program; and plain text never touches a disk or another process. It is imported only when a
vault is opened. Secrets are generated here and nowhere else.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from semai.adapters.files import make_folder, write_atomic
from semai.adapters.yaml_files import dump_yaml, parse_yaml, shown_path
from semai.core.secrets import Vault
from semai.errors import InvalidInput
from semai.messages import N_, translate

KEY = "semai_vault"
_HEADER = re.compile(rb"\$ANSIBLE_VAULT;1\.[12];AES256(;[^\n]*)?\r?\n")
_NOTE = "Secrets of the region, written by semai. Edit with: ansible-vault edit"


def new_secret() -> str:
    """Return 256 random bits as text."""
    return secrets.token_urlsafe(32)


def new_named_secret(name: str) -> str:
    """Return a secret as its name asks for it: `…password` one a person can type, `app_key` one Laravel takes."""
    if name.endswith("password"):
        return new_password()
    if name == "app_key":
        return f"base64:{base64.b64encode(secrets.token_bytes(32)).decode()}"
    return new_secret()


def new_password() -> str:
    """Return a password that a person can type once: 20 letters and digits without look-alikes."""
    alphabet = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    return "".join(secrets.choice(alphabet) for _ in range(20))


def password_file(given: Path | None, generated: Path) -> Path:
    """Return the vault password file to use: --vault-password-file, ANSIBLE_VAULT_PASSWORD_FILE, the generated."""
    if given is not None:
        return given
    if named := os.environ.get("ANSIBLE_VAULT_PASSWORD_FILE"):
        return Path(named).expanduser()
    return generated


def ensure_password(path: Path) -> bool:
    """Make a vault password at `path` (0600, its folder 0700) unless there is one; tell whether it was made."""
    if path.exists():
        return False
    make_folder(path.parent, 0o700)
    write_atomic(path, new_secret().encode() + b"\n", mode=0o600)
    return True


class VaultFile:
    """One region's vault.yml and the password file that opens it."""

    def __init__(self, path: Path, password: Path) -> None:
        self.path = path
        self.password = password

    def read(self) -> Vault:
        """Return the secrets; an absent file holds none.

        Raises InvalidInput (`vault-password-missing`, `vault-password-wrong`, `vault-corrupt`).
        """
        if not self.path.exists():
            return Vault()
        content = self.path.read_bytes()
        if not _HEADER.match(content):
            raise _corrupt(self.path, translate(N_("it is not encrypted by ansible-vault")))
        return self._parsed(self._decrypted(content))

    def write(self, vault: Vault) -> bool:
        """Encrypt and write the secrets when they differ from what is there; tell whether anything was written.

        Reading first proves that the password fits, so a wrong one never replaces good secrets.
        """
        if self.path.exists() and self.read() == vault:
            return False
        text = dump_yaml({KEY: vault.plain()}, header=_NOTE, unsafe=True)
        make_folder(self.path.parent)
        write_atomic(self.path, bytes(self._library().encrypt(text.encode())), mode=0o600)
        return True

    def _parsed(self, plain: bytes) -> Vault:
        try:
            return parse_yaml(plain, shown_path(self.path), Vault, key=KEY, secret=True)
        except InvalidInput as error:
            raise _corrupt(self.path, translate(N_("its content does not fit")), error.details) from error
        except ValidationError as error:
            raise _corrupt(self.path, translate(N_("its content does not fit"))) from error

    def _decrypted(self, content: bytes) -> bytes:
        from ansible.errors import AnsibleError
        from ansible.parsing.vault import AnsibleVaultFormatError

        try:
            return bytes(self._library().decrypt(content))
        except AnsibleVaultFormatError as error:
            raise _corrupt(self.path, translate(N_("its encrypted text is damaged"))) from error
        except (AnsibleError, ValueError) as error:
            raise InvalidInput(
                "vault-password-wrong",
                "the password in {password} does not open {file}, or the file was changed",
                hint="give the right one with --vault-password-file, or take {file} from git or a backup",
                password=self.password,
                file=shown_path(self.path),
            ) from error

    def _library(self) -> Any:
        from ansible.errors import AnsibleError
        from ansible.parsing.dataloader import DataLoader
        from ansible.parsing.vault import VaultLib, get_file_vault_secret

        if not self.password.exists():
            raise InvalidInput(
                "vault-password-missing",
                "there is no vault password in {password}",
                hint="copy it from the machine that made this region, or give --vault-password-file",
                password=self.password,
            )
        try:
            secret = get_file_vault_secret(filename=str(self.password), loader=DataLoader())
            secret.load()
        except AnsibleError as error:
            raise InvalidInput(
                "vault-password-unreadable",
                "the vault password in {password} cannot be used: {reason}",
                password=self.password,
                reason=error.message,
            ) from error
        return VaultLib([("default", secret)])


def _corrupt(path: Path, reason: str, details: tuple[str, ...] = ()) -> InvalidInput:
    return InvalidInput(
        "vault-corrupt",
        "the vault {file} cannot be used: {reason}",
        hint="take it from git or a backup",
        details=details,
        file=shown_path(path),
        reason=reason,
    )
