"""Settings from the installer's environment."""

from semai_kit.settings import base

globals().update(base("semai_e_hibah", url_conf="semai_e_hibah.urls"))
