"""Who may do what, and where.

A permission is a dotted word (`proposal.verify`); read permissions end in `.view`. Apps declare roles; accounts
hold grants of them for the region, an agency, a district or a village. A region grant covers everything, a
district grant covers its villages. `require` without a place asks for the whole region: forgetting it denies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from semai_kit.models import Account, Agency, District, RoleGrant, Village
from semai_kit.refusals import Refused
from semai_kit.role_file import Role, load_roles

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

__all__ = [
    "Denied",
    "Place",
    "Role",
    "Scope",
    "allowed",
    "allowed_anywhere",
    "allowed_at",
    "catalog",
    "current_grants",
    "holders",
    "load_roles",
    "require",
    "require_anywhere",
    "require_at",
    "scope_of",
]


class Denied(Refused):
    """The account holds no role that allows this here."""

    status = 403


@dataclass(frozen=True)
class Place:
    """Where something belongs. All None means the region itself."""

    agency: Agency | None = None
    district: District | None = None
    village: Village | None = None


@dataclass(frozen=True)
class Scope:
    """What part of the region a permission reaches, as primary keys, for filtering lists."""

    everything: bool = False
    agencies: frozenset[int] = frozenset()
    districts: frozenset[int] = frozenset()
    villages: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.everything or self.agencies or self.districts or self.villages)

    def q(self, *, agency: str = "", district: str = "", village: str = "") -> Q:
        """Condition over the named lookups, e.g. q(agency="agency", village="village").

        A district grant reaches villages through `<village>__district` when no district lookup is given.
        """
        if self.everything:
            return Q()
        condition = Q(pk__in=[])
        if agency and self.agencies:
            condition |= Q(**{f"{agency}__in": self.agencies})
        district = district or (f"{village}__district" if village else "")
        if district and self.districts:
            condition |= Q(**{f"{district}__in": self.districts})
        if village and self.villages:
            condition |= Q(**{f"{village}__in": self.villages})
        return condition

    def filter(self, rows: QuerySet, *, agency: str = "", district: str = "", village: str = "") -> QuerySet:
        return rows.filter(self.q(agency=agency, district=district, village=village))


@lru_cache(maxsize=1)
def catalog() -> Mapping[str, Role]:
    """Every role of the kit and the installed app, by id; raises ImproperlyConfigured on a repeated id."""
    found: dict[str, Role] = {}
    for config in apps.get_app_configs():
        for role in getattr(config, "ROLES", ()):
            if role.id in found:
                raise ImproperlyConfigured(f"role {role.id!r} is declared twice")
            found[role.id] = role
    return found


def current_grants(account: Account | AnonymousUser) -> list[RoleGrant]:
    """Grants valid today; read once per account object (a request has its own object)."""
    if not isinstance(account, Account) or not account.is_usable:
        return []
    cached = account.__dict__.get("_current_grants")
    if cached is None:
        cached = list(account.grants.current().select_related("agency", "district", "village"))
        account.__dict__["_current_grants"] = cached
    return cached


def forget_grants(account: Account) -> None:
    """Drop what current_grants remembered; grant and revoke call this."""
    account.__dict__.pop("_current_grants", None)


def allowed(
    account: Account | AnonymousUser,
    permission: str,
    *,
    agency: Agency | None = None,
    district: District | None = None,
    village: Village | None = None,
) -> bool:
    """Does a current grant allow this here? Several places given: any one of them suffices."""
    return any(_reaches(grant, agency, district, village) for grant in _granting(account, permission))


def allowed_at(account: Account | AnonymousUser, permission: str, place: Place) -> bool:
    return allowed(account, permission, agency=place.agency, district=place.district, village=place.village)


def allowed_anywhere(account: Account | AnonymousUser, permission: str) -> bool:
    """Is there any place where this is allowed? For navigation and for lists filtered by scope_of."""
    return bool(_granting(account, permission))


def require(
    account: Account | AnonymousUser,
    permission: str,
    *,
    agency: Agency | None = None,
    district: District | None = None,
    village: Village | None = None,
) -> None:
    """Raise Denied unless allowed."""
    if not allowed(account, permission, agency=agency, district=district, village=village):
        raise Denied(_denial(account, agency or district or village))


def require_at(account: Account | AnonymousUser, permission: str, place: Place) -> None:
    require(account, permission, agency=place.agency, district=place.district, village=place.village)


def require_anywhere(account: Account | AnonymousUser, permission: str) -> None:
    if not allowed_anywhere(account, permission):
        raise Denied(_denial(account, None))


def scope_of(account: Account | AnonymousUser, permission: str) -> Scope:
    """The places where the permission holds; an empty Scope is false."""
    grants = _granting(account, permission)
    return Scope(
        everything=any(grant.place is None for grant in grants),
        agencies=frozenset(g.agency_id for g in grants if g.agency_id),
        districts=frozenset(g.district_id for g in grants if g.district_id),
        villages=frozenset(g.village_id for g in grants if g.village_id),
    )


def holders(permission: str, place: Place) -> list[Account]:
    """Accounts that may act there now, each once, for telling them that something waits."""
    granting = [role.id for role in catalog().values() if role.grants(permission)]
    here = Q(agency__isnull=True, district__isnull=True, village__isnull=True)
    if place.agency is not None:
        here |= Q(agency=place.agency)
    if place.village is not None:
        here |= Q(village=place.village) | Q(district=place.village.district_id)
    if place.district is not None:
        here |= Q(district=place.district)
    grants = RoleGrant.objects.current().filter(here, role__in=granting).select_related("account")
    found = {grant.account_id: grant.account for grant in grants if grant.account.is_usable}
    return [found[key] for key in sorted(found)]


def _granting(account: Account | AnonymousUser, permission: str) -> list[RoleGrant]:
    known = catalog()
    return [g for g in current_grants(account) if g.role in known and known[g.role].grants(permission)]


def _reaches(grant: RoleGrant, agency: Agency | None, district: District | None, village: Village | None) -> bool:
    if grant.place is None:
        return True
    if grant.agency_id:
        return agency is not None and agency.pk == grant.agency_id
    if grant.district_id:
        inside = village is not None and village.district_id == grant.district_id
        return inside or (district is not None and district.pk == grant.district_id)
    return village is not None and village.pk == grant.village_id


def _denial(account: Account | AnonymousUser, place: Agency | District | Village | None) -> str:
    where = _(" untuk {place}").format(place=place) if place else ""
    held = ", ".join(sorted({_(catalog()[g.role].title) for g in current_grants(account) if g.role in catalog()}))
    return _("Peran Anda ({held}) tidak mengizinkan tindakan ini{where}.").format(
        held=held or _("belum ada"), where=where
    )
