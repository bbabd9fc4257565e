"""Rules for passwords as data: the kit's file, made stricter by the region's answer. Imports no models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from django.core.exceptions import ImproperlyConfigured

FILE = Path(__file__).parent / "data" / "password_rules.yml"
ANSWER = "password_min_length"
LONGEST = 64
VALIDATORS = "django.contrib.auth.password_validation."


@dataclass(frozen=True)
class PasswordRules:
    min_length: int
    refuse_common: bool
    refuse_numeric: bool
    unlike: tuple[str, ...]

    def validators(self) -> list[dict[str, Any]]:
        """AUTH_PASSWORD_VALIDATORS of Django's settings."""
        found = [{"NAME": f"{VALIDATORS}MinimumLengthValidator", "OPTIONS": {"min_length": self.min_length}}]
        if self.unlike:
            options = {"user_attributes": self.unlike}
            found.append({"NAME": f"{VALIDATORS}UserAttributeSimilarityValidator", "OPTIONS": options})
        if self.refuse_common:
            found.append({"NAME": f"{VALIDATORS}CommonPasswordValidator"})
        if self.refuse_numeric:
            found.append({"NAME": f"{VALIDATORS}NumericPasswordValidator"})
        return found


def password_rules(answers: Mapping[str, Any]) -> PasswordRules:
    """The rules of this region; its answer makes passwords longer, never shorter. Raises ImproperlyConfigured."""
    document = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    wanted = answers.get(ANSWER, document["min_length"])
    if isinstance(wanted, bool) or not isinstance(wanted, int) or wanted > LONGEST:
        raise ImproperlyConfigured(f"answer {ANSWER} must be a whole number up to {LONGEST}, found {wanted!r}")
    return PasswordRules(
        min_length=max(document["min_length"], wanted),
        refuse_common=document["refuse_common"],
        refuse_numeric=document["refuse_numeric"],
        unlike=tuple(document["unlike"]),
    )
