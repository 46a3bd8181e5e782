"""Keys with which programs call the API."""

import datetime as dt
import secrets
from functools import cached_property

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

from users.constants import KeyReach
from users.models.people import Department, User
from users.roles import Permission, Reach, Role

_MARK = "ks"
_SALT = "users.keys"
DEFAULT_RATE = 600


def new_token() -> tuple[str, str]:
    """A key's visible prefix and the whole of it: the prefix finds it, 256 random bits prove it."""
    prefix = secrets.token_hex(6)
    return prefix, f"{_MARK}_{prefix}_{secrets.token_urlsafe(32)}"


def prefix_of(token: str) -> str:
    """The prefix in a token; empty if it isn't one of ours."""
    parts = token.split("_", 2)
    return parts[1] if len(parts) == 3 and parts[0] == _MARK and len(parts[1]) == 12 else ""


def hash_of(token: str, *, secret_key: str | None = None) -> str:
    """What is stored of a token. A fast keyed hash: there is nothing to guess in 256 random bits."""
    return salted_hmac(_SALT, token, secret=secret_key, algorithm="sha256").hexdigest()


class ApiKey(models.Model):
    """One key of one program. It says what the program may do with it, to whose customers, and until when.

    Only a hash of it is stored. A key that is rotated stays good until `expires_at`, which rotation brings forward;
    `replaces` is the one before it.
    """

    user = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="keys", verbose_name=_("program"))
    label = models.CharField(_("used for"), max_length=80)
    prefix = models.CharField(_("begins with"), max_length=12, unique=True, editable=False)
    secret_hash = models.CharField(max_length=64, editable=False)
    scopes = ArrayField(models.CharField(max_length=60), verbose_name=_("may"))
    reach = models.CharField(_("reach"), max_length=10, choices=KeyReach.choices)
    departments = models.ManyToManyField(Department, blank=True, related_name="+", verbose_name=_("departments"))
    rate_per_minute = models.PositiveIntegerField(_("calls a minute"), default=DEFAULT_RATE)
    expires_at = models.DateTimeField(_("good until"))
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        constraints = [
            models.CheckConstraint(condition=models.Q(rate_per_minute__gt=0), name="users_apikey_rate_positive")
        ]

    def __str__(self) -> str:
        return f"{_MARK}_{self.prefix}…"

    def proves(self, token: str) -> bool:
        """Whether a token is this key's; takes the same time for every wrong one."""
        known = (None, *settings.SECRET_KEY_FALLBACKS)
        proofs = [constant_time_compare(self.secret_hash, hash_of(token, secret_key=one)) for one in known]
        return any(proofs)

    def is_good(self, now: dt.datetime | None = None) -> bool:
        """Whether it opens anything now: neither withdrawn nor expired, its program not shut out."""
        return self.withdrawn_at is None and self.expires_at > (now or timezone.now()) and self.user.is_active

    @cached_property
    def role(self) -> Role:
        """What the key allows, as one role: the permission table and the scope read it as they read a person's."""
        known = {permission.value for permission in Permission}
        granted = frozenset(Permission(scope) for scope in self.scopes if scope in known)
        return Role("key", self.label, Reach(self.reach), granted)

    @cached_property
    def department_ids(self) -> tuple[int, ...]:
        """The departments it reaches, with all below them, if it reaches departments."""
        if self.reach != KeyReach.DEPARTMENT:
            return ()
        return tuple(self.departments.values_list("pk", flat=True))

    def principal(self) -> User:
        """The program as the caller of one request made with this key."""
        self.user.key = self
        self.user.reset_roles()
        return self.user
