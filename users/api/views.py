"""The views of the API are viewsets of this kind; each says in plain methods what it reads or writes."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.viewsets import ViewSet

from users.api import calls, paging
from users.api.authentication import KeyAuthentication, SessionAuthentication
from users.api.parsers import JsonParser
from users.api.permissions import InTable
from users.api.rates import PerMinute
from users.api.requests import ApiRequest
from users.api.serializers import StrictSerializer, chosen_fields, read_query

# Methods of HTTP → methods of a viewset, as its `as_view` takes them.
Actions = dict[str, Any]
Prepare = Callable[[Sequence[Any], Collection[str] | None], None]


class ApiViewSet(ViewSet):
    """Who calls, whether they may, how often: asked before any view runs."""

    authentication_classes = (KeyAuthentication, SessionAuthentication)
    permission_classes = (InTable,)
    throttle_classes = (PerMinute,)
    parser_classes = (JsonParser,)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Tell each caller how many calls are left; nothing of an answer is kept on its way."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        rate = getattr(getattr(request, "_request", request), "rate", None)
        for name, value in (rate.headers() if rate else {}).items():
            answer[name] = value
        answer.headers.setdefault("Cache-Control", "no-store")
        return answer

    @staticmethod
    def body(request: ApiRequest, serializer_class: type[StrictSerializer], *, partial: bool = False) -> dict[str, Any]:
        """What a call says, checked. Raises ValidationError with pointers."""
        serializer = serializer_class(data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class OneQuery(StrictSerializer):
    """What reading one record takes from its address."""

    fields_ = serializers.CharField(
        allow_blank=True,
        default="",
        max_length=1000,
        help_text="Names of the fields to be given, with commas between.",
    )

    def get_fields(self) -> dict[str, Any]:
        """`fields` is taken by the framework itself: the parameter is put in under its own name."""
        return {name.rstrip("_"): field for name, field in super().get_fields().items()}


def read_fields(request: ApiRequest) -> str:
    """The fields of one record that are asked for. Raises Problem for any other parameter."""
    return str(read_query(OneQuery, request.query_params)["fields"])


def no_parameters(request: ApiRequest) -> None:
    """Refuse parameters where an address takes none. Raises Problem."""
    read_query(StrictSerializer, request.query_params)


def page_answer(
    rows: QuerySet[Any],
    query: Mapping[str, Any],
    serializer_class: type[StrictSerializer],
    *,
    prepare: Prepare | None = None,
) -> tuple[HttpResponse, list[Any]]:
    """One page of rows as the query asks for it, and the rows; `prepare` fetches what the fields need besides."""
    only = chosen_fields(serializer_class, query["fields"])
    found = paging.page(rows, order=query["order"], cursor=query["cursor"], limit=query["limit"])
    if prepare is not None:
        prepare(found.rows, only)
    data = serializer_class(found.rows, many=True, only=only).data
    return calls.json_answer({"results": data, "next_cursor": found.next or None}), found.rows


def row_answer(
    row: Any,
    serializer_class: type[StrictSerializer],
    *,
    status: int = 200,
    only: Collection[str] | None = None,
    location: str = "",
) -> HttpResponse:
    """One record, with its version as ETag."""
    headers = {"ETag": calls.tag(row.version)} | ({"Location": location} if location else {})
    return calls.json_answer(serializer_class(row, only=only).data, status=status, headers=headers)


def not_modified(version: int) -> HttpResponse:
    """What the caller has is still so."""
    return HttpResponse(status=304, headers={"ETag": calls.tag(version)})
