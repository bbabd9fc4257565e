"""Settings of the tests of e-budgeting."""

from semai_kit.testing import settings_for

globals().update(settings_for("semai_e_budgeting", url_conf="semai_e_budgeting.urls", app="e-budgeting"))
