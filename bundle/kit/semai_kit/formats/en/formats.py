"""An English page writes and reads numbers and dates as official documents do: Rp1.234,50 and 31/12/2027."""

from django.conf.locale.id.formats import *  # noqa: F403
