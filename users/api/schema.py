"""How the OpenAPI document is made: pages, problems and headers, the same for every resource."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from crm.lib.registry import Registry
from users.api.problems import MEDIA_TYPE, TITLES

_PROBLEM = {"$ref": "#/components/schemas/Problem"}
_FAULT = {
    "type": "object",
    "required": ["pointer", "detail"],
    "properties": {
        "pointer": {"type": "string", "description": "JSON pointer into the body; empty for the whole."},
        "parameter": {"type": "string", "description": "The parameter of the address, where it is one."},
        "detail": {"type": "string"},
    },
}
_DOCUMENT = {
    "type": "object",
    "description": "An error (RFC 9457), in the language that Accept-Language asks for.",
    "required": ["type", "title", "status", "detail", "instance", "request_id"],
    "properties": {
        "type": {"type": "string", "enum": [f"urn:keystone:problem:{code}" for code in TITLES]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "request_id": {"type": "string", "description": "Names this call in our logs and change log."},
        "errors": {"type": "array", "items": _FAULT},
    },
}
_WORDS = {
    "400": "The request can't be read, or something in it doesn't fit.",
    "401": "No key, or one that is unknown, withdrawn or expired.",
    "403": "The caller may not do this.",
    "404": "No such record, or not the caller's to see.",
    "409": "The record's state doesn't allow it, or the same call is being worked on.",
    "412": "The record was changed meanwhile.",
    "413": "The body is too large.",
    "415": "The body isn't JSON.",
    "422": "The Idempotency-Key was used for another call, or a check refused it.",
    "428": "The header If-Match is missing.",
    "429": "Too many calls in this minute; Retry-After says when to go on.",
    "default": "Any other error.",
}
_KEY_HEADER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{1,255}$"},
    "description": "Sent again with the same body, the call is answered as the first time and does nothing. "
    "Kept for 30 days.",
}
_MATCH_HEADER = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "The ETag of the version you change, or `*`. Without it: 428.",
}


class PageSchema(AutoSchema):
    """Lists are pages with a cursor; the words of an operation are those of its view."""

    def _get_paginator(self) -> "PageSchema":
        return self

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """One page."""
        return {
            "type": "object",
            "required": ["results", "next_cursor"],
            "properties": {"results": schema, "next_cursor": {"type": ["string", "null"]}},
        }

    def get_paginated_name(self, serializer_name: str) -> str:
        """What a page of these is called."""
        return f"{serializer_name}Page"

    def get_schema_operation_parameters(self, _view: Any) -> list[Any]:
        """Cursor and limit stand among the list's own parameters."""
        return []

    def get_filter_backends(self) -> list[Any]:
        """Filters stand among the list's own parameters."""
        return []


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Keys, as the document tells of them."""

    target_class = "users.api.authentication.KeyAuthentication"
    name = "key"

    def get_security_definition(self, _auto_schema: Any) -> dict[str, Any]:
        """A bearer token."""
        return {"type": "http", "scheme": "bearer", "description": "A key such as `ks_…`, made under Settings."}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Sessions, as the document tells of them."""

    target_class = "users.api.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, _auto_schema: Any) -> dict[str, Any]:
        """The session cookie."""
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


# Parameters that an operation's view can't name: by address, a function that gives them when all apps are there.
more_parameters: Registry[Callable[[], list[dict[str, Any]]]] = Registry("parameters of the API")


def say_what_is_common(result: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
    """Put problems and the common headers on every operation (a post-processing hook)."""
    for path in more_parameters.keys():  # noqa: SIM118 - a Registry iterates over its entries
        result["paths"][path]["get"].setdefault("parameters", []).extend(more_parameters.get(path)())
    result["components"].setdefault("schemas", {})["Problem"] = _DOCUMENT
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            _complete(path, method, operation)
    return result


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    statuses = ["400", "401", "403", "404", "429", "default"]
    parameters = operation.setdefault("parameters", [])
    if method in ("post", "put", "patch", "delete"):
        statuses += ["409", "413", "415", "422"]
        parameters.append(_KEY_HEADER)
        if method != "post" or operation.get("x-takes-version"):
            statuses += ["412", "428"]
            parameters.append(_MATCH_HEADER)
    if not parameters:
        del operation["parameters"]
    for status in statuses:
        content = {MEDIA_TYPE: {"schema": _PROBLEM}}
        operation["responses"].setdefault(status, {"description": _WORDS[status], "content": content})
