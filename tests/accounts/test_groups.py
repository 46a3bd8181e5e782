"""Groups of companies: moving in the tree, and no circles, not even by two editors at once."""

import contextlib
import threading
from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from accounts.models import Customer
from accounts.queries import groups
from accounts.services import customers
from tests import factories
from users.models import User


def set_parent(child: Customer, parent: Customer | None, by: User) -> Customer:
    child.refresh_from_db()
    return customers.update(
        customer_id=child.pk, values={"parent_id": parent.pk if parent else None}, version=child.version, by=by
    )


def test_a_circle_is_refused_at_any_depth(owner: User) -> None:
    head, middle, leaf = [factories.customer(owner=owner, name=name) for name in ("Head", "Middle", "Leaf")]
    set_parent(middle, head, owner)
    set_parent(leaf, middle, owner)
    with pytest.raises(ValidationError) as refused:
        set_parent(head, leaf, owner)
    assert refused.value.message_dict == {
        "parent_id": ["Leaf already belongs under Head, so this would close a circle."]
    }
    with pytest.raises(ValidationError, match="own parent"):
        set_parent(head, head, owner)
    assert groups.chain_up(leaf.pk) == [leaf.pk, middle.pk, head.pk]


def test_a_parent_out_of_sight_does_not_exist(account: Customer, outsider: User, owner: User) -> None:
    theirs = factories.customer(owner=outsider)
    with pytest.raises(ValidationError, match="no such customer"):
        set_parent(account, theirs, owner)


def test_hidden_members_are_counted_not_shown(owner: User, outsider: User) -> None:
    head = factories.customer(owner=outsider)
    middle = factories.customer(owner=outsider, parent=head)
    leaf = factories.customer(owner=owner, parent=middle)
    sister = factories.customer(owner=owner, parent=head)
    deep = factories.customer(owner=owner, parent=leaf)
    group = groups.group_of(owner, deep.pk)
    assert set(group.visible_ids) == {leaf.pk, sister.pk, deep.pk}
    assert (group.hidden, group.size) == (2, 5)
    tree = {member.customer.pk: member for member in group.roots}
    assert set(tree) == {leaf.pk, sister.pk}
    assert [member.customer.pk for member in tree[leaf.pk].below] == [deep.pk]


def at_once(*acts: Callable[[], object]) -> list[Exception | None]:
    """Run each act in a thread with a connection of its own; returns what each raised."""
    errors: list[Exception | None] = [None] * len(acts)
    gate = threading.Barrier(len(acts))

    def run(place: int) -> None:
        try:
            gate.wait(timeout=10)
            acts[place]()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            errors[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
        assert not thread.is_alive()
    return errors


@pytest.mark.django_db(transaction=True)
def test_two_editors_at_once_cannot_close_a_circle(owner: User, steward: User, monkeypatch: pytest.MonkeyPatch) -> None:
    real = groups.chain_up
    arrived = threading.Barrier(2)

    def both_look_before_either_locks(customer_id: int) -> list[int]:
        if not arrived.broken:
            with contextlib.suppress(threading.BrokenBarrierError):
                arrived.wait(timeout=0.2)
        return real(customer_id)

    monkeypatch.setattr(groups, "chain_up", both_look_before_either_locks)
    for _ in range(3):
        arrived.reset()
        ours = {"owner": owner, "department": owner.department}
        a, b = factories.customer(**ours), factories.customer(**ours)
        below_a, below_b = [factories.customer(parent=parent, **ours) for parent in (a, b)]
        errors = at_once(lambda: set_parent(a, below_b, owner), lambda: set_parent(b, below_a, steward))  # noqa: B023
        assert [type(error) for error in errors].count(ValidationError) == 1, errors
        assert errors.count(None) == 1
        chain = real(below_a.pk)
        assert Customer.objects.get(pk=chain[-1]).parent_id is None


@pytest.mark.django_db(transaction=True)
def test_two_saves_of_one_version_do_not_overwrite_each_other(owner: User, steward: User) -> None:
    account = factories.customer(owner=owner, department=owner.department)
    errors = at_once(
        lambda: customers.update(customer_id=account.pk, values={"address": "one"}, version=1, by=owner),
        lambda: customers.update(customer_id=account.pk, values={"address": "two"}, version=1, by=steward),
    )
    assert [type(error).__name__ for error in errors if error] == ["EditConflictError"]
    account.refresh_from_db()
    assert account.version == 2


@pytest.mark.django_db(transaction=True)
def test_generated_codes_are_unique_under_concurrency(owner: User, steward: User) -> None:
    new = customers.NewCustomer(name="x")
    errors = at_once(*[lambda by=by: [customers.create(new=new, by=by) for _ in range(10)] for by in (owner, steward)])
    assert errors == [None, None]
    assert Customer.objects.values("code").distinct().count() == 20
