"""Telling people when a second factor of theirs was added, removed, renewed or taken away."""

import uuid
from collections.abc import Mapping
from functools import partial
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jobs.messages import templates
from jobs.services import messages
from users.models import User
from users.registry import security_hooks

_WORDS: Mapping[str, str | Promise] = {
    "added": _("A second factor was added to your account. If that wasn't you, tell an administrator at once."),
    "removed": _("A second factor of your account was removed. If that wasn't you, tell an administrator at once."),
    "renewed": _("Your recovery codes were made anew. If that wasn't you, tell an administrator at once."),
    "reset": _("An administrator took your second factor away. Set up a new one."),
}


def register() -> None:
    """Register the templates, and the hook that writes the messages."""
    for happened in _WORDS:
        templates.add(f"security.{happened}", partial(words, happened))
    security_hooks.add("jobs.messages", tell_of)


def tell_of(user: User, happened: str) -> None:
    """Write the message, with the change it tells of."""
    messages.tell(
        recipient=user,
        template=f"security.{happened}",
        values={},
        occasion=f"security:{happened}:{uuid.uuid4().hex}",
        url=reverse("mfa_index"),
    )


def words(happened: str, _values: dict[str, Any]) -> str:
    """A message in words."""
    return str(_WORDS[happened])
