"""The run kinds of this chapter."""

import datetime as dt
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.lib import dates
from jobs.context import RunContext
from jobs.registry import Recomputation, RunKind
from segmentation.services import recompute
from users.roles import Permission

TIERS = "segmentation.tiers"


def tiers(ctx: RunContext) -> dict[str, Any]:
    """Judge all customers as of the run's day; by default as of the last full day."""
    as_of = ctx.run.as_of or dates.today() - dt.timedelta(days=1)
    return recompute.recompute(
        ctx,
        as_of=as_of,
        window_months=ctx.params.get("window_months"),
        replay=bool(ctx.params.get("replay")),
    )


def summary(result: dict[str, Any]) -> str:
    """What a recomputation came to, in words."""
    return _("%(customers)s customers: %(a)s A, %(b)s B, %(c)s C with sales") % {
        "customers": f"{result['customers']:,}",
        "a": f"{result['A']:,}",
        "b": f"{result['B']:,}",
        "c": f"{result['C']:,}",
    }


def result_url(_run_id: int, result: dict[str, Any]) -> str:
    """Where the result is looked at."""
    return reverse("segmentation:run_detail", args=[result["tier_run"]])


KINDS = [
    RunKind(
        code=TIERS,
        label=gettext_lazy("Tiers"),
        work=tiers,
        summary=summary,
        result_url=result_url,
        permission=Permission.TIER_RECOMPUTE,
    )
]

RECOMPUTATION = Recomputation(
    kind=TIERS,
    figures=("customers", "A", "B", "C", "no_sales", "net_returns", "gini", "top20_share", "hhi"),
)
