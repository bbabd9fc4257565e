"""Django settings of e-budgeting: the kit's base, read from the installer's environment."""

from semai_kit.settings import base

globals().update(base("semai_e_budgeting", "semai_e_budgeting.urls"))
