"""What this chapter shows on the customer page."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.queries import rights
from accounts.registry import ArchivePart, Panel
from accounts.sections import Section
from crm.lib import display
from crm.lib.pdf import Part
from segmentation.constants import TIER_SECTION
from segmentation.models import Standing, TierRun
from segmentation.queries import boards, explanations, tier_changes
from segmentation.queries.explanations import Explanation
from users.models import User
from users.roles import Permission


def tier_context(user: User, customer_id: int, _group: Sequence[int]) -> dict[str, Any] | None:
    """The tier with its why. It is the customer's own: a group has none."""
    standing = Standing.objects.readable_by(user).filter(customer_id=customer_id).select_related("customer").first()
    if standing is None:
        return None
    run = boards.latest_day()
    explanation = explanations.of_standing(standing, run)
    return {
        "customer_id": customer_id,
        "standing": standing,
        "day": run,
        "explanation": explanation,
        "why": _why(explanation, run, customer_id),
        "may_override": rights.may(user, Permission.TIER_OVERRIDE, standing.customer),
    }


def _why(explanation: Explanation, run: TierRun | None, customer_id: int) -> dict[str, Any]:
    """The explanation in the fixed order of a 'why': sentence, table, since when, what would change it, foot."""
    sections: list[dict[str, Any]] = []
    if explanation.rows:
        parts = [(row.label, f"{row.amount} · {row.share}") for row in explanation.rows]
        sections.append({"title": _("Where it stands"), "rows": parts[:-1], "total": parts[-1]})
    history = _sentences([part for part in (explanation.change, explanation.steadiness) if part])
    if history:
        sections.append({"title": _("Since when"), "text": history})
    if explanation.manual:
        sections.append({"title": _("Set by hand"), "text": explanation.manual})
    if explanation.ahead:
        sections.append({"title": _("What would change it"), "text": _sentences(explanation.ahead)})
    foot = []
    if run is not None:
        said = {
            "day": display.day(run.as_of, language=tier_changes.language()),
            "run": run.run_id,
            "version": run.scheme_version,
        }
        foot.append(_("Data to %(day)s · run %(run)s · scheme version %(version)s") % said)
    return {
        "heading": _("Why %(grade)s") % {"grade": explanation.grade} if explanation.grade else _("Why no tier"),
        "sentence": explanation.sentence,
        "sections": sections,
        "foot": foot,
        "history": reverse("segmentation:history", args=[customer_id]),
    }


def _sentences(parts: Sequence[str]) -> str:
    return display.sentences(parts, language=tier_changes.language())


def printed(user: User, customer_id: int) -> Part:
    """The printed part: the tier with its reason."""
    context = tier_context(user, customer_id, [customer_id])
    if context is None:
        return Part(_("Tier"), note=_("Not computed yet."))
    explanation: Explanation = context["explanation"]
    facts = [(_("Tier"), explanation.grade or _("none"))]
    facts += [(row.label, f"{row.amount} · {row.share}") for row in explanation.rows]
    said = [explanation.sentence, explanation.change, explanation.manual, *context["why"]["foot"]]
    return Part(_("Tier"), facts=facts, note=_sentences([part for part in said if part]))


SECTION = Section(TIER_SECTION, gettext_lazy("Tier"), gettext_lazy("The tier, why, and how it came to be."))
PRINT = ArchivePart("segmentation.tier", TIER_SECTION, printed, Permission.TIER_VIEW, 40)
PANELS = [
    Panel(
        code="segmentation.tier_verdict",
        # Translators: 等级
        label=gettext_lazy("Tier"),
        template="segmentation/_tier_verdict.html",
        context=tier_context,
        permission=Permission.TIER_VIEW,
        order=10,
        place="verdicts",
        section=TIER_SECTION,
    ),
    Panel(
        code="segmentation.tier",
        label=gettext_lazy("Tier"),
        template="segmentation/_tier_panel.html",
        context=tier_context,
        permission=Permission.TIER_VIEW,
        order=10,
        place="side",
        section=TIER_SECTION,
    ),
]
