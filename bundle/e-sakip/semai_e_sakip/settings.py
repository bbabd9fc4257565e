"""Django settings, all of them from the environment the installer gives."""

from semai_kit.settings import base

globals().update(base("semai_e_sakip", "semai_e_sakip.urls"))
