"""What the pages of merging show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection
from django.utils.translation import gettext as _

from accounts.core import duplicates, merging
from accounts.core.merging import Pick
from accounts.models import Customer, Merge
from accounts.queries import conflicts
from accounts.queries import duplicates as pairs
from accounts.registry import CustomerReference, Follow, customer_references
from users.models import User


@dataclass(frozen=True)
class FieldChoice:
    """One field of two records: how each has it, and which is taken unless somebody chooses otherwise."""

    name: str
    label: str
    survivor: str
    loser: str
    pick: Pick
    may_both: bool

    @property
    def differs(self) -> bool:
        """Whether there is anything to choose."""
        return self.survivor != self.loser


@dataclass(frozen=True)
class Moved:
    """So many rows of one kind that hang on the record."""

    label: str
    count: int


def choices(user: User, survivor: Customer, loser: Customer, fields: Sequence[str]) -> list[FieldChoice]:
    """Every field of two records side by side."""
    ours = {name: getattr(survivor, name) for name in fields}
    theirs = {name: getattr(loser, name) for name in fields}
    picks = merging.default_picks(ours, theirs)
    return [
        FieldChoice(
            name=name,
            label=conflicts.label_of(Customer, name),
            survivor=_worded(user, survivor, name, ours[name]),
            loser=_worded(user, loser, name, theirs[name]),
            pick=picks[name],
            may_both=name in merging.JOINED,
        )
        for name in fields
    ]


def _worded(user: User, row: Customer, name: str, value: Any) -> str:
    if name == "parent_id" and value is not None and not Customer.objects.visible_to(user).filter(pk=value).exists():
        return _("a company you can't see")
    return conflicts.in_words(row, name, value)


def evidence(low: Customer, high: Customer) -> tuple[int, tuple[str, ...]]:
    """How sure it is that two records are one, and why, from what stands in them now."""
    values, _version = pairs.rules()
    found = pairs.profiles([low.pk, high.pk])
    comparison = duplicates.compare(found[low.pk], found[high.pk])
    return duplicates.score(comparison, values.weights), pairs.reasons(comparison)


def hanging_on(customer_ids: Sequence[int]) -> dict[int, list[Moved]]:
    """What would move with each record: rows by kind, those of children first. One query."""
    moving = [one for one in customer_references if one.follow is Follow.MOVE]
    parts = [_count(one) for one in moving]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT c.id, {', '.join(parts)} FROM unnest(%s::bigint[]) AS c (id)",  # noqa: S608 - our own names
            [list(customer_ids)],
        )
        found = {pk: counts for pk, *counts in cursor.fetchall()}
    return {
        pk: [Moved(_label(one), count) for one, count in zip(moving, counts, strict=True) if count]
        for pk, counts in found.items()
    }


def _count(one: CustomerReference) -> str:
    table = apps.get_model(one.model)._meta.db_table
    return f"(SELECT count(*) FROM {table} t WHERE t.{one.column} = c.id)"  # noqa: S608 - our own names


def _label(one: CustomerReference) -> str:
    if one.key == "accounts.customer.parent_id":
        return _("subsidiaries")
    return str(apps.get_model(one.model)._meta.verbose_name_plural)


def moved_by(row: Merge) -> list[Moved]:
    """What a merge moved, in words."""
    found = []
    for kept in row.moves.all():
        reference = customer_references.find(kept.reference)
        if reference and kept.moved:
            found.append(Moved(_label(reference), len(kept.moved)))
    return found


def fields_given(row: Merge) -> list[dict[str, str]]:
    """The fields that a merge changed on the survivor: label, before, after."""
    shown = Customer(pk=row.survivor_id)
    return [
        {
            "label": conflicts.label_of(Customer, name),
            "before": conflicts.in_words(shown, name, row.before.get(name)),
            "after": conflicts.in_words(shown, name, value),
        }
        for name, value in row.after.items()
        if row.before.get(name) != value and name in _columns()
    ]


def _columns() -> Mapping[str, Any]:
    return {field.attname: field for field in Customer._meta.concrete_fields}
