"""How the change log speaks of orders and products: who may read their changes, where they are shown."""

from typing import Any

from django.urls import reverse

from users.registry import change_permissions, record_urls
from users.roles import Permission


def _order_page(order_id: int, _fields: dict[str, Any]) -> str:
    return reverse("sales:order_detail", args=[order_id])


def _product_page(product_id: int, _fields: dict[str, Any]) -> str:
    return reverse("sales:product_detail", args=[product_id])


def _rate_page(_rate_id: int, _fields: dict[str, Any]) -> str:
    return reverse("sales:rate_list")


def register() -> None:
    """Fill the registries of the change log."""
    change_permissions.add("sales.order", Permission.ORDER_VIEW)
    change_permissions.add("sales.product", Permission.PRODUCT_VIEW)
    change_permissions.add("sales.category", Permission.PRODUCT_VIEW)
    change_permissions.add("sales.exchangerate", Permission.ORDER_VIEW)
    record_urls.add("sales.order", _order_page)
    record_urls.add("sales.product", _product_page)
    record_urls.add("sales.exchangerate", _rate_page)
