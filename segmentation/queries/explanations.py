"""Why a customer is in its tier, in words and in a table that adds up."""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.lib import dates, display
from crm.lib.money import from_minor
from segmentation.constants import Flag, Grade, Why
from segmentation.core import curve
from segmentation.core.position import Position, position
from segmentation.models import Override, Standing, TierRun, Verdict
from segmentation.queries import tier_changes
from segmentation.queries.tier_changes import language


@dataclass(frozen=True)
class Row:
    """One line of an explanation's table: what, how much, which share of the whole."""

    label: str
    amount: str
    share: str = ""
    is_total: bool = False


@dataclass(frozen=True)
class Explanation:
    """A tier in words. `sentence` says where it stands, `steadiness` what the month ends did, `change`
    when and why the tier last changed, `ahead` what would change it."""

    grade: str
    computed: str
    flag: str
    as_of: dt.date
    sentence: str
    steadiness: str = ""
    change: str = ""
    ahead: list[str] = field(default_factory=list)
    manual: str = ""
    rows: list[Row] = field(default_factory=list)
    tier_run: TierRun | None = None
    position: Position | None = None


def of_standing(standing: Standing, tier_run: TierRun | None) -> Explanation:
    """Explain a customer's tier in force. Small reads: its last change and that day's scheme, its manual tier."""
    if standing.flag == Flag.NOT_COUNTED:
        return _without(standing, _("This customer doesn't count in grading, so it has no tier."))
    if tier_run is None or standing.value_minor is None:
        return _without(standing, _("Not computed yet: the next run gives it a tier."))
    words = _Words(tier_run)
    place = position(standing.value_minor, words.curve)
    manual = _manual(standing) if standing.override else ""
    return Explanation(
        grade=standing.grade,
        computed=standing.computed,
        flag=standing.flag,
        as_of=tier_run.as_of,
        sentence=words.where(standing.value_minor, place),
        steadiness=words.steadiness(standing),
        change=tier_changes.last_of(standing.customer_id),
        ahead=words.ahead(standing, place),
        manual=manual,
        rows=words.table(standing.value_minor, place),
        tier_run=tier_run,
        position=place,
    )


def of_verdict(verdict: Verdict, tier_run: TierRun) -> Explanation:
    """Explain a customer's computed tier in a run beside the standings."""
    words = _Words(tier_run)
    place = position(verdict.value_minor, words.curve)
    return Explanation(
        grade=verdict.grade,
        computed=verdict.grade,
        flag=verdict.flag,
        as_of=tier_run.as_of,
        sentence=words.where(verdict.value_minor, place),
        rows=words.table(verdict.value_minor, place),
        tier_run=tier_run,
        position=place,
    )


def _without(standing: Standing, sentence: str) -> Explanation:
    return Explanation(
        grade=standing.grade, computed=standing.computed, flag=standing.flag, as_of=dates.today(), sentence=sentence
    )


def _money(minor: int) -> str:
    return display.money(from_minor(minor, settings.BASE_CURRENCY), settings.BASE_CURRENCY, language=language())


def _day(day: dt.date) -> str:
    return display.day(day, language=language())


