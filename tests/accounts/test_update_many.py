"""Changing customers by the thousand, as imports do."""

import pytest
from django.core.exceptions import PermissionDenied

from accounts.errors import RowsRefusedError
from accounts.models import Customer
from accounts.services import bulk
from tests import factories
from users.constants import Cause
from users.models import Change, ChangeSet, User
from users.services import changes


@pytest.fixture
def change_set(db: None) -> ChangeSet:
    return changes.open_set(by=None, cause=Cause.IMPORT)


def test_only_what_differs_is_written_and_logged(account: Customer, change_set: ChangeSet) -> None:
    other = factories.customer(name="Other")
    edits = {
        account.pk: {"short_name": "菊厂", "staff_count": 195_000, "former_names": ["a,b", 'c"d\\']},
        other.pk: {"name": "Other"},
    }
    assert bulk.update_many(edits=edits, by=None, change_set=change_set) == 1
    account.refresh_from_db()
    other.refresh_from_db()
    assert (account.short_name, account.staff_count, account.version) == ("菊厂", 195_000, 2)
    assert account.former_names == ["a,b", 'c"d\\']
    assert list(Customer.objects.matching("jc")) == [account]
    assert (account.life_cycle, other.version) == ("prospect", 1)
    logged = Change.objects.get()
    assert logged.before == {"short_name": "华为", "staff_count": None, "former_names": []}
    assert bulk.update_many(edits=edits, by=None, change_set=change_set) == 0


def test_one_customer_out_of_reach_refuses_all(account: Customer, owner: User, change_set: ChangeSet) -> None:
    theirs = factories.customer()
    edits = {account.pk: {"name": "x"}, theirs.pk: {"name": "y"}}
    with pytest.raises(PermissionDenied):
        bulk.update_many(edits=edits, by=owner, change_set=change_set)
    assert not Customer.objects.filter(name__in=["x", "y"]).exists()


def test_errors_name_the_customer(account: Customer, change_set: ChangeSet) -> None:
    with pytest.raises(RowsRefusedError) as refused:
        bulk.update_many(edits={account.pk: {"name": "", "country": "CHN"}}, by=None, change_set=change_set)
    assert set(refused.value.errors[account.pk].message_dict) == {"name", "country"}


def test_parents_given_together_close_no_circle(account: Customer, change_set: ChangeSet) -> None:
    other = factories.customer()
    edits = {account.pk: {"parent_id": other.pk}, other.pk: {"parent_id": account.pk}}
    with pytest.raises(RowsRefusedError):
        bulk.update_many(edits=edits, by=None, change_set=change_set)
    assert not Customer.objects.filter(parent__isnull=False).exists()
