"""The button that leads from a list to its export."""

from typing import Any

from django import template
from django.template.context import RequestContext
from django.urls import reverse

from jobs.exports.registry import list_exports

register = template.Library()


@register.inclusion_tag("jobs/_export_link.html", takes_context=True)
def export_link(context: RequestContext, code: str) -> dict[str, Any]:
    """A button to the export of a list with the filters of this page; nothing for whom it isn't."""
    request, of = context.get("request"), list_exports.get(code)
    if request is None or not request.user.may(of.permission) or not of.columns(request.user):
        return {"href": ""}
    params = request.GET.copy()
    for name in ("page", "after", "before"):
        params.pop(name, None)
    return {"href": f"{reverse('jobs:export_new', args=[code])}?{params.urlencode()}".rstrip("?")}
