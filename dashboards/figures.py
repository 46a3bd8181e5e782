"""The figures of the tier dashboard, worded from cubes and curves."""

import datetime as dt
import operator
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from crm.lib import display
from crm.lib.figures import Column, Figure
from crm.lib.money import from_minor
from segmentation.core.migration import mobility, probabilities, stationary
from segmentation.queries.boards import Mix, Moves, Shape

TIERS = ("A", "B", "C")


def language() -> str:
    """The reader's language."""
    return get_language() or "en"


def money(minor: int) -> str:
    """An amount of base-currency minor units, short."""
    return display.money(from_minor(minor, settings.BASE_CURRENCY), settings.BASE_CURRENCY, language=language())


def table_money(minor: int) -> str:
    """An amount in the unit of a table's head."""
    return display.table_amount(from_minor(minor, settings.BASE_CURRENCY), language=language())


def tier_list_url(*, owner_id: int | None = None, **query: str) -> str:
    """The list of the customers behind a month end's number, perhaps one owner's."""
    return _address("segmentation:tier_list", query, owner_id)


def selling_url(*, grade: str = "", owner_id: int | None = None) -> str:
    """The list of the customers with sales behind a present number, the largest first."""
    least = {"segmentation.sales.min": "0.01", "sort": "-segmentation.sales"}
    return _address("accounts:customer_list", {"segmentation.tier": grade} | least if grade else least, owner_id)


def movers_url(*, after: dt.date, until: dt.date, owner_id: int | None = None) -> str:
    """The list of all changes of tier of a period."""
    return _address("segmentation:mover_list", {"after": after.isoformat(), "until": until.isoformat()}, owner_id)


def pending_url(*, owner_id: int | None = None) -> str:
    """The list of the customers about to move down."""
    return _address("segmentation:pending_list", {}, owner_id)


def _address(name: str, query: dict[str, str], owner_id: int | None) -> str:
    query = query | {"owner": str(owner_id)} if owner_id is not None else query
    return f"{reverse(name)}?{urlencode(query)}" if query else reverse(name)


def needed(shape: Shape, share: str) -> tuple[int, float] | None:
    """How many customers bring a share of the value, and which part of all they are."""
    customers = shape.concentration["customers"]
    for stored, count in shape.concentration["needed"]:
        if float(stored) == float(share) and count and customers:
            return count, count / customers
    return None


def pareto(shape: Shape, mix: Mix, *, previous: Shape | None, months: int) -> Figure:
    """The curve with the company's own x / 80, last year's dashed."""
    marks: list[dict[str, Any]] = []
    for share, tier in (("0.80", "a"), ("0.95", "b")):
        if found := needed(shape, share):
            count, part = found
            words = _("%(part)s of customers bring %(share)s") % {
                "part": display.percent(part),
                "share": display.percent(float(share), 0),
            }
            marks.append(
                {
                    "x": part * 100,
                    "y": float(share) * 100,
                    "tier": tier,
                    "label": [words, _("%(count)s customers") % {"count": f"{count:,}"}],
                }
            )
    return Figure(
        "pareto",
        caption=_("Pareto curve · last %(months)s months") % {"months": months},
        heading=_pareto_heading(shape),
        columns=[
            Column(_("Tier"), numeric=False),
            Column(_("Customers")),
            Column(_("Of customers")),
            Column(f"{_('Sales')} / {display.table_unit(settings.BASE_CURRENCY, language=language())}"),
            Column(_("Of sales")),
        ],
        rows=[_mix_row(mix, tier) for tier in TIERS],
        foot=[[_("Together"), f"{mix.total.count:,}", "100.0%", table_money(mix.total.value_minor), "100.0%"]],
        chart={
            "points": [[x * 100, y * 100] for x, y in shape.points],
            "previous": [[x * 100, y * 100] for x, y in previous.points] if previous else [],
            "marks": marks,
            "x_name": _("Customers, the largest first"),
            "y_name": _("Share of sales"),
            "equal": _("If all were equal"),
            "tip": _("The first {x}% of customers bring {y}%"),
            "format": {"suffix": "%", "decimals": 0},
        },
        notes=_pareto_notes(mix, previous),
        file_name="pareto",
    )


def _pareto_heading(shape: Shape) -> str:
    found = needed(shape, "0.80")
    if found is None:
        return _("Pareto curve")
    count, part = found
    others = shape.concentration["customers"] - count
    return _("%(count)s customers (%(part)s) bring 80%% of sales, the other %(others)s bring 20%%") % {
        "count": f"{count:,}",
        "part": display.percent(part),
        "others": f"{others:,}",
    }


def _pareto_notes(mix: Mix, previous: Shape | None) -> list[str]:
    notes = []
    idle = sum(cell.count for cell in mix.idle.values())
    if idle:
        notes.append(_("%(count)s customers with no or negative sales are outside the curve") % {"count": f"{idle:,}"})
    if previous:
        notes.append(_("Dashed: a year before"))
    if mix.tier_run.excluded_orders:
        notes.append(
            _("%(count)s orders lack an exchange rate and are left out")
            % {"count": f"{mix.tier_run.excluded_orders:,}"}
        )
    return notes


def _mix_row(mix: Mix, tier: str) -> list[str]:
    cell, total = mix.tiers[tier], mix.total
    return [
        tier,
        f"{cell.count:,}",
        display.percent(cell.count / total.count) if total.count else "–",
        table_money(cell.value_minor),
        display.percent(cell.value_minor / total.value_minor) if total.value_minor else "–",
    ]


