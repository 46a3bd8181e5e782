"""The key figures of the tier dashboard, in words."""

from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import Customer
from crm.lib import display
from dashboards import figures
from segmentation.queries.boards import Mix, Shape

# The Gini coefficient of fewer customers is corrected for their number.
_SMALL_SAMPLE = 30


def tier_facts(
    mix: Mix,
    *,
    shape: Shape | None,
    previous: Shape | None,
    prior: Mix | None,
    largest: Customer | None,
    owner_id: int | None = None,
) -> dict[str, Any]:
    """Words for each figure, with the list behind it."""
    words: dict[str, Any] = {
        "idle": _idle(mix),
        "growth": _growth(mix, prior),
        "sales_url": figures.selling_url(owner_id=owner_id),
        "tiers": [(tier, cell, figures.selling_url(grade=tier, owner_id=owner_id)) for tier, cell in mix.tiers.items()],
        "run": _("Run %(run)s · scheme version %(version)s")
        % {"run": mix.tier_run.run_id, "version": mix.tier_run.scheme_version},
    }
    return words | (_concentration(mix, shape, previous, largest) if shape else {})


def _concentration(mix: Mix, shape: Shape, previous: Shape | None, largest: Customer | None) -> dict[str, Any]:
    ratios = {k: share["value"] for k, share in shape.concentration["ratios"]}
    share = shape.concentration["largest_share"]["value"]
    limit = float(mix.tier_run.scheme.get("dependence_warning", "0.20"))
    return {
        "needed": _needed(shape, previous),
        "gini": _gini(shape),
        "gini_then": _("a year before %(gini)s") % {"gini": _gini(previous)} if previous else "",
        "ten": _percent(ratios.get(10)),
        "five": _("the five largest %(share)s") % {"share": _percent(ratios.get(5))},
        "largest": _percent(share),
        "largest_judged": "bad" if share is not None and share > limit else "",
        "largest_url": reverse("accounts:customer_detail", args=[largest.pk]) if largest else "",
        "largest_customer": _("%(customer)s · warned above %(limit)s")
        % {"customer": largest or "–", "limit": display.percent(limit, 0)},
    }


def _idle(mix: Mix) -> str:
    count = sum(cell.count for cell in mix.idle.values())
    return _("%(count)s more without sales") % {"count": f"{count:,}"} if count else ""


def _growth(mix: Mix, prior: Mix | None) -> SafeString | str:
    ratio = display.ratio(mix.total.value_minor, prior.total.value_minor) if prior else None
    if ratio is None:
        return ""
    change = display.percent_change(ratio)
    return format_html('<span class="d {}">{}</span> {}', change.judgement, change, _("on a year before"))


def _needed(shape: Shape, previous: Shape | None) -> str:
    now, then = figures.needed(shape, "0.80"), figures.needed(previous, "0.80") if previous else None
    if now is None:
        return ""
    said = {"count": f"{now[0]:,}", "then": display.percent(then[1]) if then else ""}
    return _("%(count)s customers; a year before %(then)s") % said if then else _("%(count)s customers") % said


def _gini(shape: Shape) -> str:
    small = shape.concentration["customers"] < _SMALL_SAMPLE
    value = shape.concentration["gini_small_sample" if small else "gini"]["value"]
    return display.number(Decimal(str(value)), 3) if value is not None else _("not computable")


def _percent(share: float | None) -> str:
    return display.percent(share) if share is not None else _("not computable")
