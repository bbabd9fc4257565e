"""The vault: nothing is lost, nothing leaks, a wrong password changes nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from semai.adapters.vault import VaultFile, ensure_password, new_password, new_secret, password_file
from semai.core.secrets import Vault
from semai.errors import InvalidInput

ONE = Vault().with_app("e-planning", {"secret_key": "s3cret-value"}, {"mail": "k4ta {{ sandi }} 'x' \"y\" ü"})


@pytest.fixture
def vault(tmp_path: Path) -> VaultFile:
    password = tmp_path / "state" / "vault" / "manggarai.pass"
    assert ensure_password(password)
    return VaultFile(tmp_path / "vault.yml", password)


def test_what_is_written_is_read_back(vault: VaultFile) -> None:
    assert vault.read() == Vault()
    assert vault.write(ONE)
    assert vault.read() == ONE


def test_writing_the_same_again_leaves_the_bytes(vault: VaultFile) -> None:
    vault.write(ONE)
    before = vault.path.read_bytes()
    assert not vault.write(ONE)
    assert vault.path.read_bytes() == before


def test_nothing_readable_is_on_the_disk(vault: VaultFile, tmp_path: Path) -> None:
    vault.write(ONE)
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert b"s3cret-value" not in path.read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["state", "vault.yml"]
    assert os.stat(vault.path).st_mode & 0o777 == 0o600
    assert os.stat(vault.password).st_mode & 0o777 == 0o600
    assert os.stat(vault.password.parent).st_mode & 0o777 == 0o700


def test_the_ansible_vault_program_reads_it_with_unsafe_texts(vault: VaultFile) -> None:
    vault.write(ONE)
    program = Path(sys.executable).parent / "ansible-vault"
    run = subprocess.run(
        [program, "view", "--vault-password-file", vault.password, vault.path],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.splitlines() == [
        "# Secrets of the region, written by semai. Edit with: ansible-vault edit",
        "semai_vault:",
        "  apps:",
        "    e-planning:",
        "      answers:",
        '        mail: !unsafe "k4ta {{ sandi }} \'x\' \\"y\\" ü"',
        '      secret_key: "s3cret-value"',
        "  contracts: {}",
    ]


def test_a_wrong_password_is_refused_and_writes_nothing(vault: VaultFile) -> None:
    vault.write(ONE)
    before = vault.path.read_bytes()
    vault.password.write_text("other\n")
    for attempt in (vault.read, lambda: vault.write(Vault())):
        with pytest.raises(InvalidInput) as caught:
            attempt()
        assert caught.value.code == "vault-password-wrong"
    assert vault.path.read_bytes() == before


def test_a_missing_password_is_named(vault: VaultFile) -> None:
    vault.write(ONE)
    vault.password.unlink()
    with pytest.raises(InvalidInput) as caught:
        vault.read()
    assert caught.value.code == "vault-password-missing"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"semai_vault: {apps: {}}\n", "vault-corrupt"),
        (b"", "vault-corrupt"),
        (b"$ANSIBLE_VAULT;1.1;AES256\n", "vault-corrupt"),
        (b"$ANSIBLE_VAULT;1.1;AES256\nzzzz\n", "vault-corrupt"),
        (b"$ANSIBLE_VAULT;9.9;ROT13\n3030\n", "vault-corrupt"),
    ],
)
def test_a_damaged_vault_is_refused(vault: VaultFile, content: bytes, code: str) -> None:
    vault.path.write_bytes(content)
    with pytest.raises(InvalidInput) as caught:
        vault.read()
    assert caught.value.code == code


def test_a_truncated_vault_is_refused(vault: VaultFile) -> None:
    vault.write(ONE)
    vault.path.write_bytes(vault.path.read_bytes()[:-60])
    with pytest.raises(InvalidInput) as caught:
        vault.read()
    assert caught.value.code in ("vault-corrupt", "vault-password-wrong")


def test_wrong_content_is_refused_without_showing_values(vault: VaultFile) -> None:
    text = b'semai_vault: {apps: {e-x: {secret_key: 123456, answers: {}}}, contracts: {}, hunter2: "hunter3"}\n'
    vault.path.write_bytes(bytes(vault._library().encrypt(text)))
    with pytest.raises(InvalidInput) as caught:
        vault.read()
    assert caught.value.code == "vault-corrupt"
    assert not any("123456" in line or "hunter3" in line for line in caught.value.details)


def test_secrets_do_not_show_in_representations() -> None:
    assert "s3cret" not in repr(ONE) + str(ONE) + repr(ONE.apps["e-planning"])


def test_an_existing_password_is_kept(vault: VaultFile) -> None:
    before = vault.password.read_text()
    assert not ensure_password(vault.password)
    assert vault.password.read_text() == before


def test_the_password_file_given_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    generated, given, named = Path("/generated"), Path("/given"), Path("/named")
    monkeypatch.delenv("ANSIBLE_VAULT_PASSWORD_FILE", raising=False)
    assert password_file(None, generated) == generated
    monkeypatch.setenv("ANSIBLE_VAULT_PASSWORD_FILE", str(named))
    assert password_file(None, generated) == named
    assert password_file(given, generated) == given


def test_generated_secrets_differ() -> None:
    assert len({new_secret() for _ in range(50)} | {new_password() for _ in range(50)}) == 100


NAMES = st.text("abc-", min_size=1, max_size=4)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(
    apps=st.dictionaries(NAMES, st.dictionaries(NAMES, TEXTS, max_size=3), max_size=3),
    more=st.dictionaries(NAMES, TEXTS, max_size=3),
)
def test_adding_never_loses_what_was_there(
    vault: VaultFile, apps: dict[str, dict[str, str]], more: dict[str, str]
) -> None:
    content = Vault()
    for name, secrets in apps.items():
        content = content.with_app(name, secrets, {})
    vault.write(content)
    vault.write(vault.read().with_app("a", more, {}).with_tokens({("a", "x.y", "b"): "t"}))
    found = vault.read()
    for name, secrets in apps.items():
        for secret, value in secrets.items():
            assert found.apps[name].named(secret) == value
