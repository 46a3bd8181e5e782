"""System checks: every measure of the catalogue can be shown, filtered and, if it says so, sorted."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from accounts.measures import Measure, MeasureKind, measures
from accounts.models import Customer


@register()
def measures_resolve(app_configs: Sequence[AppConfig] | None = None, **_: Any) -> list[CheckMessage]:
    """Whether each measure's model, columns and index exist."""
    return [found for measure in measures for found in problems(measure)]


def problems(measure: Measure) -> Iterable[CheckMessage]:
    """What is wrong with one measure."""
    try:
        standing = measure.standing
    except (LookupError, ValueError):
        yield _error(measure, f"its model {measure.model!r} does not exist", "E001")
        return
    key = standing._meta.pk
    if (
        not isinstance(key, models.OneToOneField)
        or key.remote_field.model is not Customer
        or key.related_query_name() == "+"
    ):
        yield _error(
            measure, f"{measure.model} needs a one-to-one primary key to the customer, with a related name", "E002"
        )
        return
    for name in filter(None, (measure.column, measure.reason_column)):
        try:
            standing._meta.get_field(name)
        except FieldDoesNotExist:
            yield _error(measure, f"{measure.model} has no column {name!r}", "E003")
            return
    if measure.kind is MeasureKind.GRADE and not measure.grades:
        yield _error(measure, "a grade needs its grades, best first", "E004")
    if measure.sortable:
        yield from _sorting_problems(measure, standing)


def _sorting_problems(measure: Measure, standing: type[models.Model]) -> Iterable[CheckMessage]:
    key = standing._meta.pk
    pair = [measure.column, key.name if key else ""]
    indexed = [
        [name.removeprefix("-") for name in index.fields] for index in standing._meta.indexes if not index.condition
    ]
    if pair not in (fields[:2] for fields in indexed):
        yield _error(measure, f"it is sortable, but {measure.model} has no index on ({', '.join(pair)})", "E005")
    values = [value for value, _label in measure.grades]
    if measure.kind is MeasureKind.GRADE and values not in (sorted(values), sorted(values, reverse=True)):
        yield _error(measure, "it is sortable, but its grades don't sort as texts the way they rank", "E006")


def _error(measure: Measure, words: str, number: str) -> CheckMessage:
    return Error(f"Measure {measure.code}: {words}.", id=f"accounts.{number}")
