"""All addresses. Each one is in the permission table, or closed."""

from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

urlpatterns: list[URLPattern | URLResolver] = [
    path("language/", set_language, name="set_language"),
    path("sign-in/", include("allauth.account.urls")),
]
