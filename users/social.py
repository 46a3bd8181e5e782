"""Signing in through the company's own identity provider (OpenID Connect), where one is set up."""

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from users.constants import UserKind
from users.models import User


class SocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Lets in who has an account here already; makes none."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Nobody signs up by themselves."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find the account at the first sign-in, by an address that the provider has verified; keep the tie.

        Later the provider's own id of the person decides, whatever became of the addresses.
        """
        if sociallogin.is_existing:
            if sociallogin.user.kind == UserKind.PERSON:
                return
            raise _refused(request)
        verified = [one.email.lower() for one in sociallogin.email_addresses if one.verified is True and one.email]
        user = User.objects.filter(email__in=verified, kind=UserKind.PERSON, is_active=True).first()
        if user is None:
            raise _refused(request)
        sociallogin.user = sociallogin.account.user = user
        sociallogin.account.extra_data = {}
        sociallogin.account.save()

    def on_authentication_error(self, request: HttpRequest, provider: Any, **_kwargs: Any) -> None:
        """Back to the sign-in page with what happened."""
        text = _("The identity provider did not confirm who you are. Try again, or sign in with your password.")
        messages.error(request, text)
        raise ImmediateHttpResponse(redirect("account_login"))


def _refused(request: HttpRequest) -> ImmediateHttpResponse:
    text = _("The identity provider knows you, but nobody here has its verified e-mail address. Ask an administrator.")
    messages.error(request, text)
    return ImmediateHttpResponse(redirect("account_login"))
