"""All addresses. Each one is in the permission table, or closed."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

urlpatterns: list[URLPattern | URLResolver] = [
    path("language/", set_language, name="set_language"),
    path("sign-in/", include("allauth.account.urls")),
]

if settings.DEBUG:
    from crm.styleguide import styleguide

    urlpatterns.append(path("styleguide/", styleguide, name="styleguide"))
