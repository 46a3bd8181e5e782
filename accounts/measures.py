"""The measure catalogue: what chapters know about a customer, by code.

A chapter registers its measures in `AppConfig.ready()`. Lists, filters, columns and matrices name
measures by code, so siblings use each other's verdicts without importing each other. A system check
resolves every model, column and index.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from django.apps import apps
from django.db import models
from django.utils.functional import Promise

from crm.lib.registry import Registry
from users.models import User
from users.roles import Permission


class MeasureKind(StrEnum):
    """How a measure's values are shown, compared and filtered."""

    GRADE = "grade"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"


@dataclass(frozen=True)
class Measure:
    """One thing known about a customer.

    `model` is a standing: a table whose primary key is `customer_id`, with one row per customer.
    Money columns hold base-currency minor units. `reason_column` holds why there is no value.
    `grades` lists (value, label) from best to worst. `sortable` asks for an index on
    (column, customer_id). `mark` names the component that draws a grade.
    """

    code: str
    label: str | Promise
    kind: MeasureKind
    model: str
    column: str
    permission: Permission
    reason_column: str = ""
    grades: Sequence[tuple[str, str | Promise]] = ()
    sortable: bool = False
    mark: str = ""
    description: str | Promise = ""

    @property
    def standing(self) -> type[models.Model]:
        """The table that holds the measure."""
        return apps.get_model(self.model)

    @property
    def key(self) -> "models.OneToOneField[Any, Any]":
        """The standing's primary key: its customer."""
        return cast("models.OneToOneField[Any, Any]", self.standing._meta.pk)

    @property
    def relation(self) -> str:
        """The name under which a customer reaches the standing."""
        return self.key.related_query_name()


measures: Registry[Measure] = Registry("measure catalogue")


def visible_measures(user: User) -> list[Measure]:
    """The measures a user may see, in catalogue order."""
    return [measure for measure in measures if user.may(measure.permission)]
