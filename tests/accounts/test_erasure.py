"""Erasing a person's data leaves nothing of the person, and the sealed log valid."""

import json
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from accounts.models import Contact, Customer
from accounts.queries import mentions
from accounts.services import contacts, erasure, facts
from jobs.models import Message
from tests import factories
from users.models import Change, ChangeSet, Department, User
from users.queries import seals
from users.services import sealing

pytestmark = pytest.mark.django_db

NAME, MOBILE, EMAIL = "Wilhelmina Kanarienvogel", "13912345678", "wilhelmina@example.com"


@pytest.fixture
def person(account: Customer, owner: User, manager: User) -> Contact:
    """Somebody who was added, changed, proposed about and written about."""
    made = contacts.create(
        customer_id=account.pk, values={"name": NAME, "mobile": MOBILE, "email": EMAIL, "note": "likes tea"}, by=owner
    )
    contacts.update(contact_id=made.pk, values={"post": "Kanarienvogel keeper"}, version=1, by=owner)
    facts.propose(customer_id=account.pk, contact_id=made.pk, values={"email": f"other.{EMAIL}"}, by=manager)
    for customer_id in (account.pk, None):
        Message.objects.create(
            recipient=owner,
            template="run.done",
            occasion=f"about {customer_id}",
            customer_id=customer_id,
            values={"kind": "x", "result": {}, "who": NAME, "call": [f"at {MOBILE}"]},
        )
    made.refresh_from_db()
    return made


def everything() -> str:
    """All rows of all our tables."""
    found = []
    ours = {"users", "jobs", "accounts", "sales", "segmentation"}
    with connection.cursor() as cursor:
        for model in apps.get_models():
            if model._meta.app_label in ours:
                cursor.execute(f"SELECT t::text FROM {model._meta.db_table} AS t")
                found += [f"{model._meta.label}: {row}" for (row,) in cursor.fetchall()]
    return "\n".join(found)


@pytest.mark.parametrize("sealed_before", [True, False])
def test_nothing_of_the_person_is_left_and_the_chain_holds(
    sealed_before: bool, person: Contact, steward: User, owner: User
) -> None:
    Message.objects.filter(customer_id=None).delete()
    if sealed_before:
        sealing.seal()
    assert NAME in everything()
    assert MOBILE in everything()
    erasure.erase(contact_id=person.pk, reason="asked by letter of 3 May", by=steward)
    sealing.seal()
    left = everything()
    assert [word for word in (NAME, "Kanarienvogel", MOBILE, EMAIL, "likes tea", "wilhelmina") if word in left] == []
    verdict = seals.check()
    assert (verdict.unsealed, verdict.fault) == (0, None)
    person.refresh_from_db()
    assert (person.name, person.search_text, person.search_grams) == ("—", "", [])
    assert person.erased_at is not None


def test_numbers_go_from_everywhere_names_only_where_the_customer_is_named(person: Contact, steward: User) -> None:
    namesake = {"kind": "x", "result": {}, "who": NAME}
    Message.objects.create(recipient=steward, template="run.done", occasion="namesake", values=namesake)
    erasure.erase(contact_id=person.pk, reason="asked", by=steward)
    assert Message.objects.get(occasion="about None").values["call"] == ["at —"]
    assert Message.objects.get(occasion="namesake").values["who"] == NAME
    assert Message.objects.get(occasion=f"about {person.customer_id}").values["who"] == "—"


def test_the_erasure_itself_is_logged_without_the_person(person: Contact, steward: User) -> None:
    change_set = erasure.erase(contact_id=person.pk, reason="asked by letter", by=steward)
    record = change_set.changes.get(model="accounts.contact")
    assert (record.action, record.object_id, record.customer_id) == ("erase", person.pk, person.customer_id)
    assert (record.after or {})["reason"] == "asked by letter"
    assert NAME not in json.dumps(list(change_set.changes.values("before", "after")))


def test_an_alteration_after_an_erasure_still_breaks_the_chain(person: Contact, steward: User) -> None:
    sealing.seal()
    erasure.erase(contact_id=person.pk, reason="asked", by=steward)
    sealing.seal()
    row = Change.objects.filter(erased_by__isnull=False).first()
    Change.objects.filter(pk=row.pk).update(after={"name": "put in"})  # type: ignore[union-attr]
    fault = seals.check().fault
    assert fault is not None
    assert "erased" in fault.reason


@pytest.mark.parametrize("who", ["owner", "manager", "executive", "controller"])
def test_only_the_steward_and_the_administrator_erase(who: str, person: Contact, request: Any) -> None:
    with pytest.raises(PermissionDenied):
        erasure.erase(contact_id=person.pk, reason="asked", by=request.getfixturevalue(who))
    person.refresh_from_db()
    assert person.name == NAME


def test_a_steward_elsewhere_does_not_find_the_person(person: Contact, west: Department) -> None:
    with pytest.raises(Contact.DoesNotExist):
        erasure.erase(contact_id=person.pk, reason="asked", by=factories.user("data_steward", department=west))


@pytest.mark.parametrize("reason", ["", "  ", f"{NAME} asked", f"called from {MOBILE}"])
def test_it_takes_a_reason_that_does_not_name_the_person(reason: str, person: Contact, steward: User) -> None:
    with pytest.raises(ValidationError):
        erasure.erase(contact_id=person.pk, reason=reason, by=steward)
    assert not ChangeSet.objects.filter(changes__action="erase").exists()


def test_nobody_is_erased_twice(person: Contact, admin_user: User) -> None:
    erasure.erase(contact_id=person.pk, reason="asked", by=admin_user)
    with pytest.raises(ValidationError, match="before"):
        erasure.erase(contact_id=person.pk, reason="asked", by=admin_user)


def test_a_failing_last_write_erases_nothing(person: Contact, steward: User, monkeypatch: pytest.MonkeyPatch) -> None:
    before = everything()

    def fail(*_: object, **__: object) -> None:
        raise OperationalError("the database went away")

    monkeypatch.setattr(Change, "save", fail)
    with pytest.raises(OperationalError):
        erasure.erase(contact_id=person.pk, reason="asked", by=steward)
    monkeypatch.undo()
    assert everything() == before


def test_the_page_asks_twice_and_names_what_only_a_person_can_judge(
    client: Client, person: Contact, steward: User
) -> None:
    Customer.objects.filter(pk=person.customer_id).update(note=f"Ask {NAME} first")
    assert [count for _kind, count in mentions.of(erasure.person_of(person))] == [1]
    client.force_login(steward)
    path = reverse("accounts:contact_erase", args=[person.pk])
    assert "only you can judge" in client.get(path).content.decode()
    assert client.post(path, {"reason": "asked"}).status_code == 422
    assert client.post(path, {"reason": "asked", "sure": "on"}).status_code == 302
    person.refresh_from_db()
    assert person.name == "—"
    history = client.get(reverse("accounts:customer_detail", args=[person.customer_id])).content.decode()
    assert "Kanarienvogel" not in history.replace(f"Ask {NAME} first", "")
