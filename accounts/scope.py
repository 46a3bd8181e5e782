"""Scope: whose customers a principal works with. The one place that answers it.

Everything that belongs to a customer filters through `visible_to`: the customers that are wholly the reader's, by
owner, department tree, team or the whole company. Ids from teams and other `reach_sources` are fetched once per
request and compared as arrays: an EXISTS inside an OR costs a hundred times more.

A grant opens no more than the sections it names, so `visible_to` leaves granted customers out: lists, counts, sums,
exports and searches stay closed without doing anything. What opens them is `readable_by`, beside `visible_to` on each
queryset: the same rows and those of granted customers whose section is open. Whoever uses it asks `sections_open`
for the parts of an answer and calls `accounts.services.reads.note`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.models import Q

from accounts.sections import sections
from crm.lib.registry import Registry
from users.models import User
from users.queries import departments
from users.roles import Permission, Reach

# Chapters add customers to a user's reach: key → (user) → customer ids.
reach_sources: Registry[Callable[[User], Iterable[int]]] = Registry("reach sources")


@dataclass(frozen=True)
class Opened:
    """One live grant: the sections of one customer that it opens, and whether they may be printed."""

    grant_id: int
    customer_id: int
    sections: frozenset[str]
    may_print: bool


# Where grants come from: key → (user) → what is open to them now.
grant_sources: Registry[Callable[[User], Iterable[Opened]]] = Registry("grant sources")


class Held(Protocol):
    """A customer as far as scope needs to know it."""

    pk: Any
    owner_id: int | None
    department_id: int | None


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


def strict_department_ids(user: User) -> frozenset[int]:
    """The departments, and those below them, whose archive only the steward writes; asked once per request."""
    kept: frozenset[int] | None = getattr(user, "_strict", None)
    if kept is None:
        kept = departments.strict_ids()
        user._strict = kept  # type: ignore[attr-defined]
    return kept


def opened_to(user: User) -> Mapping[int, tuple[Opened, ...]]:
    """The grants a user holds at this moment, by customer; asked once per request, as `scope_of` is."""
    kept: dict[int, tuple[Opened, ...]] | None = getattr(user, "_opened", None)
    if kept is None:
        kept = {}
        if user.is_active and not scope_of(user).everything:
            for source in grant_sources:
                for one in source(user):
                    kept[one.customer_id] = (*kept.get(one.customer_id, ()), one)
        user._opened = kept  # type: ignore[attr-defined]
    return kept


def reading(user: User, section: str = "", prefix: str = "") -> Q:
    """The filter of `readable_by`: the scope, and granted customers with this section open ("": any section)."""
    scope = scope_of(user)
    granted = [
        customer_id
        for customer_id, grants in opened_to(user).items()
        if not section or any(section in grant.sections for grant in grants)
    ]
    if scope.everything or not granted:
        return scope.condition(prefix)
    return scope.condition(prefix) | Q(**{f"{prefix}id__in": granted})


def wholly_in(user: User, customer: Held) -> bool:
    """Whether a customer is in the user's scope with all its sections, the rule of `visible_to` for one row."""
    return scope_of(user).covers(
        owner_id=customer.owner_id, department_id=customer.department_id, customer_id=customer.pk
    )


def sections_open(user: User, customer: Held) -> frozenset[str]:
    """The sections of a customer that a user may read: all inside the scope, the granted ones outside, or none."""
    if wholly_in(user, customer):
        return frozenset(sections.keys())
    return frozenset().union(*(grant.sections for grant in opened_to(user).get(customer.pk, ())))


def forget(user: User) -> None:
    """Forget what was worked out for a user, after their reach changed within one request."""
    for name in ("_scope", "_acting_scopes", "_opened", "_strict", "_departments_below"):
        user.__dict__.pop(name, None)


def _resolve(user: User) -> Scope:
    if not user.is_active:
        return NOTHING
    if user.reach is Reach.ALL:
        return Scope(everything=True, owner_id=user.pk, department_ids=(), customer_ids=())
    below = _departments_below(user) if user.reach is Reach.DEPARTMENT else ()
    extra = sorted({customer_id for source in reach_sources for customer_id in source(user)})
    return Scope(everything=False, owner_id=user.pk, department_ids=below, customer_ids=tuple(extra))


def _resolve_act(user: User, permission: Permission) -> Scope:
    reaches = {
        Reach.OWN if permission in role.own_only else role.reach
        for role in user.roles
        if permission in role.permissions
    }
    if not user.is_active or not reaches:
        return NOTHING
    if Reach.ALL in reaches:
        return Scope(everything=True, owner_id=user.pk, department_ids=(), customer_ids=())
    below = _departments_below(user) if Reach.DEPARTMENT in reaches else ()
    return Scope(everything=False, owner_id=user.pk, department_ids=below, customer_ids=())


def _departments_below(user: User) -> tuple[int, ...]:
    """The user's departments and all below, read once: each act's scope asks for them."""
    kept: tuple[int, ...] | None = user.__dict__.get("_departments_below")
    if kept is None:
        kept = departments.subtree_ids(*user.home_department_ids) if user.home_department_ids else ()
        user.__dict__["_departments_below"] = kept
    return kept
