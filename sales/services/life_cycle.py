"""What orders say of a customer's life cycle: the first completed one makes it active, a long silence dormant."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.constants import LifeCycle
from accounts.services import life_cycle
from sales.constants import COUNTING
from sales.parameters import LIFE_CYCLE
from users.constants import Cause
from users.services import changes, parameters

_BATCH = 2_000

# First order completed, or bought again after a silence.
_WOKEN = """
    SELECT c.id FROM accounts_customer AS c
    WHERE c.life_cycle IN ('visitor', 'prospect') AND EXISTS (
        SELECT FROM sales_order AS o
        WHERE o.customer_id = c.id AND o.kind = 'order' AND o.state = 'completed' AND o.ordered_on <= %(as_of)s
    ) OR c.life_cycle = 'dormant' AND EXISTS (
        SELECT FROM sales_order AS o
        WHERE o.customer_id = c.id AND o.kind = 'order' AND o.state = ANY(%(counting)s)
            AND o.ordered_on > %(silent_since)s AND o.ordered_on <= %(as_of)s
    )
    ORDER BY c.id
"""
# A customer that has never ordered isn't silent: there is nothing to fall silent from.
_SILENT = """
    SELECT c.id FROM accounts_customer AS c
    WHERE c.life_cycle = 'active' AND (
        SELECT max(o.ordered_on) FROM sales_order AS o
        WHERE o.customer_id = c.id AND o.kind = 'order' AND o.state = ANY(%(counting)s) AND o.ordered_on <= %(as_of)s
    ) <= %(silent_since)s
    ORDER BY c.id
"""


@dataclass
class Followed:
    """How many customers became active and how many dormant; the version of the parameters used."""

    active: int = 0
    dormant: int = 0
    version: int = 0


def follow_orders(
    *, as_of: dt.date, run_id: int | None = None, tell: Callable[[int], None] = lambda customers: None
) -> Followed:
    """Move customers to active or dormant as their orders say, with dated steps and change sets.

    What a person decided stays as they decided it: `accounts.services.life_cycle.follow` sees to that.
    Batches of customers, a transaction each; safe to run again.
    """
    rules = parameters.in_force(LIFE_CYCLE.code, on=as_of)
    done = Followed(version=rules.version)
    days = {
        "as_of": as_of,
        "silent_since": as_of - dt.timedelta(days=rules.values.dormant_after_days),
        "counting": list(map(str, COUNTING)),
    }
    for to, statement, reason in (
        (LifeCycle.ACTIVE, _WOKEN, _("Orders came in")),
        (LifeCycle.DORMANT, _SILENT, _("No order for %(days)s days") % {"days": rules.values.dormant_after_days}),
    ):
        ids = _candidates(statement, days)
        for start in range(0, len(ids), _BATCH):
            moved = _move(ids[start : start + _BATCH], to, reason, as_of, run_id)
            done.active += moved if to == LifeCycle.ACTIVE else 0
            done.dormant += moved if to == LifeCycle.DORMANT else 0
            tell(done.active + done.dormant)
    return done


def _candidates(statement: str, params: dict[str, Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return [pk for (pk,) in cursor.fetchall()]


@transaction.atomic
def _move(ids: list[int], to: LifeCycle, reason: str, on: dt.date, run_id: int | None) -> int:
    change_set = changes.open_set(by=None, cause=Cause.RUN, summary=reason, run_id=run_id)
    moved = life_cycle.follow(customer_ids=ids, to=to, reason=reason, on=on, change_set=change_set)
    if not moved:
        change_set.delete()
    return len(moved)
