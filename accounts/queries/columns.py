"""The columns of customer lists: fields of the customer, measures, sparklines."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.measures import Measure, MeasureKind, visible_measures
from accounts.models import Customer, ListColumns
from accounts.registry import Sparkline, sparklines
from crm.lib import dates, money
from users.models import User

Text = str | Promise


@dataclass(frozen=True)
class Cell:
    """What stands in one cell: a value, or the reason why there is none. `text` is the value in plain words."""

    kind: str
    value: Any
    text: str
    reason: str = ""


@dataclass(frozen=True)
class Column:
    """One column. `kind` tells how its cells are drawn; `sort` is the key it sorts by, if it does."""

    code: str
    label: Text
    kind: str = "text"
    sort: str = ""
    read: Callable[[Customer], Any] | None = None
    measure: Measure | None = None
    spark: Sparkline | None = None

    @property
    def numeric(self) -> bool:
        """Whether its cells stand at the right."""
        return self.kind in {MeasureKind.NUMBER, MeasureKind.MONEY}

    @property
    def mark(self) -> str:
        """The name of the component that draws its grades."""
        return self.measure.mark if self.measure else ""


_OWN = (
    Column("kind", _("Kind"), read=lambda row: row.get_kind_display()),
    Column("stage", _("Stage"), read=lambda row: row.get_life_cycle_display()),
    Column("industry", _("Industry"), read=lambda row: row.industry),
    Column("region", _("Region"), read=lambda row: row.region),
    Column("owner", _("Owner"), read=lambda row: row.owner),
    Column("department", _("Department"), read=lambda row: row.department),
    Column("country", _("Country"), read=lambda row: row.country),
    Column("tax_number", _("Tax number"), read=lambda row: row.tax_number),
    Column(
        "created",
        pgettext_lazy("the day", "Created"),
        MeasureKind.DATE,
        "created",
        read=lambda row: dates.business_day(row.created_at),
    ),
    Column(
        "changed",
        pgettext_lazy("the day", "Changed"),
        MeasureKind.DATE,
        "changed",
        read=lambda row: dates.business_day(row.updated_at),
    ),
)
MAX_COLUMNS = 20


def available(user: User) -> dict[str, Column]:
    """Every column a user may see, by code, in the order of the column chooser."""
    measures = [
        Column(m.code, m.label, m.kind, m.code if m.sortable else "", measure=m) for m in visible_measures(user)
    ]
    sparks = [
        Column(f"spark.{one.code}", one.label, "spark", spark=one) for one in sparklines if user.may(one.permission)
    ]
    return {column.code: column for column in (*measures, *sparks, *_OWN)}


def chosen(user: User, codes: Sequence[str]) -> list[Column]:
    """The columns with these codes, as far as the user may see them; without any, their usual ones."""
    possible = available(user)
    kept = [possible[code] for code in dict.fromkeys(codes) if code in possible]
    return kept[:MAX_COLUMNS] or usual(user)


def usual(user: User) -> list[Column]:
    """The columns a user chose last, else sortable measures, sparklines, stage and owner."""
    possible = available(user)
    stored = ListColumns.objects.filter(user=user).values_list("columns", flat=True).first() or []
    kept = [possible[code] for code in stored if code in possible]
    return kept or [
        column
        for column in possible.values()
        if (column.measure and column.measure.sortable) or column.spark or column.code in {"stage", "owner"}
    ]


def cells(rows: Sequence[Customer], columns: Sequence[Column]) -> dict[int, list[Cell]]:
    """The cells of each row. One query for each standing, one call for each sparkline, whatever the rows."""
    ids = [row.pk for row in rows]
    values = _measure_values(ids, [column.measure for column in columns if column.measure])
    lines = {column.code: column.spark.values(ids) for column in columns if column.spark}
    return {row.pk: [_cell(row, column, values, lines) for column in columns] for row in rows}


def _measure_values(ids: Sequence[int], measures: Sequence[Measure]) -> dict[tuple[str, int], tuple[Any, str]]:
    """(measure code, customer id) → value and reason in words."""
    by_model: dict[str, list[Measure]] = {}
    for measure in measures:
        by_model.setdefault(measure.model, []).append(measure)
    found: dict[tuple[str, int], tuple[Any, str]] = {}
    for together in by_model.values():
        standing = together[0].standing
        wanted = {name for m in together for name in (m.column, m.reason_column) if name}
        for row in standing._default_manager.filter(pk__in=ids).values("pk", *wanted):
            for measure in together:
                reason = _reason(measure, row.get(measure.reason_column))
                found[measure.code, row["pk"]] = (row[measure.column], reason)
    return found


def _reason(measure: Measure, stored: Any) -> str:
    if not stored:
        return ""
    field = measure.standing._meta.get_field(measure.reason_column)
    return str(dict(getattr(field, "flatchoices", ())).get(stored, stored))


def _cell(
    row: Customer,
    column: Column,
    values: Mapping[tuple[str, int], tuple[Any, str]],
    lines: Mapping[str, Mapping[int, Sequence[int]]],
) -> Cell:
    if column.spark is not None:
        line = list(lines[column.code].get(row.pk, ()))
        return Cell("spark", line, " ".join(map(str, line)))
    if column.measure is not None:
        value, reason = values.get((column.measure.code, row.pk), (None, ""))
        return _measure_cell(column.measure, value, reason)
    value = column.read(row) if column.read else ""
    return Cell(column.kind, value, plain(value))


def _measure_cell(measure: Measure, value: Any, reason: str) -> Cell:
    if value is None or value == "":
        return Cell("na", None, reason, reason)
    if measure.kind is MeasureKind.MONEY:
        amount = money.from_minor(value, settings.BASE_CURRENCY)
        return Cell(measure.kind, amount, plain(amount))
    if measure.kind is MeasureKind.GRADE:
        label = str(dict(measure.grades).get(value, value))
        return Cell(measure.kind, value, label)
    return Cell(measure.kind, value, plain(value))


def plain(value: Any) -> str:
    """A value as an export writes it: days as 2026-11-20, amounts with their decimals, nothing for nothing."""
    if value is None:
        return ""
    if isinstance(value, dt.date):
        return value.isoformat()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
