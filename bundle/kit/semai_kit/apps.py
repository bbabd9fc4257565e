"""App configurations: the base every semai app inherits, and the kit's own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from django.apps import AppConfig, apps

from semai_kit.navigation import Item
from semai_kit.role_file import Role, load_roles

__all__ = ["AppBase", "Item", "Role", "app_config"]


class AppBase(AppConfig):
    """What an app declares. Dotted paths are resolved when used, because models load after this module."""

    # Django takes the one configuration of apps.py that is a default; importing this base must not make two.
    default = False

    title: ClassVar[str] = ""
    subtitle: ClassVar[str] = ""
    languages: ClassVar[tuple[str, ...]] = ("id",)  # those every text of the app is translated into
    roles_file: ClassVar[str] = "data/roles.yml"
    numbering_file: ClassVar[str] = "data/numbering.yml"
    year_stage: ClassVar[str] = ""  # of data/year_stages.yml: where this app writes
    api_scopes: ClassVar[Mapping[str, str]] = {}
    navigation: ClassVar[tuple[Item, ...]] = ()
    reference_loader: ClassVar[str] = ""
    sample_loader: ClassVar[str] = ""

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        cls.default = True

    @cached_property
    def ROLES(self) -> tuple[Role, ...]:
        path = Path(self.path) / self.roles_file
        return load_roles(path) if path.is_file() else ()


def app_config() -> AppBase:
    """The configuration of the app that runs (the kit itself when it stands alone)."""
    configs = [config for config in apps.get_app_configs() if isinstance(config, AppBase)]
    return next((config for config in configs if config.name != "semai_kit"), configs[0])


class KitConfig(AppBase):
    name = "semai_kit"
    verbose_name = "Kerangka bersama"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Receivers need loaded models, so they connect here and not at import.
        from semai_kit import audit, signals

        audit.start()
        signals.connect()
