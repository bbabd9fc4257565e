"""The database that drills restore into: `<name>__drill`, with a role of the same name that sees nothing else.

Its password follows from that of the app's own role, so a host needs to be told no more, and an app under drill
that still named its real database would not be let in. Roles make it; the host tool fills and empties it.
"""

from __future__ import annotations

import hashlib
import hmac

SUFFIX = "__drill"


def name_of(database: str) -> str:
    """Return the name of the drill's database, and of its role."""
    return database + SUFFIX


def password_of(password: str) -> str:
    """Return the password of the drill's role, 64 hexadecimal digits."""
    return hmac.new(password.encode(), b"semai drill", hashlib.sha256).hexdigest()
