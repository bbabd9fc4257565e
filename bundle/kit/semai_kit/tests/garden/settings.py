"""Settings of the small app when it runs as a real process."""

from semai_kit.settings import base

globals().update(base("semai_kit.tests.garden", url_conf="semai_kit.tests.garden.urls"))
