"""An account's team: joining gives read access, leaving and the last day end it, and there is one lead."""

import datetime as dt
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Contact, Customer, TeamMember
from accounts.services import contacts, teams
from accounts.services import customers as customer_services
from crm.lib import dates
from jobs.models import Message
from sales.models import Order
from tests import factories
from users.models import Change, ChangeSet, Department, User

DAY = dt.timedelta(days=1)


def fresh(user: User) -> User:
    """The user as the next request has them."""
    return User.objects.get(pk=user.pk)


def sees(user: User) -> bool:
    return Customer.objects.visible_to(fresh(user)).exists()


def join(customer: Customer, user: User, by: User, **changed: Any) -> TeamMember:
    values: dict[str, Any] = {"role": "technical", "starts_on": dates.today(), "ends_on": None} | changed
    return teams.join(customer_id=customer.pk, user_id=user.pk, by=by, **values)


def test_joining_gives_read_access_and_leaving_ends_it(account: Customer, owner: User, outsider: User) -> None:
    factories.contact(account)
    factories.order(account)
    assert not sees(outsider)
    row = join(account, outsider, owner)
    reader = fresh(outsider)
    assert Customer.objects.visible_to(reader).get() == account
    assert Contact.objects.visible_to(reader).exists()
    assert Order.objects.visible_to(reader).exists()
    teams.leave(member_id=row.pk, by=owner)
    assert not sees(outsider)


@pytest.mark.parametrize(
    ("first", "last", "holds"),
    [
        (0, None, True),
        (0, 0, True),
        (-30, 1, True),
        (1, None, False),
        (-30, -1, False),
    ],
    ids=["since today", "today only", "until tomorrow", "from tomorrow", "ended yesterday"],
)
def test_a_membership_holds_from_its_first_day_to_its_last(
    first: int, last: int | None, holds: bool, account: Customer, outsider: User
) -> None:
    today = dates.today()
    ends = None if last is None else today + last * DAY
    factories.member(account, outsider, starts_on=today + first * DAY, ends_on=ends)
    assert sees(outsider) is holds


def test_a_member_reads_and_changes_nothing(client: Client, account: Customer, outsider: User, owner: User) -> None:
    join(account, outsider, owner)
    client.force_login(outsider)
    assert client.get(reverse("accounts:customer_detail", args=[account.pk])).status_code == 200
    assert client.post(reverse("accounts:customer_edit", args=[account.pk]), {"name": "x"}).status_code == 403
    assert client.post(reverse("accounts:contact_create", args=[account.pk]), {"name": "x"}).status_code == 403
    with pytest.raises(PermissionDenied):
        contacts.create(customer_id=account.pk, values={"name": "x"}, by=fresh(outsider))


def test_a_manager_of_another_department_sets_no_tier_though_in_the_team(
    client: Client, account: Customer, owner: User, west: Department
) -> None:
    other = factories.user("sales_manager", department=west)
    join(account, other, owner)
    client.force_login(other)
    path = reverse("segmentation:override", args=[account.pk])
    assert client.post(path, {"grade": "A", "reason": "x", "until": "2030-01-01"}).status_code == 403


@pytest.mark.parametrize(
    ("who", "may"),
    [
        ("owner", True),
        ("manager", True),
        ("colleague", None),
        ("outsider", None),
        ("steward", False),
        ("executive", False),
        ("admin_user", False),
    ],
)
def test_owner_and_manager_say_who_is_in_the_team(
    who: str, may: bool | None, account: Customer, agent: User, request: pytest.FixtureRequest
) -> None:
    by = request.getfixturevalue(who)
    if may:
        assert join(account, agent, by).user == agent
    else:
        with pytest.raises(Customer.DoesNotExist if may is None else PermissionDenied):
            join(account, agent, by)
        assert not TeamMember.objects.exists()
        assert not ChangeSet.objects.exists()


def test_the_lead_manages_the_team_from_any_department(
    account: Customer, owner: User, outsider: User, agent: User
) -> None:
    lead = join(account, outsider, owner, role="lead")
    other = join(account, agent, fresh(outsider))
    with pytest.raises(PermissionDenied):
        teams.leave(member_id=lead.pk, by=fresh(agent))
    teams.leave(member_id=other.pk, by=fresh(outsider))
    teams.leave(member_id=lead.pk, by=owner)
    with pytest.raises(Customer.DoesNotExist):
        join(account, agent, fresh(outsider))


def test_a_member_may_leave_by_themselves(account: Customer, owner: User, agent: User) -> None:
    row = join(account, agent, owner)
    teams.leave(member_id=row.pk, by=fresh(agent))
    assert not sees(agent)
    with pytest.raises(TeamMember.DoesNotExist):
        teams.leave(member_id=row.pk, by=owner)


def test_a_team_has_one_lead_at_a_time(account: Customer, owner: User, outsider: User, agent: User) -> None:
    today = dates.today()
    join(account, outsider, owner, role="lead", ends_on=today + 9 * DAY)
    with pytest.raises(ValidationError, match="Outsider leads this team"):
        join(account, agent, owner, role="lead")
    join(account, agent, owner, role="lead", starts_on=today + 10 * DAY)
    with pytest.raises(ValidationError, match="already in this team"):
        join(account, agent, owner, role="finance", starts_on=today + 20 * DAY)


