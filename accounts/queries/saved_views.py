"""The views of the customer list: those everybody has, one's own, and those shared with one's department."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.measures import MeasureKind, visible_measures
from accounts.models import SavedView
from accounts.queries import filters, owners
from accounts.queries.filter_fields import ME, NONE
from accounts.queries.filters import Condition, Filters
from crm.lib import dates
from users.models import User
from users.roles import Reach

ALL = "all"


@dataclass(frozen=True)
class View:
    """One view. `pk` and `mine` are of saved ones; `shared` names the department it is shared with."""

    key: str
    name: str
    filters: Filters
    sort: str = ""
    columns: tuple[str, ...] = ()
    pk: int | None = None
    mine: bool = False
    shared: str = ""


def views(user: User) -> list[View]:
    """All views of a user, in the order of the tabs. Two queries."""
    saved = SavedView.objects.visible_to(user).select_related("department")
    return [*_usual(user), *(_of_row(row, user) for row in saved)]


def _usual(user: User) -> list[View]:
    found = [View(ALL, _("All customers"), Filters())]
    if owners.may_own(user):
        found.append(View("mine", _("Mine"), _where("owner", ME)))
    for measure in visible_measures(user):
        if measure.kind is MeasureKind.GRADE and measure.mark == "tier" and measure.grades:
            best, label = measure.grades[0]
            name = _("Tier %(grade)s") % {"grade": label}
            found.append(View("best", name, _where(measure.code, best)))
            break
    if user.reach is not Reach.OWN:
        found.append(View("unowned", _("Without an owner"), _where("owner", NONE)))
    monday = dates.today() - dt.timedelta(days=dates.today().weekday())
    new = Filters(conditions=(Condition("created", low=monday.isoformat()),))
    return [*found, View("new", _("New this week"), new, sort="-created")]


def _where(code: str, value: str) -> Filters:
    return Filters(conditions=(Condition(code, (value,)),))


def _of_row(row: SavedView, user: User) -> View:
    return View(
        key=str(row.pk),
        name=row.name,
        filters=filters.parse(user, as_params(row.filters)),
        sort=row.sort,
        columns=tuple(row.columns),
        pk=row.pk,
        mine=row.owner_id == user.pk,
        shared=str(row.department) if row.department else "",
    )


def as_params(pairs: Sequence[Sequence[str]]) -> dict[str, list[str]]:
    """Pairs of an address as lists by name."""
    params: dict[str, list[str]] = {}
    for name, value in pairs:
        params.setdefault(name, []).append(value)
    return params
