"""Departments and the people who sign in."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, Group
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from users.constants import Language, Theme, UserKind
from users.roles import ROLES, Permission, Reach, Role

if TYPE_CHECKING:
    from users.models.keys import ApiKey


class Department(models.Model):
    """One department of our company; a tree through `parent`, seven levels or more.

    In a department with a strict archive, and in those below it, owners of customers propose changes too.
    `version` counts saves: an editor who started from an older one sees a conflict.
    """

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of")
    )
    strict_archive = models.BooleanField(_("only the data steward writes the archive"), default=False, db_default=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ["code"]
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        constraints = [
            models.CheckConstraint(condition=~models.Q(parent=models.F("id")), name="users_department_not_own_parent")
        ]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Makes users; Django's authentication asks for it."""

    def create_user(self, username: str, password: str | None = None, **fields: object) -> "User":
        """A user with a hashed password; without one nobody can sign in as them."""
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save()
        return user


class User(AbstractBaseUser):
    """A person who signs in, or a program that calls the API. Roles are Django groups named in `users.roles`.

    A program has no password and no roles: it may do what the key says that its request came with (`key`).

    `email` is kept in lower case, as sign-in looks it up. `version` counts saves of name, roles and
    department: an editor who started from an older one sees a conflict.
    """

    # The key this request came with; people have none.
    key: "ApiKey | None" = None

    kind = models.CharField(
        _("kind"), max_length=8, choices=UserKind.choices, default=UserKind.PERSON, db_default=UserKind.PERSON
    )
    username = models.CharField(_("user name"), max_length=150, unique=True)
    email = models.EmailField(_("e-mail"), blank=True)
    name = models.CharField(_("name"), max_length=120)
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, null=True, blank=True, related_name="users", verbose_name=_("department")
    )
    groups = models.ManyToManyField(Group, blank=True, related_name="user_set", verbose_name=_("roles"))
    language = models.CharField(_("language"), max_length=10, choices=Language.choices, default=Language.CHINESE)
    theme = models.CharField(_("theme"), max_length=5, choices=Theme.choices, default=Theme.AUTO)
    is_active = models.BooleanField(_("may sign in"), default=True)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        ordering = ["username"]
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                condition=~models.Q(email=""),
                name="users_user_email_unique",
                violation_error_message=_("Another user has this e-mail address."),
            ),
            models.UniqueConstraint(
                Lower("username"),
                name="users_user_username_unique",
                violation_error_message=_("Another user has this user name."),
            ),
            models.CheckConstraint(
                condition=models.Q(kind=UserKind.PERSON) | models.Q(password__startswith="!"),  # noqa: S106 - unusable
                name="users_user_program_without_password",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    @cached_property
    def roles(self) -> list[Role]:
        """The user's roles, from the role table; groups that aren't in it count for nothing. A program's is its key."""
        if self.kind == UserKind.PROGRAM:
            return [self.key.role] if self.key is not None else []
        return [ROLES[group.name] for group in self.groups.all() if group.name in ROLES]

    @cached_property
    def permissions(self) -> frozenset[Permission]:
        """Every act that one of the roles allows."""
        return frozenset().union(*(role.permissions for role in self.roles))

    @cached_property
    def reach(self) -> Reach:
        """The widest reach of the roles."""
        reaches = {role.reach for role in self.roles}
        return next((reach for reach in (Reach.ALL, Reach.DEPARTMENT) if reach in reaches), Reach.OWN)

    @property
    def home_department_ids(self) -> tuple[int, ...]:
        """The departments that a reach of departments begins at: a person's own, or those a key names."""
        if self.key is not None:
            return self.key.department_ids
        return () if self.department_id is None else (self.department_id,)

    def check_password(self, raw_password: Any) -> bool:
        """Whether this is the password; a program has none."""
        return self.kind == UserKind.PERSON and super().check_password(raw_password)

    def reset_roles(self) -> None:
        """Forget what was worked out from the roles, after they changed."""
        for name in ("roles", "permissions", "reach"):
            self.__dict__.pop(name, None)

    def may(self, permission: Permission) -> bool:
        """Whether a role allows the act; an inactive user may do nothing."""
        return self.is_active and permission in self.permissions
