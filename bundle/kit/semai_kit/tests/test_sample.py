"""Sample personas: able to log in, quick to make, never somebody's real account."""

from __future__ import annotations

import pytest
from django.test import TestCase

from semai_kit import sample
from semai_kit.models import Account

OLD, NEW = "kata-sandi-lama-2026", "kata-sandi-baru-2027"


class PersonaTest(TestCase):
    def test_persona_logs_in_with_the_password_given(self) -> None:
        account = sample.persona("auditor", "Auditor", OLD, "auditor")

        assert account.is_sample
        assert Account.objects.get(username="auditor").check_password(OLD)

    def test_later_run_renews_the_password(self) -> None:
        sample.persona("auditor", "Auditor", OLD, "auditor")

        sample.persona("auditor", "Auditor", NEW, "auditor")

        assert Account.objects.get(username="auditor").check_password(NEW)
        assert Account.objects.count() == 1

    def test_personas_share_one_hash(self) -> None:
        first = sample.persona("auditor", "Auditor", OLD, "auditor")
        second = sample.persona("pengelola", "Pengelola", OLD, "administrator")

        assert first.password == second.password

    def test_real_account_of_the_same_name_is_left_alone(self) -> None:
        Account.objects.create(username="auditor", full_name="Orang Sungguhan", password="!")

        with pytest.raises(sample.SampleRefused):
            sample.persona("auditor", "Auditor", OLD, "auditor")

        assert Account.objects.get(username="auditor").password == "!"
