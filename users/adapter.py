"""How sign-in behaves here: accounts are made by an administrator, and ten wrong passwords lock one."""

import datetime as dt
import math
import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.core.internal import ratelimit
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm.lib import dates
from users.middleware import MUST_SET_UP
from users.models import User
from users.queries import people, second_factor
from users.services import people as people_services

_MISMATCH = gettext_lazy("User name or password is wrong. After ten wrong passwords the account is locked for a while.")
_LIMIT = {"app": "allauth.account", "action": "login_failed"}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-in by administrators' accounts only, with a lock-out that names its end."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _MISMATCH,
        "email_password_mismatch": _MISMATCH,
        "enter_current_password": gettext_lazy("This is not your present password."),
        "incorrect_password": gettext_lazy("This is not your password."),
        "too_many_login_attempts": gettext_lazy("Too many wrong tries. Try again in a quarter of an hour."),
        "rate_limited": gettext_lazy("Too many wrong tries. Try again in a quarter of an hour."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up by themselves."""
        return False

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to the profile."""
        return reverse("users:profile")

    def set_password(self, user: User, password: str) -> None:
        """A person's own new password, logged as every change is."""
        people_services.set_password(user=user, password=password, by=user)

    def is_reauthentication_required(self, *, app: str) -> bool:
        """Ask again who it is before something that matters, unless that was said a moment ago, at sign-in say."""
        request = context.request
        records = get_authentication_records(request, request.user)
        return not any(time.time() - record["at"] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT for record in records)

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Whose role asks for a second factor and who has none sets one up before anything else."""
        answer: HttpResponse = super().post_login(request, user, **kwargs)
        if second_factor.must_have_one(user) and not second_factor.has_one(user):
            request.session[MUST_SET_UP] = True
        return answer

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the attempt before the password is looked at; say when to come back if there were too many."""
        key = self._get_login_attempts_cache_key(request, **credentials)
        self._login_failed_rl_usage = ratelimit.consume(request, key=key, **_LIMIT)
        if self._login_failed_rl_usage is None:
            raise _locked_out(request, key)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """One count for each account, by whichever name and under whichever host name it is tried."""
        login = str(credentials.get("email") or credentials.get("username") or "")
        account_id = people.id_by_login(login)
        return f"user:{account_id}" if account_id else f"login:{login.lower()}"


def _locked_out(request: HttpRequest, key: str) -> ValidationError:
    """What happened and when to try again, from the attempts the library remembers."""
    now = time.time()
    ends, by_account = now + 60, False
    for rate in ratelimit.get_rates(**_LIMIT):
        # The newest attempt stands first; the oldest one that counts frees a place when it expires.
        attempts = cache.get(ratelimit.get_cache_key(request, rate=rate, key=key, **_LIMIT), [])
        if len(attempts) >= rate.amount and attempts[rate.amount - 1] + rate.duration > now:
            ends, by_account = attempts[rate.amount - 1] + rate.duration, rate.per == "key"
    at = dt.datetime.fromtimestamp(ends, tz=dates.company_zone())
    minutes = max(1, math.ceil((ends - now) / 60))
    wait = ngettext("in %(minutes)s minute", "in %(minutes)s minutes", minutes) % {"minutes": minutes}
    words = {"wait": wait, "time": f"{at:%H:%M}"}
    if by_account:
        text = _("Too many wrong passwords: this account is locked. Try again %(wait)s, at %(time)s.")
    else:
        text = _("Too many wrong passwords from your network. Try again %(wait)s, at %(time)s.")
    return ValidationError(text % words, code="too_many_login_attempts")
