"""What the shell of every page needs."""

from typing import Any

from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, Any]:
    """The theme of the signed-in user."""
    user = getattr(request, "user", None)
    return {"theme": user.theme if user is not None and user.is_authenticated else "auto"}
