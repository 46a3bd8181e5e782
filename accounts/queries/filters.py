"""Conditions on customer lists: read from an address, applied to a query, said in words."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import Customer
from accounts.queries.filter_fields import ME, NONE, FilterField, Shape, fields_for, not_computable
from crm.lib import dates, display, money
from crm.lib.search import normalise
from users.models import User

Params = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Condition:
    """One condition: some values of a field, or a range with one or both ends."""

    code: str
    values: tuple[str, ...] = ()
    low: str = ""
    high: str = ""

    def params(self) -> list[tuple[str, str]]:
        """The condition as it stands in an address."""
        pairs = [(self.code, value) for value in self.values]
        return pairs + [(f"{self.code}.{end}", text) for end, text in (("min", self.low), ("max", self.high)) if text]


@dataclass(frozen=True)
class Chip:
    """A condition in words."""

    code: str
    label: str
    value: str


@dataclass(frozen=True)
class Filters:
    """What a list shows: a text to be found and conditions, all of which must hold."""

    query: str = ""
    conditions: tuple[Condition, ...] = ()

    def params(self) -> list[tuple[str, str]]:
        """The filters as they stand in an address."""
        query = [("q", self.query)] if self.query else []
        return query + [pair for condition in self.conditions for pair in condition.params()]

    def without(self, code: str) -> "Filters":
        """The same filters but one."""
        if code == "q":
            return Filters("", self.conditions)
        return Filters(self.query, tuple(one for one in self.conditions if one.code != code))


def parse(user: User, params: Params) -> Filters:
    """The filters of an address. What isn't known, or not for this user's eyes, isn't there."""
    conditions = []
    for field in fields_for(user).values():
        condition = _parse_range(field, params) if field.is_range else _parse_values(field, params)
        if condition is not None:
            conditions.append(condition)
    return Filters(normalise(_first(params, "q").replace("\x00", ""))[:100], tuple(conditions))


def _first(params: Params, name: str) -> str:
    return next(iter(params.get(name, ())), "").strip()


def _parse_values(field: FilterField, params: Params) -> Condition | None:
    given = dict.fromkeys(params.get(field.code, ()))
    special = {value for value, _label in field.specials}
    known = field.values | special if field.values is not None else None
    values = tuple(v for v in given if (v in known if known is not None else v in special or _is_id(v)))
    return Condition(field.code, values) if values else None


def _is_id(value: str) -> bool:
    return value.isascii() and value.isdecimal() and len(value) < 19


def _parse_range(field: FilterField, params: Params) -> Condition | None:
    if field.measure is not None and NONE in params.get(field.code, ()):
        return Condition(field.code, (NONE,))
    ends = [_first(params, f"{field.code}.{end}") for end in ("min", "max")]
    low, high = (text if _end(field, text) is not None else "" for text in ends)
    return Condition(field.code, (), low, high) if low or high else None


def _end(field: FilterField, text: str) -> dt.date | Decimal | None:
    """An end of a range as a value; None if the text isn't one."""
    try:
        if field.shape is Shape.DATE:
            return dt.date.fromisoformat(text)
        number = Decimal(text.replace(",", ""))
    except (ValueError, InvalidOperation):
        return None
    return number if number.is_finite() and abs(number) < Decimal(10) ** 15 else None


def apply(rows: QuerySet[Customer], user: User, filters: Filters, *, many: bool = False) -> QuerySet[Customer]:
    """Only the customers for which all filters hold; `many` as in `CustomerQuerySet.matching`."""
    if filters.query:
        rows = rows.matching(filters.query, many=many)  # type: ignore[attr-defined]
    fields = fields_for(user)
    for condition in filters.conditions:
        rows = rows.filter(_where(user, fields[condition.code], condition))
    return rows


def _where(user: User, field: FilterField, condition: Condition) -> Q:
    if field.apply is not None:
        return field.apply(user, condition.values)
    if condition.values and field.measure is not None:
        return not_computable(field.measure)
    low, high = _end(field, condition.low), _end(field, condition.high)
    found = Q()
    if low is not None:
        found &= Q(**{f"{field.column}__gte": _column_value(field, low, is_high=False)})
    if high is not None:
        end = "lt" if field.shape is Shape.DATE and field.measure is None else "lte"
        found &= Q(**{f"{field.column}__{end}": _column_value(field, high, is_high=True)})
    return found


def _column_value(field: FilterField, value: dt.date | Decimal, *, is_high: bool) -> object:
    if isinstance(value, dt.date):
        if field.measure is not None:
            return value
        return dates.start_of_day(value + dt.timedelta(days=1) if is_high else value)
    return money.to_minor(value, settings.BASE_CURRENCY) if field.shape is Shape.MONEY else value


def chips(user: User, filters: Filters) -> list[Chip]:
    """The filters in words, in the active language."""
    fields = fields_for(user)
    found = [Chip("q", _("Text"), filters.query)] if filters.query else []
    for condition in filters.conditions:
        field = fields[condition.code]
        found.append(Chip(condition.code, str(field.label), _words(user, field, condition)))
    return found


def _words(user: User, field: FilterField, condition: Condition) -> str:
    if condition.values:
        words = {value: str(label) for value, label in field.specials}
        if field.choices is not None:
            words |= {value: str(label) for value, label in field.choices(user)}
        if field.names is not None:
            ids = [int(value) for value in condition.values if value not in (ME, NONE)]
            words |= {str(pk): name for pk, name in field.names(user, ids).items()}
        unknown = _("unknown")
        language = get_language() or settings.LANGUAGE_CODE
        return display.listed([words.get(value, unknown) for value in condition.values], language=language)
    low, high = (_end_words(field, text) for text in (condition.low, condition.high))
    if low and high:
        # Translators: a range, such as "1 Jan to 31 Mar"
        return _("%(low)s to %(high)s") % {"low": low, "high": high}
    return _("from %(low)s") % {"low": low} if low else _("up to %(high)s") % {"high": high}


def _end_words(field: FilterField, text: str) -> str:
    value = _end(field, text)
    language = get_language() or settings.LANGUAGE_CODE
    if value is None:
        return ""
    if isinstance(value, dt.date):
        return display.day(value, language=language)
    if field.shape is Shape.MONEY:
        return display.money(value, settings.BASE_CURRENCY, language=language, trim=True)
    return display.number(value)
