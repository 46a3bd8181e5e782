"""Addresses of orders, products, categories and exchange rates."""

from django.urls import path

from sales.api.orders import OrderViewSet
from sales.api.products import CategoryViewSet, ProductViewSet, RateViewSet
from users.api.views import Actions

_LIST: Actions = {"get": "list", "post": "create"}
_CHANGE: Actions = {"get": "retrieve", "put": "update", "patch": "partial_update"}
_EXTERNAL: Actions = {"get": "retrieve_external", "put": "upsert"}

urlpatterns = [
    path("orders", OrderViewSet.as_view(_LIST), name="orders"),
    path("orders/bulk", OrderViewSet.as_view({"post": "bulk"}), name="orders_bulk"),
    path("orders/<int:order_id>", OrderViewSet.as_view(_CHANGE), name="order"),
    path("orders/<int:order_id>/steps", OrderViewSet.as_view({"post": "step"}), name="order_steps"),
    path("orders/<int:order_id>/returns", OrderViewSet.as_view({"post": "take_back"}), name="order_returns"),
    path(
        "orders/by-external/<str:source>/<str:external_id>", OrderViewSet.as_view(_EXTERNAL), name="order_by_external"
    ),
    path("products", ProductViewSet.as_view(_LIST), name="products"),
    path("products/<int:product_id>", ProductViewSet.as_view(_CHANGE), name="product"),
    path("categories", CategoryViewSet.as_view(_LIST), name="categories"),
    path("rates", RateViewSet.as_view(_LIST), name="rates"),
    path("rates/<int:rate_id>", RateViewSet.as_view({"get": "retrieve", "patch": "partial_update"}), name="rate"),
]
