"""A request id on every request, in every log line, change set and error page."""

import logging
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from crm.lib.requests import is_program, request_id


class RequestIdMiddleware:
    """Give each request an id of our own making; the caller's is not trusted."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = request_id.set(uuid.uuid4().hex[:16])
        door = is_program.set(request.path.startswith("/api/"))
        try:
            response = self.get_response(request)
            response["X-Request-Id"] = request_id.get()
            return response
        finally:
            request_id.reset(token)
            is_program.reset(door)


class RequestIdFilter(logging.Filter):
    """Put the request id on log records."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get() or "-"
        return True
