"""Reading programs and their keys."""

from django.db.models import Count, Max, Prefetch, Q, QuerySet
from django.utils import timezone

from users.constants import UserKind
from users.models import ApiKey, User
from users.models.keys import prefix_of


def by_token(token: str) -> ApiKey | None:
    """The key that a request came with; None for a wrong, withdrawn or expired one. Asked anew by each request."""
    prefix = prefix_of(token)
    if not prefix:
        return None
    key = ApiKey.objects.select_related("user").filter(prefix=prefix).first()
    return key if key is not None and key.proves(token) and key.is_good() else None


def programs() -> QuerySet[User]:
    """All programs by name, with the number of their good keys and when one was used last."""
    good = Q(keys__withdrawn_at=None, keys__expires_at__gt=timezone.now())
    return (
        User.objects.filter(kind=UserKind.PROGRAM)
        .annotate(good_keys=Count("keys", filter=good), used_at=Max("keys__last_used_at"))
        .order_by("name", "id")
    )


def with_keys(program_id: int) -> User:
    """A program with its keys, the latest first. Raises User.DoesNotExist."""
    keys = ApiKey.objects.prefetch_related("departments").order_by("-id")
    return User.objects.prefetch_related(Prefetch("keys", keys)).get(pk=program_id, kind=UserKind.PROGRAM)
