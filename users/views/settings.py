"""The way to everything that is set up here."""

from django.http import HttpResponse
from django.shortcuts import render

from crm.navigation import page_url
from users.registry import settings_pages
from users.requests import UserRequest


def settings(request: UserRequest) -> HttpResponse:
    """The pages of settings this user may read."""
    pages = [(one, page_url(one.url_name, request.user)) for one in settings_pages]
    return render(request, "users/settings_list.html", {"pages": [(one, href) for one, href in pages if href]})
