"""Reading the department tree."""

from users.models import Department


def subtree_ids(root_id: int) -> tuple[int, ...]:
    """The ids of a department and of all below it. One small query, whatever the depth."""
    children: dict[int | None, list[int]] = {}
    for pk, parent_id in Department.objects.values_list("id", "parent_id"):
        children.setdefault(parent_id, []).append(pk)
    found: list[int] = []
    waiting = [root_id]
    while waiting:
        pk = waiting.pop()
        if pk not in found:
            found.append(pk)
            waiting.extend(children.get(pk, ()))
    return tuple(sorted(found))
