"""Calls on orders and products as a newcomer would send them."""

from users.api import examples
from users.api.examples import Example

_PUMP = {"product_code": "PUMP-3", "quantity": "2", "unit_price": "1450.00", "discount_percent": "5"}
_WORK = {"description": "Installation", "quantity": "8", "unit_price": "60.00"}

examples.add(
    Example(
        "product_create",
        "post",
        "/api/v1/products",
        {"code": "PUMP-3", "name": "Pump, three stages", "unit": "pc", "standard_cost": "870", "list_price": "1500"},
        201,
    ),
    Example(
        "order_create",
        "post",
        "/api/v1/orders",
        {
            "source": "erp",
            "number": "SO-4711",
            "customer_code": "ERP-100",
            "state": "confirmed",
            "ordered_at": "2026-10-05T09:30:00+08:00",
            "currency": "CNY",
            "lines": [_PUMP, _WORK],
        },
        201,
        {"Idempotency-Key": "order-SO-4711"},
    ),
    Example(
        "order_change",
        "patch",
        "/api/v1/orders/{order}",
        {"promised_on": "2026-10-20", "note": "Deliver to gate 4"},
        200,
        {"If-Match": "*"},
    ),
    Example("order_step", "post", "/api/v1/orders/{order}/steps", {"step": "ship"}, 200),
    Example(
        "order_return",
        "post",
        "/api/v1/orders/{order}/returns",
        {"returned_at": "2026-10-30T10:00:00+08:00", "lines": [{"position": 1, "quantity": "1"}]},
        201,
    ),
    Example(
        "order_upsert",
        "put",
        "/api/v1/orders/by-external/erp/SO-4712",
        {
            "customer_external_id": "100234",
            "state": "confirmed",
            "ordered_at": "2026-10-06T10:00:00+08:00",
            "currency": "CNY",
            "lines": [_WORK],
        },
        201,
    ),
    Example(
        "orders_bulk",
        "post",
        "/api/v1/orders/bulk",
        {
            "existing": "keep",
            "orders": [
                {
                    "source": "erp",
                    "number": "SO-4713",
                    "customer_code": "ERP-100",
                    "state": "confirmed",
                    "ordered_at": "2026-10-07T09:30:00+08:00",
                    "currency": "CNY",
                    "lines": [_PUMP],
                }
            ],
        },
        200,
    ),
)

shown = examples.of
