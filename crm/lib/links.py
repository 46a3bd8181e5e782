"""Signed links for e-mails: each opens one thing, for one purpose, for a while.

A link signed for one purpose is no good for another. It tells who may use it, never who is signed in.
"""

from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.core import signing


class BadLink(Exception):
    """The link was changed, is meant for something else, or is too old."""


def sign(purpose: str, what: dict[str, Any]) -> str:
    """A token for an address; `what` can be read by anyone who has it."""
    return signing.dumps(what, salt=f"link:{purpose}")


def read(purpose: str, token: str, *, max_days: int) -> dict[str, Any]:
    """What a token was signed for.

    Raises
    ------
    BadLink
        If it was changed, signed for another purpose, or more than `max_days` ago.
    """
    try:
        what: dict[str, Any] = signing.loads(token, salt=f"link:{purpose}", max_age=max_days * 86_400)
    except signing.BadSignature as error:
        raise BadLink(str(error)) from error
    return what


def absolute(path: str) -> str:
    """The full address of a path of ours, as e-mails need it."""
    address: str = urljoin(settings.SITE_URL, path)
    return address
