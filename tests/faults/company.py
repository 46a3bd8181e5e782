"""Make a small company and a program's key in an empty database; print what the clients need to know, as JSON.

Run as a program of its own, on the harness's database.
"""

import datetime as dt
import json
import sys

import django


def main(count: int) -> None:
    django.setup()
    from django.contrib.auth.models import Group
    from django.utils import timezone

    from accounts.models import Customer
    from jobs.models import Subscription
    from users.models import Department, User
    from users.services import keys

    department = Department.objects.create(code="HQ", name="Company")
    administrator = User.objects.create(username="administrator", name="Administrator", department=department)
    administrator.groups.add(Group.objects.get(name="administrator"))
    made = [
        Customer.objects.create(code=f"F-{n}", name=f"Customer {n}", department=department, life_cycle="active")
        for n in range(count)
    ]
    terms = keys.KeyTerms(
        label="ERP",
        scopes=["customer.view", "order.view", "order.edit", "product.view"],
        expires_at=timezone.now() + dt.timedelta(days=1),
        rate_per_minute=60_000,
    )
    _key, token = keys.create_with_key(name="ERP", department=None, terms=terms, by=administrator)
    # Events are written and become deliveries; nobody is called.
    Subscription.objects.create(
        target="https://receiver.invalid/",
        kinds=["order.created"],
        subscriber=administrator,
        paused_until=timezone.now() + dt.timedelta(days=1),
    )
    sys.stdout.write(json.dumps({"token": token, "customers": [row.pk for row in made]}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
