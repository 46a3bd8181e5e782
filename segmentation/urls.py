"""Addresses of this chapter."""

from django.urls import path

from segmentation.views import actions, lists

app_name = "segmentation"

urlpatterns = [
    path("tiers/customers/", lists.tier_list, name="tier_list"),
    path("tiers/movers/", lists.mover_list, name="mover_list"),
    path("tiers/pending/", lists.pending_list, name="pending_list"),
    path("tiers/runs/<int:tier_run_id>/", lists.run_detail, name="run_detail"),
    path("tiers/recompute/", actions.recompute, name="recompute"),
    path("customers/<int:customer_id>/tier/", actions.history, name="history"),
    path("customers/<int:customer_id>/tier/set/", actions.override, name="override"),
    path("customers/<int:customer_id>/tier/end/", actions.override_end, name="override_end"),
]
