"""Errors outside the API's views: an address that isn't there, a broken request, a fault of ours."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views import defaults

from users.api.problems import Problem, answer
from users.requests import is_api


def bad_request(request: HttpRequest, exception: Exception) -> Any:
    """400 as the caller reads it."""
    if is_api(request):
        return answer(Problem("malformed", _("The request can't be read.")), request.path)
    return defaults.bad_request(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> Any:
    """403 as the caller reads it."""
    if is_api(request):
        return answer(Problem("not-allowed", _("This is not allowed here.")), request.path)
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> Any:
    """404 as the caller reads it."""
    if is_api(request):
        return answer(Problem("not-found", _("There is no such address.")), request.path)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """500 as the caller reads it; what happened stands in the log under the request id."""
    if is_api(request):
        return answer(Problem("server-error", _("Nothing was changed. Tell us the request id.")), request.path)
    return defaults.server_error(request)
