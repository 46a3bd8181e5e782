"""The request as a view of the API sees it: its caller is known."""

from rest_framework.request import Request

from users.models import User


class ApiRequest(Request):
    """A request that the permission table has let in; for annotations."""

    user: User
