"""Forms that make one order, however often they are sent."""

import uuid
from collections.abc import Callable

from django.db import connection, transaction

from sales.models import Order, OrderSubmission
from users.models import User


@transaction.atomic
def once(*, token: uuid.UUID, by: User, make: Callable[[], Order]) -> Order:
    """The order that `make` creates, or the one that the same form made before.

    The second of two at once waits for the first. If `make` raises, the form may be sent again. A token of
    somebody else's form is taken for a new one of the caller's.
    """
    own = uuid.uuid5(token, str(by.pk))
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO sales_ordersubmission (token, by_id, created_at) VALUES (%s, %s, now())
            ON CONFLICT (token) DO NOTHING
            """,
            [own, by.pk],
        )
        is_first = cursor.rowcount == 1
    if not is_first:
        made = OrderSubmission.objects.select_related("order").get(pk=own).order
        if made is not None:
            return made
    order = make()
    OrderSubmission.objects.filter(pk=own).update(order=order)
    return order
