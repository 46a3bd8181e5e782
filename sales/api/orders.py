"""Orders: listed, read, created, changed, moved through their states, taken back."""

from collections.abc import Collection, Sequence
from typing import Any

from django.db.models import QuerySet, prefetch_related_objects
from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.utils import extend_schema

from accounts.constants import Door
from accounts.services import reads
from sales.api import bulk, reading
from sales.api.examples import shown
from sales.api.serializers import (
    BulkAnswerSerializer,
    BulkSerializer,
    OrderChangeSerializer,
    OrderQuery,
    OrderSerializer,
    OrderUpsertSerializer,
    ReturnSerializer,
    StepSerializer,
)
from sales.constants import OrderState
from sales.models import Order, OrderLine
from sales.services import order_steps, orders, returns
from sales.services.order_rules import OrderInput
from sales.services.order_steps import Step
from sales.services.returns import ReturnLine
from users.api import calls, external
from users.api.problems import Fault, Problem
from users.api.requests import ApiRequest
from users.api.serializers import chosen_fields, read_query
from users.api.views import ApiViewSet, no_parameters, not_modified, page_answer, read_fields, row_answer
from users.constants import Cause
from users.models import User
from users.services import external_ids

RESOURCE = "order"


class OrderViewSet(ApiViewSet):
    """Orders and returns of customers within the caller's reach."""

    @extend_schema(
        tags=["orders"], summary="List orders", parameters=[OrderQuery], responses=OrderSerializer(many=True)
    )
    def list(self, request: ApiRequest) -> HttpResponse:
        """Orders by id or by moment of change."""
        query = read_query(OrderQuery, request.query_params)
        answer, found = page_answer(_matching(request.user, query), query, OrderSerializer, prepare=_fetch_lines)
        reads.note(by=request.user, customer_ids={row.customer_id for row in found}, door=Door.API)
        return answer

    @extend_schema(tags=["orders"], summary="Read an order", responses=OrderSerializer)
    def retrieve(self, request: ApiRequest, order_id: int) -> HttpResponse:
        """One order with its lines, and its version as ETag."""
        return _shown(request, Order.objects.visible_to(request.user).get(pk=order_id))

    @extend_schema(
        tags=["orders"],
        summary="Create an order",
        request=OrderSerializer,
        responses={201: OrderSerializer},
        examples=shown("order_create"),
    )
    @calls.writing
    def create(self, request: ApiRequest) -> HttpResponse:
        """A new order or return with its lines. One that counts as sales is checked."""
        no_parameters(request)
        said = self.body(request, OrderSerializer)
        return _created(_accepted(reading.order_input(said, reading.Names([said], request.user))), request.user)

    @extend_schema(
        tags=["orders"],
        operation_id="orders_bulk_create",
        summary="Create many orders",
        request=BulkSerializer,
        responses=BulkAnswerSerializer,
        examples=shown("orders_bulk"),
    )
    @calls.writing
    def bulk(self, request: ApiRequest) -> HttpResponse:
        """Up to 5,000 orders in one call, with a result for each: one that doesn't fit loses no other."""
        no_parameters(request)
        said = self.body(request, BulkSerializer)
        return calls.json_answer(bulk.create(said["orders"], by=request.user, keep=said["existing"] == "keep"))

    @extend_schema(
        tags=["orders"], summary="Replace an order", request=OrderChangeSerializer, responses=OrderSerializer
    )
    @calls.writing
    def update(self, request: ApiRequest, order_id: int) -> HttpResponse:
        """Header and lines; what isn't said becomes empty."""
        return self._change(request, order_id, OrderChangeSerializer, partial=False)

    @extend_schema(
        tags=["orders"],
        summary="Change an order",
        request=OrderChangeSerializer,
        responses=OrderSerializer,
        examples=shown("order_change"),
    )
    @calls.writing
    def partial_update(self, request: ApiRequest, order_id: int) -> HttpResponse:
        """Only what is said; lines that are said take the place of all lines."""
        return self._change(request, order_id, OrderChangeSerializer, partial=True)

    @extend_schema(
        tags=["orders"],
        summary="Take a step with an order",
        request=StepSerializer,
        responses=OrderSerializer,
        examples=shown("order_step"),
        extensions={"x-takes-version": True},
    )
    @calls.writing
    def step(self, request: ApiRequest, order_id: int) -> HttpResponse:
        """Confirm, ship, complete, cancel or re-open. If-Match is optional."""
        no_parameters(request)
        order = _locked(request.user, order_id)
        calls.require_version(request, order.version, optional=True)
        said = self.body(request, StepSerializer)
        order = order_steps.take(
            order_id=order.pk, version=order.version, step=Step(said["step"]), by=request.user, cause=Cause.API
        )
        return row_answer(order, OrderSerializer)

    @extend_schema(
        tags=["orders"],
        operation_id="orders_returns_create",
        summary="Take goods back",
        request=ReturnSerializer,
        responses={201: OrderSerializer},
        examples=shown("order_return"),
    )
    @calls.writing
    def take_back(self, request: ApiRequest, order_id: int) -> HttpResponse:
        """A return of some of an order's goods."""
        no_parameters(request)
        _locked(request.user, order_id)
        said = self.body(request, ReturnSerializer)
        lines = [ReturnLine(line["position"], line["quantity"]) for line in said.pop("lines")]
        made = returns.create_return(original_id=order_id, lines=lines, by=request.user, cause=Cause.API, **said)
        return row_answer(made, OrderSerializer, status=201, location=reverse("api:order", args=[made.pk]))

    @extend_schema(
        tags=["orders"],
        operation_id="orders_by_external_retrieve",
        summary="Read an order by its source and number",
        responses=OrderSerializer,
    )
    def retrieve_external(self, request: ApiRequest, source: str, external_id: str) -> HttpResponse:
        """The order with this number."""
        name = external.clean(source, external_id)
        rows = Order.objects.visible_to(request.user)
        return _shown(request, rows.get(source=name["source"], number=name["external_id"]))

    @extend_schema(
        tags=["orders"],
        operation_id="orders_by_external_update",
        summary="Create or change an order by its source and number",
        request=OrderUpsertSerializer,
        responses={200: OrderSerializer, 201: OrderSerializer},
        examples=shown("order_upsert"),
    )
    @calls.writing
    def upsert(self, request: ApiRequest, source: str, external_id: str) -> HttpResponse:
        """Creates it the first time; later brings it to what is said, state included. If-Match is optional."""
        no_parameters(request)
        name = external.clean(source, external_id)
        external_ids.claim(resource=RESOURCE, **name)
        rows = Order.objects.visible_to(request.user).filter(source=name["source"], number=name["external_id"])
        found = rows.values_list("pk", flat=True).first()
        if found is not None:
            return self._change(request, found, OrderUpsertSerializer, partial=True, optional=True)
        said = self.body(request, OrderUpsertSerializer)
        said |= {"source": name["source"], "number": name["external_id"]}
        return _created(_accepted(reading.order_input(said, reading.Names([said], request.user))), request.user)

    def _change(
        self,
        request: ApiRequest,
        order_id: int,
        serializer_class: type[OrderSerializer],
        *,
        partial: bool,
        optional: bool = False,
    ) -> HttpResponse:
        no_parameters(request)
        order = _locked(request.user, order_id)
        calls.require_version(request, order.version, optional=optional)
        said = self.body(request, serializer_class, partial=partial)
        wanted = said.pop("state", None)
        if said:
            new = _accepted(reading.changed_input(order, said, request.user, partial=partial))
            order = orders.update_order(
                order_id=order.pk, version=order.version, new=new, by=request.user, cause=Cause.API
            )
        if wanted is not None:
            order = order_steps.bring_to(order=order, state=OrderState(wanted), by=request.user, cause=Cause.API)
        return row_answer(order, OrderSerializer)


