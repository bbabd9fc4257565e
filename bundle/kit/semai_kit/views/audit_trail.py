"""The audit trail reader: who, when, what; before and after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timezone
from decimal import Decimal, InvalidOperation
from typing import Any

import django_filters
import django_tables2 as tables
from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import QuerySet
from django.urls import reverse, reverse_lazy
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from semai_kit import audit
from semai_kit.forms import DateInput
from semai_kit.money import MoneyField, rupiah
from semai_kit.views.bases import DetailPage, ListPage

VIEW = "kit.audit.view"
MOMENT = "j F Y H.i.s"
ACTIONS = {
    LogEntry.Action.CREATE: ("success", lazy("Dibuat")),
    LogEntry.Action.UPDATE: ("progress", lazy("Diubah")),
    LogEntry.Action.DELETE: ("danger", lazy("Dihapus")),
    LogEntry.Action.ACCESS: ("neutral", lazy("Peristiwa")),
}


@dataclass(frozen=True)
class Change:
    field: str
    before: str
    after: str


def actor_name(entry: LogEntry) -> str:
    return (entry.additional_data or {}).get("actor") or audit.SYSTEM


def action_badge(entry: LogEntry) -> str:
    kind, title = ACTIONS[entry.action]
    event = (entry.additional_data or {}).get("event")
    return format_html('<span class="badge badge-{}">{}</span>', kind, str(event).capitalize() if event else title)


def changes(entry: LogEntry) -> list[Change]:
    """Changed fields with the names people know; what was and stayed empty is left out."""
    model = entry.content_type.model_class()
    fields = {field.name: field for field in model._meta.get_fields()} if model else {}
    rows = []
    for name, change in (entry.changes or {}).items():
        field = fields.get(name)
        title = str(getattr(field, "verbose_name", name))
        if isinstance(change, dict):
            before, after = "", f"{change.get('operation')}: {', '.join(change.get('objects', []))}"
        else:
            before, after = (readable(field, value) for value in change)
        if before or after:
            rows.append(Change(title, before, after))
    return sorted(rows, key=lambda row: row.field)


def readable(field: Any, value: Any) -> str:
    """A stored value as people know it: the name behind a key, the label of a choice."""
    if value in (None, "", "None"):
        return ""
    if getattr(field, "many_to_one", False) and field.related_model is not None:  # None: a generic key
        known = field.related_model._base_manager.filter(pk=value).first()
        return f"{known} ({value})" if known is not None else str(value)
    title = _choices(field).get(value)
    return str(title) if title is not None else _as_written_here(field, str(value))


def _choices(field: Any) -> dict[Any, str]:
    """Titles by stored value: of the field's choices, or of the states of its record's workflow."""
    if getattr(field, "name", "") == "state" and hasattr(field.model, "workflow"):
        return dict(field.model.workflow().choices())
    return dict(getattr(field, "flatchoices", ()))


def _as_written_here(field: Any, value: str) -> str:
    """Times of the region's clock, numbers with its signs, yes and no; anything else as it was stored."""
    try:
        if isinstance(field, models.DateTimeField):
            moment = parse_datetime(value)
            return date_format(localtime(moment.replace(tzinfo=moment.tzinfo or timezone.utc)), MOMENT)
        if isinstance(field, models.DateField):
            return date_format(parse_date(value), "j F Y")
        if isinstance(field, MoneyField):
            return rupiah(Decimal(value), decimals=Decimal(value) % 1 != 0)
        if isinstance(field, models.DecimalField):
            return number_format(_without_idle_zeros(Decimal(value)), force_grouping=True)
    except (ValueError, AttributeError, InvalidOperation):  # an older release may have stored another form
        return value
    if isinstance(field, models.BooleanField):
        return {"True": _("Ya"), "False": _("Tidak")}.get(value, value)
    return value


def _without_idle_zeros(number: Decimal) -> Decimal:
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()


class AuditTable(tables.Table):
    timestamp = tables.DateTimeColumn(
        verbose_name=lazy("Waktu"),
        format="d M Y H.i.s",
        linkify=lambda record: reverse("kit:audit-entry", args=[record.pk]),
    )
    actor = tables.Column(verbose_name=lazy("Siapa"), orderable=False, accessor="additional_data", empty_values=())
    action = tables.Column(verbose_name=lazy("Tindakan"), orderable=False)
    content_type = tables.Column(verbose_name=lazy("Jenis"), orderable=False)
    object_repr = tables.Column(verbose_name=lazy("Catatan"), orderable=False)
    remote_addr = tables.Column(verbose_name=lazy("Alamat"), orderable=False, default="—")

    def render_actor(self, record: LogEntry) -> str:
        return actor_name(record)

    def render_action(self, record: LogEntry) -> str:
        return action_badge(record)

    def render_content_type(self, record: LogEntry) -> str:
        return record.content_type.name.capitalize()


class AuditFilter(django_filters.FilterSet):
    who = django_filters.CharFilter(label=lazy("Siapa"), field_name="additional_data__actor", lookup_expr="iexact")
    since = django_filters.DateFilter(
        label=lazy("Sejak"), field_name="timestamp", lookup_expr="date__gte", widget=DateInput()
    )
    until = django_filters.DateFilter(
        label=lazy("Sampai"), field_name="timestamp", lookup_expr="date__lte", widget=DateInput()
    )
    model = django_filters.ModelChoiceFilter(
        label=lazy("Jenis"),
        field_name="content_type",
        queryset=ContentType.objects.none(),
        empty_label=lazy("Semua"),
    )
    record = django_filters.CharFilter(label=lazy("Catatan"), field_name="object_repr", lookup_expr="icontains")
    object_pk = django_filters.CharFilter(label=lazy("Nomor"), field_name="object_pk")

    class Meta:
        model = LogEntry
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tracked = [ContentType.objects.get_for_model(model).pk for model in audit.tracked_models()]
        field = self.filters["model"].field
        field.queryset = ContentType.objects.filter(pk__in=tracked)
        field.label_from_instance = lambda kind: kind.name.capitalize()


class AuditTrail(ListPage):
    permission = VIEW
    title = lazy("Jejak audit")
    intro = lazy(
        "Setiap perubahan tercatat dengan pelaku, waktu, dan isi sebelum-sesudah. Catatan ini tidak dapat diubah."
    )
    table_class = AuditTable
    filterset_class = AuditFilter
    empty_text = lazy("Tidak ada catatan yang cocok.")

    def get_queryset(self) -> QuerySet[LogEntry]:
        return LogEntry.objects.select_related("content_type").order_by("-timestamp", "-pk")


class AuditEntry(DetailPage):
    permission = VIEW
    model = LogEntry
    template_name = "semai_kit/audit_entry.html"
    back_url = reverse_lazy("kit:audit")

    def get_queryset(self) -> QuerySet[LogEntry]:
        return LogEntry.objects.select_related("content_type", "actor")

    def get_title(self) -> str:
        return self.object.object_repr

    def get_facts(self) -> list[tuple[str, Any]]:
        entry = self.object
        detail = (entry.additional_data or {}).get("detail")
        facts = [
            (_("Waktu"), date_format(localtime(entry.timestamp), MOMENT)),
            (_("Siapa"), f"{actor_name(entry)}{f' ({entry.actor})' if entry.actor else ''}"),
            (_("Tindakan"), action_badge(entry)),
            (_("Jenis"), entry.content_type.name.capitalize()),
            (_("Nomor"), entry.object_pk),
            (_("Alamat"), entry.remote_addr or "—"),
        ]
        return [*facts, (_("Keterangan"), detail)] if detail else facts

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(changes=changes(self.object), **kwargs)
