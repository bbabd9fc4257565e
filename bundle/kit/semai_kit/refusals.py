"""The root of every refusal a user may meet: an Indonesian message saying what is wrong and what is allowed."""

from __future__ import annotations


class Refused(Exception):
    """An action the rules do not allow. Views show the message; nothing was changed."""

    status = 409

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