class _Words:
    """The words of one run: its curve, its scheme, its base measure."""

    def __init__(self, tier_run: TierRun) -> None:
        self.run = tier_run
        self.curve = curve.from_json(tier_run.curve)
        self.scheme: dict[str, Any] = tier_run.scheme
        self.is_margin = self.scheme.get("basis") == "margin"

    def where(self, value: int, place: Position) -> str:
        """Rank, what those above hold, and the money to the lines."""
        if place.rank is None:
            return self._without_sales(value)
        said = {
            "rank": f"{place.rank:,}",
            "customers": f"{place.customers:,}",
            "share": display.percent(place.before or 0),
            "above": _money(place.above_line_minor or 0),
            "below": _money(place.below_line_minor or 0),
        }
        if place.tier.name == Grade.A:
            if place.customers == 1:
                return _("The only customer with sales in the window.")
            if self.is_margin:
                return (
                    _(
                        "Rank %(rank)s of %(customers)s; those above hold %(share)s of margin;"
                        " %(above)s above the line to B."
                    )
                    % said
                )
            return (
                _("Rank %(rank)s of %(customers)s; those above hold %(share)s of sales; %(above)s above the line to B.")
                % said
            )
        if place.tier.name == Grade.B:
            return (
                _(
                    "Rank %(rank)s of %(customers)s; those above hold %(share)s; %(below)s below the line to A,"
                    " %(above)s above the line to C."
                )
                % said
            )
        return _("Rank %(rank)s of %(customers)s; those above hold %(share)s; %(below)s below the line to B.") % said

    def _without_sales(self, value: int) -> str:
        window = {"first": _day(self.run.first_day), "last": _day(self.run.as_of), "amount": _money(-value)}
        if value == 0:
            return _("No sales from %(first)s to %(last)s, so it stands in C, outside the ranking.") % window
        return (
            _(
                "From %(first)s to %(last)s %(amount)s more came back than was bought, so it stands in C,"
                " outside the ranking."
            )
            % window
        )

    def table(self, value: int, place: Position) -> list[Row]:
        """Those above, this customer, the rest: the parts of the whole."""
        if place.before_minor is None or not self.curve.total_minor:
            return []
        total = self.curve.total_minor
        rest = total - place.before_minor - value
        return [
            Row(_("Those above"), _money(place.before_minor), display.percent(place.before_minor / total)),
            Row(_("This customer"), _money(value), display.percent(value / total, 2)),
            Row(_("Equal and below"), _money(rest), display.percent(rest / total)),
            Row(_("All customers with sales"), _money(total), display.percent(1), is_total=True),
        ]

    def line(self, name: str, *, widened: int = 0) -> str:
        """A line of the scheme as a percentage, moved by its buffer (+1: to fall, −1: to rise)."""
        method = self.scheme["method"]
        share = Decimal(self.scheme[f"{method}_{name}"]) + widened * Decimal(self.scheme[f"beta_{name}"])
        return display.percent(share, 0 if share * 100 == int(share * 100) else 1)

    def steadiness(self, standing: Standing) -> str:
        """What the last month end did, where the tier in force isn't simply the computed one."""
        if standing.why == Why.PENDING:
            return self._pending(standing)
        if standing.why == Why.NEW:
            return _("It would stand lower, but new customers aren't moved down.")
        if not standing.stable:
            return _("Not yet evaluated at a month end: the tier is the day's.")
        if standing.stable != standing.computed:
            return _("The day's figures alone would give %(computed)s; within the buffer it stays %(stable)s.") % {
                "computed": standing.computed,
                "stable": standing.stable,
            }
        return ""

    def _pending(self, standing: Standing) -> str:
        falls, becomes = _heading(standing)
        needed = self.scheme["downgrade_after" if falls else "upgrade_after"]
        left = max(needed - max(standing.pending_a, standing.pending_b), 1)
        return ngettext(
            "One more month end past the line and it becomes %(grade)s.",
            "%(left)s more month ends past the line and it becomes %(grade)s.",
            left,
        ) % {"left": left, "grade": becomes}

    def ahead(self, standing: Standing, place: Position) -> list[str]:
        """What would change the tier, others unchanged."""
        found = []
        if place.must_rise is not None:
            better = Grade.A if place.tier.name == Grade.B else Grade.B
            found.append(
                _("%(amount)s more in the window would make the day's tier %(grade)s.")
                % {"amount": _money(place.must_rise.minor), "grade": better}
            )
        if place.may_fall is not None:
            worse = Grade.B if place.tier.name == Grade.A else Grade.C
            found.append(
                _("It may sell %(amount)s less before the day's tier becomes %(grade)s.")
                % {"amount": _money(place.may_fall.minor), "grade": worse}
            )
        if standing.stable == Grade.A:
            found.append(
                _("A month end counts against it when those above hold %(line)s or more.")
                % {"line": self.line("a", widened=1)}
            )
        elif standing.stable in (Grade.B, Grade.C):
            name = "a" if standing.stable == Grade.B else "b"
            found.append(
                _("A month end counts for it when those above hold less than %(line)s.")
                % {"line": self.line(name, widened=-1)}
            )
        return found


def _heading(standing: Standing) -> tuple[bool, str]:
    """Whether a pending tier is on its way down, and which tier comes next."""
    if standing.stable == Grade.A:
        return True, Grade.C if standing.pending_b else Grade.B
    if standing.stable == Grade.B and standing.pending_b:
        return True, Grade.C
    return False, Grade.A if standing.pending_a else Grade.B


def _manual(standing: Standing) -> str:
    row = Override.objects.filter(customer_id=standing.customer_id, ended_on=None).select_related("by").first()
    if row is None:
        return ""
    return _("%(grade)s (set by %(by)s until %(until)s: %(reason)s) · computed %(computed)s") % {
        "grade": row.grade,
        "by": row.by,
        "until": _day(row.until),
        "reason": row.reason,
        "computed": standing.stable or standing.computed,
    }
