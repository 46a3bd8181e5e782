"""The language of the signed-in user, and the door that the permission table guards."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from users.access import Caller, rules
from users.models import User
from users.queries import second_factor
from users.requests import is_api

# In a session: its user must set up a second factor before anything else.
MUST_SET_UP = "must_set_up_second_factor"
_WHILE_SETTING_UP = ("mfa_", "account_reauthenticate", "account_logout", "set_language", "users:language")

_READS = {"GET", "HEAD", "OPTIONS"}


class LanguageMiddleware:
    """Speak the user's language; before sign-in the cookie's, then the browser's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = _asked_for(request) if is_api(request) else _own_language(request)
        with translation.override(language or translation.get_language_from_request(request)):
            request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE
            response = self.get_response(request)
            patch_vary_headers(response, ("Accept-Language", "Cookie"))
            response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
            return response


def _own_language(request: HttpRequest) -> str:
    return request.user.language if request.user.is_authenticated else ""


def _asked_for(request: HttpRequest) -> str:
    """The first language of the header that we speak; a program has no other way to say it."""
    for code, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        try:
            return translation.get_supported_language_variant(code)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


class AccessMiddleware:
    """Refuse what the permission table doesn't allow, before anything is read or written.

    An address of the API asks the table itself (`users.api.permissions`), once it knows whose key was sent.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_args: Any) -> HttpResponseBase | None:
        """Let the view run, or send the caller to sign in, or refuse."""
        match = request.resolver_match
        here = match.view_name if match else ""
        rule = rules.find(here)
        if rule is None:
            raise PermissionDenied("this address is not in the permission table")
        if is_api(request):
            return None
        need = rule.read if request.method in _READS else rule.write
        if need is Caller.ANYONE:
            return None
        if not request.user.is_authenticated:
            # Back to the page afterwards; an address that only takes writes is no page to come back to.
            back = request.get_full_path() if request.method in _READS else "/"
            return redirect_to_login(back, settings.LOGIN_URL)
        if need is None:
            return HttpResponseNotAllowed(sorted(_READS))
        if not here.startswith(_WHILE_SETTING_UP) and waits_for_second_factor(request, request.user):
            if request.headers.get("HX-Request"):
                raise PermissionDenied
            return redirect("mfa_index")
        if need is not Caller.SIGNED_IN and not request.user.may(need):
            raise PermissionDenied
        return None


def waits_for_second_factor(request: HttpRequest, user: User) -> bool:
    """Whether nothing else opens to this session before a second factor; it forgets that as soon as there is one."""
    if MUST_SET_UP not in request.session:
        return False
    if not second_factor.has_one(user):
        return True
    del request.session[MUST_SET_UP]
    return False
