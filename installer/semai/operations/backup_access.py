"""What opens the way to backups on other machines: an SSH key, or the key pair of an S3 store, in the vault."""

from __future__ import annotations

from semai.adapters.state import audited
from semai.adapters.vault import new_secret
from semai.core.secrets import BackupKey
from semai.errors import InvalidInput
from semai.operations.probe import Site


def with_backup_access(key: BackupKey | None, kind: str) -> BackupKey:
    """Return the key with all that backups of this kind need and semai can make.

    Raises InvalidInput `backup-access-missing` when people must give it.
    """
    key = key or BackupKey(password=new_secret())
    if kind == "s3" and not (key.s3_key_id and key.s3_secret):
        raise InvalidInput(
            "backup-access-missing",
            "region.yml keeps backups in S3, and the vault has no key pair for it",
            hint="semai backup access s3",
        )
    if kind == "sftp" and not key.ssh_key:
        from semai.adapters.ssh_keys import new_ssh_key  # a tenth of a second, needed once

        return key.model_copy(update={"ssh_key": new_ssh_key()})
    return key


def ssh_line(site: Site) -> str:
    """Return the public line of the region's SSH key for backups; the key is made when there is none yet."""
    from semai.adapters.ssh_keys import public_line

    with audited(site.files.audit, "backup access sftp", site.files.lock):
        vault = site.vault.read()
        key = with_backup_access(vault.backup, "sftp")
        site.vault.write(vault.model_copy(update={"backup": key}))
    return public_line(key.ssh_key or "", f"semai-{site.files.name}")


def store_s3(site: Site, key_id: str, secret: str) -> bool:
    """Keep the key pair of an S3 store; tell whether it is another one than before."""
    if not key_id.strip() or not secret.strip():
        raise InvalidInput("backup-access-empty", "an S3 key pair has two parts, and one is empty")
    with audited(site.files.audit, "backup access s3", site.files.lock):
        vault = site.vault.read()
        key = vault.backup or BackupKey(password=new_secret())
        pair = {"s3_key_id": key_id.strip(), "s3_secret": secret.strip()}
        return site.vault.write(vault.model_copy(update={"backup": key.model_copy(update=pair)}))
