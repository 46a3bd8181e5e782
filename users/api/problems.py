"""Errors as `application/problem+json` (RFC 9457), in the caller's language, with pointers to what is wrong."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.encoding import force_str
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.settings import api_settings

from crm.lib.registry import Registry
from crm.lib.requests import request_id
from users.errors import Invalid

MEDIA_TYPE = "application/problem+json"

Text = str | Promise
Fault = dict[str, str]

TITLES: dict[str, tuple[int, Text]] = {
    "malformed": (400, gettext_lazy("The request can't be read")),
    "invalid": (400, gettext_lazy("Something in the request doesn't fit")),
    "not-authenticated": (401, gettext_lazy("Say who you are")),
    "not-allowed": (403, gettext_lazy("Not allowed")),
    "not-found": (404, gettext_lazy("Not found")),
    "method-not-allowed": (405, gettext_lazy("This address doesn't take this method")),
    "not-acceptable": (406, gettext_lazy("Answers are JSON")),
    "conflict": (409, gettext_lazy("The state of the record doesn't allow this")),
    "in-flight": (409, gettext_lazy("The same call is being worked on")),
    "changed-meanwhile": (412, gettext_lazy("The record was changed meanwhile")),
    "too-large": (413, gettext_lazy("The request is too large")),
    "unsupported-media-type": (415, gettext_lazy("Send JSON")),
    "key-reused": (422, gettext_lazy("This Idempotency-Key was used for another call")),
    "refused": (422, gettext_lazy("A check refused it")),
    "if-match-missing": (428, gettext_lazy("Say which version you change")),
    "too-many-calls": (429, gettext_lazy("Too many calls")),
    "server-error": (500, gettext_lazy("Something went wrong on our side")),
    "unavailable": (503, gettext_lazy("Not available at the moment")),
}

_BY_STATUS = {
    400: "malformed",
    401: "not-authenticated",
    403: "not-allowed",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    409: "conflict",
    412: "changed-meanwhile",
    413: "too-large",
    415: "unsupported-media-type",
    428: "if-match-missing",
    429: "too-many-calls",
}


@dataclass
class Problem(Exception):
    """What is wrong with a call; raised by a view, or made from what a service raised."""

    code: str
    detail: Text = ""
    errors: Sequence[Fault] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return TITLES[self.code][0]

    def document(self, path: str = "") -> dict[str, Any]:
        """The problem as it is sent; in the active language."""
        said = {
            "type": f"urn:keystone:problem:{self.code}",
            "title": str(TITLES[self.code][1]),
            "status": self.status,
            "detail": str(self.detail),
            "instance": path,
            "request_id": request_id.get(),
        }
        return said | ({"errors": list(self.errors)} if self.errors else {})


@dataclass(frozen=True)
class Translator:
    """How one of an app's exceptions is told: its type, and the problem made of it."""

    exception: type[Exception] | tuple[type[Exception], ...]
    problem: Callable[[Any], Problem]


translators: Registry[Translator] = Registry("problems of the API")


def of(error: BaseException) -> Problem | None:
    """The problem that an exception is told as; None if it is a fault of ours."""
    if isinstance(error, Problem):
        return error
    for one in translators:
        if isinstance(error, one.exception):
            return one.problem(error)
    if isinstance(error, exceptions.APIException):
        return _of_rest_framework(error)
    if isinstance(error, Http404 | ObjectDoesNotExist):
        return Problem("not-found", _("There is no such record, or it is not yours to see."))
    if isinstance(error, PermissionDenied):
        return Problem("not-allowed", str(error) or _("This is not allowed here."))
    if isinstance(error, ValidationError):
        return Problem("invalid", errors=list(django_faults(error)))
    if isinstance(error, Invalid):
        faults = [fault(name, str(reason)) for name, reason in error.faults.items()]
        return Problem("invalid", errors=faults)
    if isinstance(error, OperationalError | InterfaceError):
        return Problem("unavailable", _("Try again in a moment."), headers={"Retry-After": "5"})
    return None


def fault(name: str, detail: str, *, at: str = "") -> Fault:
    """What is wrong with one field of the body; without a name with the whole."""
    return {"pointer": f"{at}/{name}" if name else at, "detail": detail}


def parameter_fault(name: str, detail: str) -> Fault:
    """What is wrong with a parameter of the address."""
    return {"pointer": "", "parameter": name, "detail": detail}


def django_faults(error: ValidationError, *, at: str = "") -> Iterator[Fault]:
    """The messages of a form, model or service."""
    if not hasattr(error, "error_dict"):
        yield from (fault("", text, at=at) for text in error.messages)
        return
    for name, texts in error.message_dict.items():
        yield from (fault("" if name == NON_FIELD_ERRORS else name, text, at=at) for text in texts)


def nested_faults(detail: Any, *, at: str = "") -> Iterator[Fault]:
    """The messages of a serializer, however deep."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            own = name == api_settings.NON_FIELD_ERRORS_KEY
            yield from nested_faults(inner, at=at if own else f"{at}/{_escaped(name)}")
    elif isinstance(detail, list | tuple):
        for place, inner in enumerate(detail):
            nested = isinstance(inner, Mapping | list | tuple)
            yield from nested_faults(inner, at=f"{at}/{place}" if nested else at)
    else:
        yield {"pointer": at, "detail": force_str(detail)}


def _escaped(name: object) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")


def _of_rest_framework(error: exceptions.APIException) -> Problem:
    if isinstance(error, exceptions.ValidationError):
        return Problem("invalid", errors=list(nested_faults(error.detail)))
    headers = {}
    if header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = header
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait))
    return Problem(_BY_STATUS[error.status_code], force_str(error.detail), headers=headers)


def handler(error: Exception, _context: Mapping[str, Any]) -> HttpResponse | None:
    """For the framework: the answer to an exception; None lets Django log it and answer by `answer`."""
    request: HttpRequest = _context["request"]._request
    problem = of(error)
    return None if problem is None else answer(problem, request.path)


def answer(problem: Problem, path: str) -> HttpResponse:
    """A problem as a response."""
    body = JSONRenderer().render(problem.document(path))
    return HttpResponse(body, status=problem.status, content_type=MEDIA_TYPE, headers=dict(problem.headers))
