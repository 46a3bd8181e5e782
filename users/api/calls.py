"""How a call is carried out: in one transaction, once for each `Idempotency-Key`, on the version it names."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.renderers import JSONRenderer
from rest_framework.viewsets import ViewSet

from users.api.problems import Problem
from users.api.requests import ApiRequest
from users.services import kept_answers

P = ParamSpec("P")
V = TypeVar("V", bound=ViewSet)

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_TAG = re.compile(r'(?:W/)?"([^"]*)"')
# Headers of an answer that are kept with it.
_KEPT = ("ETag", "Location")


def json_answer(data: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Data as a response."""
    body = JSONRenderer().render(data) if data is not None else b""
    return HttpResponse(body, status=status, content_type="application/json", headers=dict(headers or {}))


def writing(
    view: Callable[Concatenate[V, ApiRequest, P], HttpResponse],
) -> Callable[Concatenate[V, ApiRequest, P], HttpResponse]:
    """Carry out a writing view in one transaction; with an `Idempotency-Key` once.

    The answer is kept in that transaction. Refusals aren't kept: nothing was written, so the same call may be sent
    again. Raises Problem for a key that is malformed, in use at this moment, or was used for another call.
    """

    @wraps(view)
    def carried_out(self: V, request: ApiRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        key = request.headers.get("Idempotency-Key")
        with transaction.atomic():
            if key is None:
                return view(self, request, *args, **kwargs)
            return _once(request, key, lambda: view(self, request, *args, **kwargs))

    return cast("Callable[Concatenate[V, ApiRequest, P], HttpResponse]", carried_out)


def _once(request: ApiRequest, key: str, work: Callable[[], HttpResponse]) -> HttpResponse:
    if not _KEY.fullmatch(key):
        raise Problem("malformed", _("An Idempotency-Key has 1 to 255 visible ASCII characters."))
    if not kept_answers.claim(user=request.user, key=key):
        raise Problem("in-flight", _("A call with this Idempotency-Key is on its way."), headers={"Retry-After": "1"})
    digest = _digest(request)
    kept = kept_answers.find(user=request.user, key=key)
    if kept is not None:
        if kept.digest != digest:
            raise Problem("key-reused", _("Use a new Idempotency-Key for each call that says something else."))
        answer = HttpResponse(bytes(kept.body), status=kept.status, content_type="application/json")
        for name, value in kept.headers.items():
            answer[name] = value
        answer["Idempotent-Replayed"] = "true"
        return answer
    answer = work()
    headers = {name: answer[name] for name in _KEPT if name in answer}
    kept_answers.keep(
        user=request.user, key=key, digest=digest, status=answer.status_code, headers=headers, body=answer.content
    )
    return answer


def _digest(request: ApiRequest) -> str:
    """The hash of a call: method, address, and the body whatever its spaces and the order of its fields."""
    body = json.dumps(request.data, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(f"{request.method} {request.get_full_path()}\n{body}".encode()).hexdigest()


def tag(version: int) -> str:
    """The ETag of a record at a version."""
    return f'"v{version}"'


def require_version(request: ApiRequest, version: int, *, optional: bool = False) -> None:
    """Refuse a change of another version than the one the record has; ask on the locked row.

    Raises Problem: 428 without `If-Match`, 412 for another version.
    """
    given = request.headers.get("If-Match")
    if given is None:
        if optional:
            return
        raise Problem("if-match-missing", _("Send the ETag you read in the header If-Match."))
    if given.strip() == "*" or tag(version).strip('"') in _TAG.findall(given):
        return
    detail = _("The record is now at version %(version)s. Read it again.") % {"version": version}
    raise Problem("changed-meanwhile", detail, headers={"ETag": tag(version)})


def is_known(request: ApiRequest, version: int) -> bool:
    """Whether the caller has this version already (`If-None-Match`)."""
    given = request.headers.get("If-None-Match", "")
    return tag(version).strip('"') in _TAG.findall(given)
