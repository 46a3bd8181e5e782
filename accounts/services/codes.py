"""Codes for customers that come without one: KH-000123, from a database sequence."""

from django.db import connection

from accounts.models import Customer
from accounts.queries import redirects


def take(count: int) -> list[str]:
    """So many codes that nobody has, in rising order. What is taken is never given again.

    Two callers at once get different codes. A code that somebody typed by hand is passed over.
    """
    free: list[str] = []
    while len(free) < count:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT nextval('accounts_customer_code_seq') FROM generate_series(1, %s)", [count - len(free)]
            )
            codes = [f"KH-{number:06}" for (number,) in cursor.fetchall()]
        taken = set(Customer.objects.filter(code__in=codes).values_list("code", flat=True))
        taken |= set(redirects.survivors_of_codes(codes))
        free += [code for code in codes if code not in taken]
    return free
