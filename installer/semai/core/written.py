"""What every model of a file people write stands on: no unknown keys, and errors that carry their msgid. Pure."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError


class Written(BaseModel):
    """Base of what people write: unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Command = Annotated[tuple[str, ...], Field(min_length=1)]


def refuse(message: str, **fields: object) -> PydanticCustomError:
    """Return the error a validator raises: an English msgid with {fields}, translated where it is shown."""
    return PydanticCustomError("semai", message, {"msgid": message, **fields})
