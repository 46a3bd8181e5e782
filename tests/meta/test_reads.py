"""Every page that shows what stands in a protected customer's archive logs the read, and logs it once."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Customer, ReadLog
from tests.meta.conftest import CANARY, World, all_routes
from tests.meta.walk import readable
from users.access import rules
from users.models import User

pytestmark = pytest.mark.django_db

# Name the customer beside something else, and show nothing of its archive.
NAMED_ONLY = {
    "accounts:access",
    "accounts:customer_protect",
    "accounts:duplicate_list",
    "accounts:member_edit",
    "accounts:merge_list",
    "search",
    "users:approval_list",
    "users:approval_detail",
}
# Lists of verdicts and of changes: the reader's right to the list itself is what guards them.
LISTS = {
    "accounts:merge_detail",
    "dashboards:my_accounts",
    "dashboards:tiers",
    "segmentation:mover_list",
    "segmentation:pending_list",
    "segmentation:run_detail",
    "segmentation:tier_list",
    "users:change_list",
}


def test_what_shows_a_protected_customer_is_logged_once(client: Client, world: World, manager: User) -> None:
    Customer.objects.filter(pk=world.account.pk).update(is_protected=True)
    client.force_login(manager)
    found, checked = [], 0
    for name, arguments in all_routes():
        if name in NAMED_ONLY | LISTS | {"styleguide", "account_logout"} or rules.get(name).read is None:
            continue
        path = reverse(name, kwargs={argument: world.ids[argument] for argument in arguments})
        ReadLog.objects.all().delete()
        answer = client.get(path)
        shows = answer.status_code == 200 and CANARY in readable(answer).replace(path, "")
        logged = ReadLog.objects.filter(customer_id=world.account.pk).count()
        checked += shows
        # Figures alone carry no word of the customer's, and are logged all the same.
        if logged > 1 or (shows and not logged) or (answer.status_code >= 400 and logged):
            found.append(f"{name}: {answer.status_code}, shows {shows}, logged {logged}")
    assert found == []
    assert checked > 15
