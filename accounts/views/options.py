"""Answers for fields that are filled in by typing: at most twenty, nothing out of scope."""

from django.http import JsonResponse
from django.utils.translation import gettext as _

from accounts.queries import searching
from users.requests import UserRequest
from users.roles import Permission

# For what an owner is looked for: the right that decides whom the user may choose.
_PURPOSES = {
    "": Permission.CUSTOMER_VIEW,
    "create": Permission.CUSTOMER_CREATE,
    "reassign": Permission.CUSTOMER_REASSIGN,
}


def customer_options(request: UserRequest) -> JsonResponse:
    """Visible customers that match what is typed."""
    rows = searching.customers_named(request.user, request.GET.get("q", ""), limit=_limit(request))
    results = [{"value": str(row.pk), "label": str(row), "sub": f"{row.code} · {row.name}"} for row in rows]
    return JsonResponse({"results": results, "none": _("No customer of yours matches.")})


def user_options(request: UserRequest) -> JsonResponse:
    """People who can own customers, as far as the user may give them any."""
    query = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    permission = _PURPOSES.get(request.GET.get("for", ""), Permission.CUSTOMER_VIEW)
    people = searching.owners_named(request.user, permission, query, limit=_limit(request))
    results = [{"value": str(one.pk), "label": str(one), "sub": str(one.department or "")} for one in people]
    return JsonResponse({"results": results, "none": _("Nobody who can own customers matches.")})


def person_options(request: UserRequest) -> JsonResponse:
    """Colleagues of any department, by name."""
    query = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    people = searching.people_named(query, limit=_limit(request))
    results = [{"value": str(one.pk), "label": str(one), "sub": str(one.department or "")} for one in people]
    return JsonResponse({"results": results, "none": _("No colleague matches.")})


def _limit(request: UserRequest) -> int:
    given = request.GET.get("limit", "")
    asked = int(given) if given.isascii() and given.isdecimal() and len(given) < 4 else searching.LIMIT
    return max(1, min(asked, searching.LIMIT))
