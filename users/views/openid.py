"""Signing in through the identity provider, with words for when it is down."""

import logging
from collections.abc import Callable

from allauth.socialaccount.providers.openid_connect import views as library
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from requests import RequestException

logger = logging.getLogger(__name__)


def begin(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Send the caller to the provider."""
    return _try(library.login, request, provider_id)


def back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """What the provider says of the caller."""
    return _try(library.callback, request, provider_id)


def _try(view: Callable[[HttpRequest, str], HttpResponse], request: HttpRequest, provider_id: str) -> HttpResponse:
    try:
        return view(request, provider_id)
    except RequestException as error:
        logger.warning("the identity provider doesn't answer: %s", error)
        messages.error(request, _("The identity provider doesn't answer. Try later, or sign in with your password."))
        return redirect("account_login")