def mix_by_month(mixes: list[Mix], *, owner_id: int | None = None) -> Figure:
    """Customers by tier at the last month ends."""
    labels = [display.month_short(mix.tier_run.as_of, language=language()) for mix in mixes]
    first, last = mixes[0], mixes[-1]
    series = []
    for tier in TIERS:
        values = [mix.tiers[tier].count for mix in mixes]
        gain = values[-1] - values[0]
        sign = "+" if gain >= 0 else display.MINUS
        series.append(
            {
                "name": _("Tier %(tier)s") % {"tier": tier},
                "tier": tier.lower(),
                "values": values,
                "end": [f"{tier} {values[-1]:,}", f"{sign}{abs(gain):,}"],
                "links": [
                    tier_list_url(on=mix.tier_run.as_of.isoformat(), grade=tier, owner_id=owner_id) for mix in mixes
                ],
            }
        )
    return Figure(
        "mix",
        caption=_("Customers by tier · month ends"),
        heading=_mix_heading(first, last),
        columns=[Column(_("Month end"), numeric=False), *(Column(tier) for tier in TIERS), Column(_("Together"))],
        rows=[
            [
                display.month(mix.tier_run.as_of, language=language()),
                *(f"{mix.tiers[tier].count:,}" for tier in TIERS),
                f"{mix.total.count:,}",
            ]
            for mix in mixes
        ],
        chart={"labels": labels, "series": series, "format": {"decimals": 0}},
        notes=[_("A bar leads to its customers")],
        file_name="tiers-by-month",
    )


def _mix_heading(first: Mix, last: Mix) -> str:
    if not first.total.count or not last.total.count or first is last:
        return _("Customers by tier")
    gain = last.tiers["A"].count - first.tiers["A"].count
    shares = {
        "before": display.percent(first.tiers["A"].count / first.total.count),
        "now": display.percent(last.tiers["A"].count / last.total.count),
        "gain": f"{abs(gain):,}",
    }
    if gain > 0:
        return _("A grew by %(gain)s customers (%(before)s → %(now)s of all)") % shares
    if gain < 0:
        return _("A shrank by %(gain)s customers (%(before)s → %(now)s of all)") % shares
    return _("A has as many customers as before (%(before)s → %(now)s of all)") % shares


def migration(moves: Moves, *, owner_id: int | None = None) -> dict[str, Any]:
    """The migration matrix as `_components/matrix.html` draws it, its heading and its table."""
    first, last = moves.first_day, moves.tier_run.as_of
    rows = [_migration_row(moves, before, first, last, owner_id) for before in (*TIERS, "")]
    stayers = [[moves.count(before, after) for after in TIERS] for before in TIERS]
    return {
        "caption": _("Tier migration · %(first)s → %(last)s") % {"first": _day(first), "last": _day(last)},
        "heading": _migration_heading(moves),
        "columns": [_("now %(tier)s") % {"tier": "A"}, "B", "C", _("lost")],
        "rows": rows,
        "foot": {
            "label": _("now"),
            "totals": [
                *(sum(moves.count(before, after) for before in (*TIERS, "")) for after in TIERS),
                sum(moves.count(before, "") for before in TIERS),
            ],
        },
        "stay": mobility(stayers).stay.value,
        "long_run": _long_run(stayers),
        "table": [
            [row["label"], *("" if cell is None else f"{cell['count']:,}" for cell in row["cells"])] for row in rows
        ],
    }


def _migration_row(moves: Moves, before: str, first: dt.date, last: dt.date, owner_id: int | None) -> dict[str, Any]:
    counts = [moves.count(before, after) for after in (*TIERS, "")]
    total = sum(counts)
    cells: list[dict[str, Any] | None] = []
    for after, count in zip((*TIERS, ""), counts, strict=True):
        if not before and not after:
            cells.append(None)
            continue
        cells.append(
            {
                "count": count,
                "share": count / total if before and total >= 5 else None,
                "href": tier_list_url(
                    owner_id=owner_id, on=last.isoformat(), grade=after, then=first.isoformat(), was=before
                ),
                "move": _move(before, after),
            }
        )
    label = _("was %(tier)s") % {"tier": before} if before else _("new")
    return {"label": label, "cells": cells, "total": total}


def _move(before: str, after: str) -> str:
    if not before or before == after:
        return "st"
    steps = (ord(after) if after else ord("C") + 1) - ord(before)
    return f"{'dn' if steps > 0 else 'up'}{min(abs(steps), 2)}"


def _migration_heading(moves: Moves) -> str:
    pairs = {(b, a): cell.count for (b, a), cell in moves.cells.items() if b and a}
    ups, downs = (sum(n for (b, a), n in pairs.items() if goes(a, b)) for goes in (operator.lt, operator.gt))
    lost = sum(moves.count(before, "") for before in TIERS)
    said = {"ups": f"{ups:,}", "downs": f"{downs:,}", "lost": f"{lost:,}"}
    if lost:
        return _("%(ups)s moved up, %(downs)s down; %(lost)s lost") % said
    return _("%(ups)s moved up, %(downs)s down") % said


def _long_run(stayers: list[list[int]]) -> str:
    """The mix that moves like these lead to, where there is a single one."""
    mix = stationary(probabilities(stayers))
    shares = [display.percent(share.value, 0) for share in mix if share.value is not None]
    if len(shares) < len(TIERS):
        return ""
    said = dict(zip(("a", "b", "c"), shares, strict=True))
    return _("If moves go on like these: %(a)s A, %(b)s B, %(c)s C in the long run") % said


def _day(day: dt.date) -> str:
    return display.day(day, language=language())
