"""Reference data that holds in a budget year."""

from django.db.models import Q, QuerySet

from ..models import CodePack, FundingSource, PackCode


def valid_in(year: int, prefix: str = "") -> Q:
    """Lists and sources that hold in the year; `prefix` leads to them, `pack__` for instance."""
    last = f"{prefix}valid_until_year"
    open_ended = Q(**{f"{last}__isnull": True}) | Q(**{f"{last}__gte": year})
    return open_ended & Q(**{f"{prefix}valid_from_year__lte": year})


def usable_accounts(year: int) -> QuerySet[PackCode]:
    """Account codes that lines may name; where two lists know a code, the newer list comes last."""
    codes = PackCode.objects.filter(valid_in(year, "pack__"), pack__kind=CodePack.Kind.ACCOUNT, postable=True)
    return codes.order_by("code", "pack__valid_from_year", "pk")


def usable_sources(year: int) -> QuerySet[FundingSource]:
    return FundingSource.objects.filter(valid_in(year))
