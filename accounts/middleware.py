"""Old addresses of merged customers lead to the record they went into."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.queries import redirects
from users.models import User

_READS = {"GET", "HEAD"}


class MergedCustomerMiddleware:
    """Where a page of a customer isn't found because it was merged, go to the same page of the survivor.

    Costs nothing unless the answer is 404. What was to be written is not repeated: the answer stays 404.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 404 and request.method in _READS:
            return _moved(request) or response
        return response


def _moved(request: HttpRequest) -> HttpResponse | None:
    match = request.resolver_match
    if match is None or "customer_id" not in match.kwargs or not isinstance(request.user, User):
        return None
    survivor = redirects.survivor_of(request.user, match.kwargs["customer_id"])
    if survivor is None:
        return None
    address = reverse(match.view_name, kwargs={**match.kwargs, "customer_id": survivor})
    query = request.META.get("QUERY_STRING", "")
    return HttpResponseRedirect(f"{address}?{query}" if query else address)
