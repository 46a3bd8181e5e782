"""The request as a view sees it behind the access middleware."""

from django.http import HttpRequest

from users.models import User

API_PREFIX = "/api/"


class UserRequest(HttpRequest):
    """A request whose caller has signed in, which the permission table has made sure of; for annotations."""

    user: User


def is_api(request: HttpRequest) -> bool:
    """Whether a program is answered: in JSON, in the language it asks for, errors as problems."""
    return request.path.startswith(API_PREFIX)
