"""Addresses of the dashboards."""

from django.urls import path

from dashboards import views

app_name = "dashboards"

urlpatterns = [
    path("tiers/", views.tiers, name="tiers"),
    path("my-accounts/", views.my_accounts, name="my_accounts"),
]
