"""Addresses of webhooks in the API."""

from django.urls import path

from jobs.api.webhooks import WebhookViewSet

_ONE = {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}

urlpatterns = [
    path("webhooks", WebhookViewSet.as_view({"get": "list", "post": "create"}), name="webhooks"),
    path("webhooks/<int:subscription_id>", WebhookViewSet.as_view(_ONE), name="webhook"),
    path("webhooks/<int:subscription_id>/secret", WebhookViewSet.as_view({"post": "renew"}), name="webhook_secret"),
    path("webhooks/<int:subscription_id>/replay", WebhookViewSet.as_view({"post": "replay"}), name="webhook_replay"),
    path(
        "webhooks/<int:subscription_id>/deliveries",
        WebhookViewSet.as_view({"get": "deliveries"}),
        name="webhook_deliveries",
    ),
]
