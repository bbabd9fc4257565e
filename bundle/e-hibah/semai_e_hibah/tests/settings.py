"""Settings of the tests."""

from semai_kit.testing import settings_for

globals().update(settings_for("semai_e_hibah", url_conf="semai_e_hibah.urls", app="e-hibah"))
