"""Addresses of tiers."""

from django.urls import path

from segmentation.api.views import TierViewSet

urlpatterns = [
    path("tiers", TierViewSet.as_view({"get": "list"}), name="tiers"),
    path("tiers/history", TierViewSet.as_view({"get": "history"}), name="tier_history"),
]
