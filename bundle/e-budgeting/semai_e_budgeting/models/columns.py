"""The written-once base and column sizes of the other model modules. Money is semai_kit.money.MoneyField."""

from typing import Any

from django.db import models

VOLUME = {"max_digits": 12, "decimal_places": 3}


class CannotChange(RuntimeError):
    """A row that must stay as it was written."""


class WrittenOnceQuerySet(models.QuerySet):
    def update(self, **_values: Any) -> int:
        raise CannotChange("baris ini ditulis sekali dan tidak dapat diubah")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise CannotChange("baris ini ditulis sekali dan tidak dapat dihapus")


class WrittenOnce(models.Model):
    """Base of version rows: inserted once, then neither changed nor deleted."""

    objects = WrittenOnceQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise CannotChange("baris ini ditulis sekali dan tidak dapat diubah")
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        raise CannotChange("baris ini ditulis sekali dan tidak dapat dihapus")
