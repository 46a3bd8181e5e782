"""The request as a view sees it behind the access middleware."""

from django.http import HttpRequest

from users.models import User


class UserRequest(HttpRequest):
    """A request whose caller has signed in, which the permission table has made sure of; for annotations."""

    user: User
