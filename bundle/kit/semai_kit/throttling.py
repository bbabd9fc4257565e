"""Login throttling on top of django-axes: strict for one account from one address, wide for a whole office."""

from __future__ import annotations

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Sum
from django.http import HttpRequest

# An office shares one address and an attacker may know one name, so these two limits are wider than the strict one:
# multiples of AXES_FAILURE_LIMIT, in the order of AXES_LOCKOUT_PARAMETERS (account and address, account, address).
WIDER_LIMITS = (1, 4, 8)


class GradedThrottle(AxesDatabaseHandler):
    """Counts failures per (account, address), per account and per address, each against its own limit."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, str] | None = None) -> int:
        """Failures in units of the strict limit, so that axes may compare one number."""
        counts = [
            attempts.aggregate(total=Sum("failures_since_start"))["total"] or 0
            for attempts in self.get_user_attempts(request, credentials)
        ]
        return max(count // width for count, width in zip(counts, WIDER_LIMITS, strict=True))

    def reset_user_attempts(self, request: HttpRequest, credentials: dict[str, str] | None = None) -> int:
        """A login clears the failures of that account from that address only, never those of its whole office."""
        username = login_name(request, credentials)
        count, _ = AccessAttempt.objects.filter(username=username, ip_address=request.axes_ip_address).delete()
        return count


def login_name(request: HttpRequest, credentials: dict[str, str] | None = None) -> str:
    """The name being tried, written as accounts are: changing case does not open a fresh counter."""
    given = (credentials or {}).get("username") or request.POST.get("username", "")
    return given.strip().lower()[: settings.SEMAI_USERNAME_LIMIT]
