"""Other systems' names for our records."""

from collections import defaultdict
from collections.abc import Collection

from django.db import connection

from users.models import ExternalId


def claim(*, resource: str, source: str, external_id: str) -> int | None:
    """The id of the record with this name, if there is one; nobody else creates it until the transaction ends."""
    with connection.cursor() as cursor:
        name = f"external {resource} {source} {external_id}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
    return find(resource=resource, source=source, external_id=external_id)


def find(*, resource: str, source: str, external_id: str) -> int | None:
    """The id of the record with this name."""
    rows = ExternalId.objects.filter(resource=resource, source=source, external_id=external_id)
    return rows.values_list("object_id", flat=True).first()


def find_many(*, resource: str, names: Collection[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The ids of the records with these (source, external id) names, in one statement."""
    if not names:
        return {}
    rows = ExternalId.objects.filter(
        resource=resource, source__in={s for s, _name in names}, external_id__in={name for _s, name in names}
    ).values_list("source", "external_id", "object_id")
    return {(source, name): pk for source, name, pk in rows if (source, name) in names}


def of(*, resource: str, object_ids: Collection[int]) -> dict[int, list[dict[str, str]]]:
    """The names of records, by id, in one statement."""
    found: dict[int, list[dict[str, str]]] = defaultdict(list)
    rows = ExternalId.objects.filter(resource=resource, object_id__in=list(object_ids)).order_by("id")
    for pk, source, name in rows.values_list("object_id", "source", "external_id"):
        found[pk].append({"source": source, "external_id": name})
    return found


def bind(*, resource: str, source: str, external_id: str, object_id: int) -> None:
    """Give a record a name; call it after `claim`, in the transaction that creates the record."""
    ExternalId.objects.create(resource=resource, source=source, external_id=external_id, object_id=object_id)
