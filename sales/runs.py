"""The run kinds of this chapter."""

import datetime as dt
from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm.lib import dates
from jobs.context import RunContext
from jobs.registry import RunKind
from sales.models import RollupMark
from sales.parameters import LIFE_CYCLE
from sales.services import life_cycle, rates, rollup
from users.roles import Permission

REBUILD = "sales.rebuild"
FOLLOW = "sales.life_cycle"


def catch_up(ctx: RunContext) -> dict[str, Any]:
    """Bring the daily totals up to date."""
    ctx.progress(0, RollupMark.objects.count())
    return asdict(rollup.catch_up(tell=ctx.progress))


def rebuild(ctx: RunContext) -> dict[str, Any]:
    """Compute the daily totals anew."""
    return asdict(rollup.rebuild())


def reprice(ctx: RunContext) -> dict[str, Any]:
    """Convert the orders of a currency anew from a day on."""
    first = dt.date.fromisoformat(ctx.params["first"])
    done = rates.reprice(currency=ctx.params["currency"], first=first, run_id=ctx.run.pk, tell=ctx.progress)
    return asdict(done)


def follow_orders(ctx: RunContext) -> dict[str, Any]:
    """Move customers to active or dormant as their orders say; by default up to yesterday."""
    as_of = ctx.run.as_of or dates.today() - dt.timedelta(days=1)
    done = life_cycle.follow_orders(as_of=as_of, run_id=ctx.run.pk, tell=ctx.progress)
    ctx.note(parameter_versions={LIFE_CYCLE.code: done.version})
    return asdict(done)


def _rows_written(result: dict[str, Any]) -> str:
    rows = result.get("rows", 0)
    return ngettext("%(count)s total rewritten", "%(count)s totals rewritten", rows) % {"count": f"{rows:,}"}


def _orders_rewritten(result: dict[str, Any]) -> str:
    return _("%(rewritten)s of %(orders)s orders converted anew") % {
        "rewritten": f"{result.get('rewritten', 0):,}",
        "orders": f"{result.get('orders', 0):,}",
    }


def _customers_moved(result: dict[str, Any]) -> str:
    return _("%(active)s customers became active, %(dormant)s dormant") % {
        "active": f"{result.get('active', 0):,}",
        "dormant": f"{result.get('dormant', 0):,}",
    }


KINDS = [
    # Translators: 汇总 (daily totals of orders by customer)
    RunKind(rollup.KIND, gettext_lazy("Daily totals"), catch_up, _rows_written, permission=Permission.IMPORT_RUN),
    RunKind(
        REBUILD, gettext_lazy("Daily totals, rebuilt"), rebuild, _rows_written, permission=Permission.PARAMETER_EDIT
    ),
    RunKind(
        rates.KIND,
        gettext_lazy("Orders at a changed rate"),
        reprice,
        _orders_rewritten,
        permission=Permission.PARAMETER_EDIT,
    ),
    RunKind(FOLLOW, gettext_lazy("Life cycle"), follow_orders, _customers_moved, permission=Permission.PARAMETER_EDIT),
]
