"""Reading exports."""

from jobs.models import Export
from users.models import User

PAGE = 50


def export_page(user: User, *, code: str = "", before: int | None = None) -> tuple[list[Export], int | None]:
    """The exports a user may know of, newest first, and the id to go on from."""
    rows = Export.objects.visible_to(user).select_related("by", "run")
    if code:
        rows = rows.filter(code=code)
    found = list((rows.filter(pk__lt=before) if before else rows).order_by("-id")[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None