@pytest.mark.django_db(transaction=True)
def test_two_who_name_a_lead_at_once_leave_one(account: Customer, owner: User, manager: User, outsider: User) -> None:
    agent = factories.user("service_agent")
    gate, results = Barrier(2, timeout=10), []

    def name_lead(user: User, by: User) -> None:
        try:
            gate.wait()
            results.append(join(account, user, fresh(by), role="lead"))
        except ValidationError as error:
            results.append(error)
        finally:
            connections.close_all()

    threads = [Thread(target=name_lead, args=pair) for pair in ((outsider, owner), (agent, manager))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(type(result).__name__ for result in results) == ["TeamMember", "ValidationError"]
    assert TeamMember.objects.get().role == "lead"


def test_the_database_refuses_a_second_lead(account: Customer, outsider: User, agent: User) -> None:
    factories.member(account, outsider, role="lead")
    with pytest.raises(IntegrityError, match="accounts_team_one_lead"), transaction.atomic():
        factories.member(account, agent, role="lead")
    factories.member(factories.customer(), agent, role="lead")


def test_days_in_the_wrong_order_and_strangers_are_refused(account: Customer, owner: User, outsider: User) -> None:
    with pytest.raises(ValidationError, match="before the first"):
        join(account, outsider, owner, ends_on=dates.today() - DAY)
    outsider.is_active = False
    outsider.save()
    with pytest.raises(ValidationError, match="who may sign in"):
        join(account, outsider, owner)


def test_a_team_is_changed_with_a_log_and_a_message(account: Customer, owner: User, outsider: User) -> None:
    row = join(account, outsider, owner)
    teams.change(member_id=row.pk, role="finance", starts_on=dates.today(), ends_on=dates.today() + DAY, by=owner)
    teams.leave(member_id=row.pk, by=owner)
    logged = Change.objects.order_by("id")
    assert [(one.model, one.action, one.customer_id) for one in logged] == [
        ("accounts.teammember", "create", account.pk), ("accounts.teammember", "update", account.pk),
        ("accounts.teammember", "update", account.pk),
    ]  # fmt: skip
    assert set(logged[1].after or {}) == {"role", "ends_on"}
    assert Message.objects.get().recipient == outsider


def test_the_owner_sees_what_helpers_write(client: Client, account: Customer, owner: User, steward: User) -> None:
    contact = contacts.create(customer_id=account.pk, values={"name": "白景澄"}, by=steward)
    customer_services.update(customer_id=account.pk, values={"address": "苏州"}, version=1, by=steward)
    assert Contact.objects.visible_to(owner).get() == contact
    client.force_login(owner)
    text = client.get(reverse("accounts:customer_detail", args=[account.pk])).content.decode()
    for word in ("白景澄", "苏州", "Steward"):
        assert word in text


def test_reach_by_team_is_an_array_and_no_subquery(account: Customer, outsider: User) -> None:
    factories.member(account, outsider)
    for _ in range(3):
        factories.member(factories.customer(), outsider)
    reader = fresh(outsider)
    sql = str(Customer.objects.visible_to(reader).query)
    assert sql.count("SELECT") == 1
    with CaptureQueriesContext(connection) as asked:
        assert Customer.objects.visible_to(reader).count() == 4
        assert Contact.objects.visible_to(reader).count() == 0
    assert len(asked) == 2


def test_the_page_adds_changes_and_ends_members(client: Client, account: Customer, owner: User, agent: User) -> None:
    client.force_login(owner)
    path = reverse("accounts:team", args=[account.pk])
    assert "No team yet" in client.get(path).content.decode()
    data = {"user": agent.pk, "role": "service", "starts_on": dates.today().isoformat()}
    assert client.post(path, data).status_code == 302
    answer = client.post(path, data)
    assert answer.status_code == 422
    assert "already in this team" in answer.content.decode()
    row = TeamMember.objects.get()
    assert "Agent" in client.get(reverse("accounts:customer_detail", args=[account.pk])).content.decode()
    edit = reverse("accounts:member_edit", args=[row.pk])
    assert client.get(edit).status_code == 200
    assert client.post(edit, data | {"role": "lead"}).status_code == 302
    assert "Agent is the single interface" in client.get(path).content.decode()
    assert client.post(reverse("accounts:member_leave", args=[row.pk])).status_code == 302
    assert "Earlier members" in client.get(path).content.decode()
    assert client.post(reverse("accounts:member_leave", args=[row.pk])).status_code == 404


def test_a_member_who_may_not_manage_sees_the_team_and_no_form(
    client: Client, account: Customer, owner: User, outsider: User, agent: User
) -> None:
    row = join(account, outsider, owner)
    join(account, agent, owner)
    client.force_login(outsider)
    path = reverse("accounts:team", args=[account.pk])
    assert "Add a member" not in client.get(path).content.decode()
    assert client.post(path, {"user": agent.pk}).status_code == 403
    assert client.get(reverse("accounts:member_edit", args=[row.pk])).status_code == 403
    assert client.post(reverse("accounts:member_leave", args=[row.pk])).status_code == 302
    assert client.get(path).status_code == 404


def test_colleagues_are_found_by_name(client: Client, owner: User, outsider: User) -> None:
    client.force_login(owner)
    found = client.get(reverse("accounts:person_options"), {"q": "outsi"}).json()["results"]
    assert [one["label"] for one in found] == ["Outsider"]
