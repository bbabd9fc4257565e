"""Rules for passwords: the kit's file, longer where the region asks for it."""

import pytest
from django.contrib.auth.password_validation import get_password_validators, validate_password
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.test import SimpleTestCase

from semai_kit.models import Account
from semai_kit.password_rules import password_rules


class RulesTests(SimpleTestCase):
    def refused(self, password: str, **answers: object) -> bool:
        account = Account(username="bidang.perencanaan", full_name="Yohana Contoh", nip="198001012005012001")
        validators = get_password_validators(password_rules(answers).validators())
        try:
            validate_password(password, account, validators)
        except ValidationError:
            return True
        return False

    def test_short_common_numeric_and_telling_passwords_are_refused(self) -> None:
        for password in ("pendek-9", "password123", "8273645182736", "bidang.perencanaan", "198001012005012001"):
            with self.subTest(password):
                assert self.refused(password)
        assert not self.refused("kuda-baterai-tepat")

    def test_a_region_makes_them_longer_and_never_shorter(self) -> None:
        assert self.refused("kuda-baterai-tepat", password_min_length=20)
        assert self.refused("kuda-bat", password_min_length=4)

    def test_nonsense_answers_stop_the_app_at_the_start(self) -> None:
        for answer in ("12", True, 1000, None):
            with self.subTest(answer), pytest.raises(ImproperlyConfigured, match="password_min_length"):
                password_rules({"password_min_length": answer})
