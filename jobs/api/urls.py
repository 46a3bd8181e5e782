"""Addresses of webhooks, runs, imports and tasks in the API."""

from typing import Any

from django.urls import path

from jobs.api.webhooks import WebhookViewSet
from jobs.api.work import ImportViewSet, RunViewSet, TaskViewSet

_ONE: dict[str, Any] = {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}

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
    path("runs", RunViewSet.as_view({"get": "list"}), name="runs"),
    path("runs/<int:run_id>", RunViewSet.as_view({"get": "retrieve"}), name="run"),
    path("imports", ImportViewSet.as_view({"get": "list"}), name="imports"),
    path("imports/<int:import_id>", ImportViewSet.as_view({"get": "retrieve"}), name="import"),
    path("tasks", TaskViewSet.as_view({"get": "list"}), name="tasks"),
    path("tasks/<int:task_id>", TaskViewSet.as_view({"get": "retrieve"}), name="task"),
    path("tasks/<int:task_id>/complete", TaskViewSet.as_view({"post": "complete"}), name="task_complete"),
]
