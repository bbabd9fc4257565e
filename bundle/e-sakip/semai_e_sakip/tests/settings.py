"""Settings of the tests."""

from semai_kit.testing import settings_for

globals().update(settings_for("semai_e_sakip", url_conf="semai_e_sakip.urls", app="e-sakip"))
