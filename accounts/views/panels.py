"""The parts that chapters contribute to the customer page. One that fails leaves the rest standing."""

import logging
from collections.abc import Sequence
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from accounts.models import Customer
from accounts.registry import PLACES, Panel, customer_panels
from accounts.scope import sections_open, wholly_in
from users.requests import UserRequest

logger = logging.getLogger(__name__)


def rendered(request: UserRequest, customer: Customer, ids: Sequence[int]) -> dict[str, list[SafeString]]:
    """The panels a user may see, as HTML, by place and in their order; `ids` are whom the figures are about."""
    places: dict[str, list[SafeString]] = {place: [] for place in PLACES}
    whole, opened = wholly_in(request.user, customer), sections_open(request.user, customer)
    contexts: dict[Any, dict[str, Any] | None] = {}
    for panel in sorted(customer_panels, key=lambda panel: panel.order):
        if request.user.may(panel.permission) and (whole or panel.section in opened):
            html = _render(request, panel, customer, ids, contexts)
            if html:
                places[panel.place].append(html)
    return places


def _render(
    request: UserRequest,
    panel: Panel,
    customer: Customer,
    ids: Sequence[int],
    contexts: dict[Any, dict[str, Any] | None],
) -> SafeString:
    """One panel as HTML; panels that share a context function share its one answer."""
    shell: dict[str, Any] = {"panel": panel, "customer": customer, "for_group": len(ids) > 1}
    try:
        if panel.context not in contexts:
            contexts[panel.context] = panel.context(request.user, customer.pk, ids)
        context = contexts[panel.context]
        if context is None:
            return SafeString()
        return render_to_string(panel.template, {**shell, **context}, request=request)
    except Exception:  # a panel is another chapter's code: whatever it does, the page must stand
        logger.exception("panel %s of customer %s failed", panel.code, customer.pk)
        return render_to_string("accounts/_panel_fault.html", shell, request=request)
