"""When and why tiers changed, in words: one sentence for each step of the history."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import F
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from crm.lib import display
from segmentation.constants import Cause, Purpose
from segmentation.core.rules import PARTS
from segmentation.models import TierHistory, TierRun


def language() -> str:
    """The reader's language."""
    return get_language() or "en"


def worded(changes: Iterable[TierHistory]) -> list[tuple[TierHistory, str]]:
    """Each change with its sentence, by the scheme of its own month end. One small query at most."""
    told = list(changes)
    needed = _month_ends_needed(told)
    return [(change, _because(change, needed.get(_last_day(change), 1))) for change in told]


def last_of(customer_id: int) -> str:
    """The sentence of a customer's last change; nothing if it has had no tier yet."""
    steps = TierHistory.objects.filter(customer_id=customer_id).exclude(previous=F("grade"))
    return next((words for _change, words in worded(steps.order_by("-valid_from")[:1])), "")


def _month_ends_needed(changes: Iterable[TierHistory]) -> dict[dt.date, int]:
    """How many month ends in a row moved a tier down, on the days when one did."""
    days = {_last_day(change) for change in changes if change.previous and change.grade > change.previous}
    if not days:
        return {}
    ends = TierRun.objects.filter(purpose=Purpose.MONTH_END, as_of__in=days)
    return dict(ends.values_list("as_of", "scheme__downgrade_after"))


def _last_day(change: TierHistory) -> dt.date:
    """The month end that made a change: the day before it holds."""
    return change.valid_from - dt.timedelta(days=1)


def _because(change: TierHistory, needed: int) -> str:
    """When and why a tier changed; `needed` month ends in a row move one down."""
    said = {
        "grade": change.grade,
        "previous": change.previous,
        "month": display.month(_last_day(change), language=language()),
        "day": display.day(change.valid_from, language=language()),
        "now": _share(change.after),
        "before": _share(change.before),
        "needed": needed,
    }
    if change.previous == change.grade:
        return _idle_turned(change, said)
    if change.cause in (Cause.OVERRIDE, Cause.OVERRIDE_END):
        return _set_by_hand(change, said)
    if not change.previous:
        return _("%(grade)s since %(day)s, its first month-end evaluation.") % said
    if change.grade < change.previous:
        return _moved_up(change, said)
    return _without_sales(said) if change.idle else _moved_down(said)


def _idle_turned(change: TierHistory, said: dict[str, Any]) -> str:
    if change.idle:
        return _("No sales left in the window at the end of %(month)s.") % said
    return _("Sales in the window again at the end of %(month)s.") % said


def _moved_up(change: TierHistory, said: dict[str, Any]) -> str:
    if (change.before.get("value") or 0) <= 0:
        return (
            _(
                "Was %(previous)s until the end of %(month)s; then those above held %(now)s"
                " (a month before it had no sales), so it moved up to %(grade)s."
            )
            % said
        )
    return (
        _(
            "Was %(previous)s until the end of %(month)s; then those above held %(now)s"
            " (a month before: %(before)s), so it moved up to %(grade)s."
        )
        % said
    )


def _moved_down(said: dict[str, Any]) -> str:
    return (
        ngettext(
            "Was %(previous)s until the end of %(month)s; at that month end those above held %(now)s, past the line"
            " and its buffer, so it moved down to %(grade)s.",
            "Was %(previous)s until the end of %(month)s; at %(needed)s month ends in a row it stood past the line and"
            " its buffer, at the last those above held %(now)s, so it moved down to %(grade)s.",
            said["needed"],
        )
        % said
    )


def _without_sales(said: dict[str, Any]) -> str:
    """Moved down with nothing left to rank: there is nobody above to speak of."""
    return (
        ngettext(
            "Was %(previous)s until the end of %(month)s; at that month end it had no sales left in the window,"
            " so it moved down to %(grade)s.",
            "Was %(previous)s until the end of %(month)s; at %(needed)s month ends in a row it stood past the line and"
            " its buffer, at the last without sales in the window, so it moved down to %(grade)s.",
            said["needed"],
        )
        % said
    )


def _set_by_hand(change: TierHistory, said: dict[str, Any]) -> str:
    if change.cause == Cause.OVERRIDE:
        return _("%(grade)s since %(day)s, set by hand; was %(previous)s.") % said
    return _("%(grade)s since %(day)s, when the manual tier %(previous)s ended.") % said


def _share(figures: dict[str, Any]) -> str:
    share = figures.get("position")
    return display.percent(share / PARTS) if share is not None else "–"
