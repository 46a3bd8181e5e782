"""The role table in words."""

from dataclasses import dataclass

from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from users.models import User
from users.roles import ROLES, Permission, Reach

REACHES: dict[Reach, str | Promise] = {
    Reach.OWN: _("own customers"),
    Reach.DEPARTMENT: _("department and below"),
    Reach.ALL: _("all customers"),
}

# What the two halves of a permission are called: customer.edit.
_RESOURCES: dict[str, str | Promise] = {
    "customer": _("customers"),
    "product": _("products"),
    "order": _("orders"),
    "tier": _("tiers"),
    "import": _("imports"),
    "run": _("runs"),
    "parameter": _("parameters"),
    "change": _("change log"),
    "user": _("users and departments"),
    "key": _("API keys"),
    "approval": _("approvals"),
    "task": _("tasks"),
    "team": _("teams"),
    "export": _("exports"),
    "webhook": _("webhooks"),
    "backup": _("backups"),
    "read_log": _("log of reads"),
    "duplicate": _("duplicates"),
}
_ACTS: dict[str, str | Promise] = {
    "view": pgettext_lazy("act", "see"),
    "view_all": pgettext_lazy("act", "see all"),
    "edit": pgettext_lazy("act", "edit"),
    "create": pgettext_lazy("act", "create"),
    "reassign": pgettext_lazy("act", "hand over"),
    "export": pgettext_lazy("act", "export"),
    "print": pgettext_lazy("act", "print"),
    "keep": pgettext_lazy("act", "keep master data of"),
    "propose": pgettext_lazy("act", "propose changes of"),
    "stage": pgettext_lazy("act", "move through their stages"),
    "erase": pgettext_lazy("act", "erase people of"),
    "merge": pgettext_lazy("act", "merge"),
    "protect": pgettext_lazy("act", "protect"),
    "override": pgettext_lazy("act", "set by hand"),
    "recompute": pgettext_lazy("act", "compute anew"),
    "dashboard": pgettext_lazy("act", "see the dashboard of"),
    "run": pgettext_lazy("act", "run"),
    "undo": pgettext_lazy("act", "take back"),
    "decide": pgettext_lazy("act", "decide"),
    "approve": pgettext_lazy("act", "approve"),
    "manage": pgettext_lazy("act", "manage"),
}
ALL, OWN, NONE = "all", "own", ""


@dataclass(frozen=True)
class Column:
    """One role: what it is called, how far it reaches, how many people hold it."""

    code: str
    label: str | Promise
    reach_words: str | Promise
    people: int


@dataclass(frozen=True)
class Line:
    """One act: for each role in order "all" (as far as it reaches), "own" or nothing."""

    permission: Permission
    act: str | Promise
    marks: list[str]


@dataclass(frozen=True)
class Group:
    """The acts on one kind of thing."""

    label: str | Promise
    lines: list[Line]


def table() -> list[Group]:
    """Every permission, by what it is about."""
    groups: dict[str, list[Line]] = {}
    for permission in sorted(Permission):
        resource, _dot, act = permission.partition(".")
        groups.setdefault(resource, []).append(
            Line(permission, _ACTS.get(act, act.replace("_", " ")), _marks(permission))
        )
    return [Group(_RESOURCES.get(resource, resource), lines) for resource, lines in groups.items()]


def _marks(permission: Permission) -> list[str]:
    return [
        NONE if permission not in role.permissions else OWN if permission in role.own_only else ALL
        for role in ROLES.values()
    ]


def columns() -> list[Column]:
    """The roles in order, each with how many people who may sign in hold it."""
    rows = User.objects.filter(is_active=True, groups__name__in=ROLES).order_by()
    people = dict(rows.values_list("groups__name").annotate(Count("id")))
    return [Column(role.code, role.label, REACHES[role.reach], people.get(role.code, 0)) for role in ROLES.values()]
