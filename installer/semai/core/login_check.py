"""What a manifest may say of logging in, for drills of backups. Pure."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from semai.core.written import Command, Written, refuse
from semai.messages import N_


class LoginCheck(Written):
    """How a drill of backups sees that people can log in: a command of the release, or a page that holds a text.

    The command runs beside the app on restored data, with SEMAI_DRILL=1 and the app's address in SEMAI_BIND; it
    logs in, ends with 0 or 1, and may write one line of JSON whose `detail` is shown.
    """

    command: Command | None = None
    path: Annotated[str, Field(pattern=r"^/[A-Za-z0-9_.~!$&'()*+,;=:@%/?-]{0,300}$")] | None = None
    text: Annotated[str, Field(max_length=500)] = ""

    @model_validator(mode="after")
    def _is_one(self) -> LoginCheck:
        if (self.command is None) == (self.path is None):
            raise refuse(N_("needs a command or a path, and not both"))
        if (self.path is None) == bool(self.text):
            raise refuse(N_("a path needs the text of its page, a command has none"))
        return self
