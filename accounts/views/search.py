"""The search: customers, contacts, and what chapters add."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext

from accounts.queries import searching
from crm.lib import display
from users.requests import UserRequest


def search(request: UserRequest) -> HttpResponse:
    """All hits as a page; as a fragment for the field in the bar. An only hit for Enter is opened."""
    query = request.GET.get("q", "").strip()[:100]
    fragment = bool(request.htmx)  # type: ignore[attr-defined]
    found = searching.everything(request.user, query, limit=5 if fragment else searching.LIMIT)
    hits = [hit for part in found for hit in part.hits]
    if len(hits) == 1 and not fragment:
        return redirect(hits[0].url)
    said = ngettext("%(n)s hit", "%(n)s hits", len(hits)) % {"n": display.number(len(hits))}
    context = {"query": query, "found": found, "status": said}
    return render(request, "search.html#hits" if fragment else "search.html", context)
