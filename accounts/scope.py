"""Scope: whose customers a principal works with. The one place that answers it.

Everything that belongs to a customer filters through `visible_to`. Ids from teams, grants and other
`reach_sources` are fetched once per request and compared as arrays: an EXISTS inside an OR costs a
hundred times more.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import Q

from crm.lib.registry import Registry
from users.models import User
from users.queries import departments
from users.roles import Permission, Reach

# Chapters add customers to a user's reach: key → (user) → customer ids.
reach_sources: Registry[Callable[[User], Iterable[int]]] = Registry("reach sources")


@dataclass(frozen=True)
class Scope:
    """A principal's reach, resolved: everything, or own customers, whole departments and single ones."""

    everything: bool
    owner_id: int | None
    department_ids: tuple[int, ...]
    customer_ids: tuple[int, ...]

    def condition(self, prefix: str = "") -> Q:
        """The filter on a queryset of customers, or of rows that reach one through `prefix`."""
        if self.everything:
            return Q()
        allowed = Q(**{f"{prefix}owner_id": self.owner_id})
        if self.department_ids:
            allowed |= Q(**{f"{prefix}department_id__in": self.department_ids})
        if self.customer_ids:
            allowed |= Q(**{f"{prefix}id__in": self.customer_ids})
        return allowed

    def covers(self, *, owner_id: int | None, department_id: int | None, customer_id: int | None = None) -> bool:
        """Whether a customer with this owner and department is inside; the same rule as `condition`."""
        if self.everything or customer_id in self.customer_ids:
            return True
        owned = self.owner_id is not None and owner_id == self.owner_id
        return owned or (department_id is not None and department_id in self.department_ids)


NOTHING = Scope(everything=False, owner_id=-1, department_ids=(), customer_ids=())


def scope_of(user: User) -> Scope:
    """Whose customers a user sees, worked out once and kept on the user object, which lives as long as the request."""
    kept: Scope | None = getattr(user, "_scope", None)
    if kept is None:
        kept = _resolve(user)
        user._scope = kept  # type: ignore[attr-defined]
    return kept


def acting_scope(user: User, permission: Permission) -> Scope:
    """On whose customers a user may do one act: the reach of those of their roles that allow it.

    Teams, grants and queues let a user see a customer, not change it.
    """
    kept: dict[Permission, Scope] = user.__dict__.setdefault("_acting_scopes", {})
    if permission not in kept:
        kept[permission] = _resolve_act(user, permission)
    return kept[permission]


def _resolve(user: User) -> Scope:
    if not user.is_active:
        return NOTHING
    if user.reach is Reach.ALL:
        return Scope(everything=True, owner_id=user.pk, department_ids=(), customer_ids=())
    below = _departments_below(user) if user.reach is Reach.DEPARTMENT else ()
    extra = sorted({customer_id for source in reach_sources for customer_id in source(user)})
    return Scope(everything=False, owner_id=user.pk, department_ids=below, customer_ids=tuple(extra))


def _resolve_act(user: User, permission: Permission) -> Scope:
    reaches = {role.reach for role in user.roles if permission in role.permissions}
    if not user.is_active or not reaches:
        return NOTHING
    if Reach.ALL in reaches:
        return Scope(everything=True, owner_id=user.pk, department_ids=(), customer_ids=())
    below = _departments_below(user) if Reach.DEPARTMENT in reaches else ()
    return Scope(everything=False, owner_id=user.pk, department_ids=below, customer_ids=())


def _departments_below(user: User) -> tuple[int, ...]:
    return departments.subtree_ids(*user.home_department_ids) if user.home_department_ids else ()
