"""Reading the department tree."""

from dataclasses import dataclass

from django.db.models import Count

from users.models import Department, User


@dataclass(frozen=True)
class Node:
    """One department in the tree: how deep it stands, and how many people who may sign in it has."""

    department: Department
    depth: int
    people: int

    @property
    def indent(self) -> str:
        """What stands before the name, so that the tree shows."""
        return "\u2003" * self.depth

    @property
    def level(self) -> int:
        """The level from the top, counted from one."""
        return self.depth + 1


def subtree_ids(*root_ids: int) -> tuple[int, ...]:
    """The ids of departments and of all below them. One small query, whatever the depth."""
    children = _children()
    return tuple(sorted({pk for root_id in root_ids for pk in _below(root_id, children)}))


def strict_ids() -> frozenset[int]:
    """The departments whose archive is strict, and all below them. One small query, two if there are any."""
    strict = list(Department.objects.filter(strict_archive=True).values_list("id", flat=True))
    return frozenset(subtree_ids(*strict)) if strict else frozenset()


def subtrees() -> dict[int, tuple[int, ...]]:
    """For every department, the ids of it and of all below it. One small query."""
    children = _children()
    return {pk: _below(pk, children) for row in children.values() for pk in row}


def _children() -> dict[int | None, list[int]]:
    children: dict[int | None, list[int]] = {}
    for pk, parent_id in Department.objects.values_list("id", "parent_id"):
        children.setdefault(parent_id, []).append(pk)
    return children


def _below(root_id: int, children: dict[int | None, list[int]]) -> tuple[int, ...]:
    found: set[int] = set()
    waiting = [root_id]
    while waiting:
        pk = waiting.pop()
        if pk not in found:
            found.add(pk)
            waiting.extend(children.get(pk, ()))
    return tuple(sorted(found))


def tree() -> list[Node]:
    """Every department, each followed by those below it."""
    people = dict(
        User.objects.filter(is_active=True, department__isnull=False)
        .order_by()
        .values_list("department_id")
        .annotate(Count("id"))
    )
    children: dict[int | None, list[Department]] = {}
    for department in Department.objects.order_by("-code"):
        children.setdefault(department.parent_id, []).append(department)
    found: list[Node] = []
    waiting = [(department, 0) for department in children.get(None, [])]
    while waiting:
        department, depth = waiting.pop()
        found.append(Node(department, depth, people.get(department.pk, 0)))
        waiting.extend((below, depth + 1) for below in children.get(department.pk, []))
    return found
