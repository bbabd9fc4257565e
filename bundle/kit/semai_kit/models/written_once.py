"""The base of rows that are inserted once and then stay as they are; `append_only` guards them in the database."""

from __future__ import annotations

from typing import Any

from django.db import models


class CannotChange(RuntimeError):
    """A row that must stay as it was written."""


class WrittenOnceQuerySet(models.QuerySet):
    def update(self, **_values: Any) -> int:
        raise CannotChange(f"{self.model.__name__}: rows that were written cannot be changed")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise CannotChange(f"{self.model.__name__}: rows that were written cannot be deleted")


class WrittenOnce(models.Model):
    """Inserted once, then neither changed nor deleted: both raise CannotChange."""

    objects = WrittenOnceQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise CannotChange(f"{type(self).__name__}: rows that were written cannot be changed")
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        raise CannotChange(f"{type(self).__name__}: rows that were written cannot be deleted")
