"""The bare limit of the order API: the same rows by the framework alone, behind the same middleware.

No key, scope, rules, change log, marks, events or kept answers. An URLconf for `bench_api`.
"""

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.urls import include, path
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.lib import dates
from crm.urls import urlpatterns as ours
from sales.models import Order, OrderLine
from users.access import OPEN, rules


class BareLine(serializers.ModelSerializer[OrderLine]):
    class Meta:
        model = OrderLine
        fields = ["description", "product", "quantity", "unit_price", "discount_percent", "tax_percent"]


class BareOrder(serializers.ModelSerializer[Order]):
    lines = BareLine(many=True)

    class Meta:
        model = Order
        fields = ["id", "source", "number", "state", "customer", "ordered_at", "currency", "note", "lines"]


def _made(data: dict[str, Any]) -> tuple[Order, list[OrderLine]]:
    rows = [
        OrderLine(position=at, net=row["quantity"] * row["unit_price"], **row)
        for at, row in enumerate(data.pop("lines"), 1)
    ]
    net = sum((row.net for row in rows), Decimal(0))
    return Order(**data, net=net, base_minor=int(net * 100), ordered_on=dates.business_day(data["ordered_at"])), rows


class BareCreate(generics.GenericAPIView):
    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()
    serializer_class = BareOrder
    queryset = Order.objects.all()

    def post(self, request: Request) -> Response:
        many = isinstance(request.data, list)
        serializer = self.get_serializer(data=request.data, many=many)
        serializer.is_valid(raise_exception=True)
        pairs = [_made(data) for data in (serializer.validated_data if many else [serializer.validated_data])]
        with transaction.atomic():
            Order.objects.bulk_create([order for order, _rows in pairs])
            for order, rows in pairs:
                for row in rows:
                    row.order = order
            OrderLine.objects.bulk_create([row for _order, rows in pairs for row in rows])
        return Response({"ids": [order.pk for order, _rows in pairs]}, status=201)


rules.add("bare_orders", OPEN)
urlpatterns = [path("api/bare", BareCreate.as_view(), name="bare_orders"), path("", include(ours))]
