"""Addresses of customers, contacts, lists and measures."""

from django.urls import path

from accounts.api.contacts import ContactViewSet
from accounts.api.customers import CustomerViewSet
from accounts.api.measures import IndustryViewSet, MeasureViewSet, RegionViewSet
from users.api.views import Actions

_CHANGE: Actions = {"get": "retrieve", "put": "update", "patch": "partial_update"}
_EXTERNAL: Actions = {"get": "retrieve_external", "put": "upsert"}

urlpatterns = [
    path("customers", CustomerViewSet.as_view({"get": "list", "post": "create"}), name="customers"),
    path("customers/<int:customer_id>", CustomerViewSet.as_view(_CHANGE), name="customer"),
    path("customers/<int:customer_id>/stage", CustomerViewSet.as_view({"post": "stage"}), name="customer_stage"),
    path("customers/<int:customer_id>/owner", CustomerViewSet.as_view({"post": "owner"}), name="customer_owner"),
    path(
        "customers/<int:customer_id>/proposals",
        CustomerViewSet.as_view({"post": "propose"}),
        name="customer_proposals",
    ),
    path(
        "customers/<int:customer_id>/measures",
        MeasureViewSet.as_view({"get": "of_customer"}),
        name="customer_measures",
    ),
    path(
        "customers/by-external/<str:source>/<str:external_id>",
        CustomerViewSet.as_view(_EXTERNAL),
        name="customer_by_external",
    ),
    path("contacts", ContactViewSet.as_view({"get": "list", "post": "create"}), name="contacts"),
    path("contacts/<int:contact_id>", ContactViewSet.as_view(_CHANGE | {"delete": "destroy"}), name="contact"),
    path("measures", MeasureViewSet.as_view({"get": "list"}), name="measures"),
    path("measures/<str:code>/values", MeasureViewSet.as_view({"get": "values"}), name="measure_values"),
    path("industries", IndustryViewSet.as_view({"get": "list"}), name="industries"),
    path("regions", RegionViewSet.as_view({"get": "list"}), name="regions"),
]
