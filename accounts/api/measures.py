"""What chapters know of customers: the catalogue, and the values. Industries and regions."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from drf_spectacular.utils import extend_schema

from accounts.api.customers import visible
from accounts.api.serializers import MeasureSerializer, MeasureValueSerializer, NamedSerializer
from accounts.constants import Door
from accounts.measures import Measure, MeasureKind, visible_measures
from accounts.models import Customer, Industry, Region
from accounts.services import reads
from crm.lib import money
from users.api import calls
from users.api.people import ByIdQuery
from users.api.requests import ApiRequest
from users.api.serializers import read_query
from users.api.views import ApiViewSet, no_parameters, page_answer


class MeasureViewSet(ApiViewSet):
    """Measures the caller may see."""

    @extend_schema(tags=["measures"], summary="List measures", responses=MeasureSerializer(many=True))
    def list(self, request: ApiRequest) -> HttpResponse:
        """The whole catalogue, in one page."""
        no_parameters(request)
        found = MeasureSerializer(visible_measures(request.user), many=True).data
        return calls.json_answer({"results": found, "next_cursor": None})

    @extend_schema(
        tags=["measures"],
        operation_id="measure_values_list",
        summary="List the values of a measure",
        parameters=[ByIdQuery],
        responses=MeasureValueSerializer(many=True),
    )
    def values(self, request: ApiRequest, code: str) -> HttpResponse:
        """Each customer's value, by customer."""
        measure = next((one for one in visible_measures(request.user) if one.code == code), None)
        if measure is None:
            raise Http404
        query = read_query(ByIdQuery, request.query_params)
        rows = Customer.objects.visible_to(request.user).select_related(measure.relation).only("id", measure.relation)

        def prepare(found: Any, _only: Any) -> None:
            for row in found:
                for name, value in _value(row, measure).items():
                    setattr(row, name, value)

        answer, found = page_answer(rows, query, MeasureValueSerializer, prepare=prepare)
        reads.note(by=request.user, customer_ids=[row.pk for row in found], door=Door.API)
        return answer

    @extend_schema(
        tags=["measures"],
        operation_id="customer_measures_list",
        summary="List the measures of a customer",
        responses=MeasureValueSerializer(many=True),
    )
    def of_customer(self, request: ApiRequest, customer_id: int) -> HttpResponse:
        """Every value the caller may see, in one page."""
        no_parameters(request)
        row = visible(request.user, customer_id)
        reads.note(by=request.user, customer_ids=[row.pk], door=Door.API)
        return calls.json_answer({"results": list(_values(row, request.user)), "next_cursor": None})


class IndustryViewSet(ApiViewSet):
    """Industries, to be read."""

    @extend_schema(
        tags=["lists"], summary="List industries", parameters=[ByIdQuery], responses=NamedSerializer(many=True)
    )
    def list(self, request: ApiRequest) -> HttpResponse:
        """The industries that customers are described with."""
        query = read_query(ByIdQuery, request.query_params)
        return page_answer(Industry.objects.all(), query, NamedSerializer)[0]


class RegionViewSet(ApiViewSet):
    """Regions, to be read."""

    @extend_schema(tags=["lists"], summary="List regions", parameters=[ByIdQuery], responses=NamedSerializer(many=True))
    def list(self, request: ApiRequest) -> HttpResponse:
        """The regions that customers are described with."""
        query = read_query(ByIdQuery, request.query_params)
        return page_answer(Region.objects.all(), query, NamedSerializer)[0]


def _values(row: Customer, user: Any) -> Iterator[dict[str, Any]]:
    for measure in visible_measures(user):
        yield _value(row, measure)


def _value(row: Customer, measure: Measure) -> dict[str, Any]:
    """A customer's value of a measure, worded as the API words amounts and days."""
    standing = getattr(row, measure.relation, None)
    value: Any = getattr(standing, measure.column, None)
    if value is not None and measure.kind is MeasureKind.MONEY:
        value = money.from_minor(value, settings.BASE_CURRENCY)
    if isinstance(value, dt.date):
        value = value.isoformat()
    reason = getattr(standing, measure.reason_column, "") if measure.reason_column else ""
    worded = f"{value:f}" if isinstance(value, Decimal) else str(value) if value not in (None, "") else None
    return {"customer_id": row.pk, "code": measure.code, "value": worded, "reason": reason if worded is None else ""}