def _matching(user: User, query: dict[str, Any]) -> QuerySet[Order]:
    rows = Order.objects.visible_to(user)
    wanted = {
        "customer_id": query["customer_id"],
        "source": query["source"],
        "number": query["number"],
        "kind": query["kind"],
        "state__in": sorted(query["state"]),
        "currency": query["currency"].upper(),
        "ordered_on__gte": query["ordered_from"],
        "ordered_on__lte": query["ordered_to"],
        "updated_at__gte": query["updated_since"],
        "is_unmatched": query["is_unmatched"],
    }
    rows = rows.filter(**{name: value for name, value in wanted.items() if value not in ("", None, [])})
    if query["product_id"] is not None:
        rows = rows.filter(pk__in=OrderLine.objects.filter(product_id=query["product_id"]).values("order_id"))
    return rows


def _fetch_lines(rows: Sequence[Any], only: Collection[str] | None) -> None:
    if only is None or "lines" in only:
        prefetch_related_objects(list(rows), "lines")


def _locked(user: User, order_id: int) -> Order:
    return Order.objects.select_for_update(of=("self",)).visible_to(user).get(pk=order_id)


def _accepted(read: tuple[OrderInput | None, list[Fault]]) -> OrderInput:
    new, faults = read
    if new is None:
        raise Problem("invalid", errors=faults)
    return new


def _created(new: OrderInput, by: User) -> HttpResponse:
    order = orders.create_order(new=new, by=by, cause=Cause.API)
    return row_answer(order, OrderSerializer, status=201, location=reverse("api:order", args=[order.pk]))


def _shown(request: ApiRequest, order: Order) -> HttpResponse:
    only = chosen_fields(OrderSerializer, read_fields(request))
    reads.note(by=request.user, customer_ids=[order.customer_id], door=Door.API)
    if calls.is_known(request, order.version):
        return not_modified(order.version)
    return row_answer(order, OrderSerializer, only=only)
