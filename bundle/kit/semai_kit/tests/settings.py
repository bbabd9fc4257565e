"""Settings of the kit's own tests: the kit with a small app that uses every part of it."""

from semai_kit.testing import settings_for

globals().update(settings_for("semai_kit.tests.garden", url_conf="semai_kit.tests.garden.urls", app="garden"))
