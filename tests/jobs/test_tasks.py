"""Tasks: opened once for an occasion, shown to whom they concern, closed by whoever may."""

import datetime as dt
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils.translation import get_language, override

from accounts.models import Customer
from crm.lib import dates
from jobs import task_wording
from jobs.constants import TaskState
from jobs.messages import notices
from jobs.models import Message, Task
from jobs.queries import tasks as queries
from jobs.services import tasks
from jobs.services.tasks import NewTask
from jobs.tasks_registry import TaskKind, task_kinds
from tests import factories
from users.errors import Invalid
from users.models import Change, Department, User

pytestmark = pytest.mark.django_db

Register = Callable[..., str]


@pytest.fixture
def kind(monkeypatch: pytest.MonkeyPatch) -> Register:
    def add(code: str = "test.call", **fields: Any) -> str:
        made = TaskKind(code, "Call", lambda values: f"{get_language()}: call {values['name']}", **fields)
        monkeypatch.setitem(task_kinds._entries, code, made)
        return code

    return add


def opened(kind: str, to: User, occasion: str = "once", **fields: Any) -> Task | None:
    return tasks.open_task(kind=kind, occasion=occasion, assignee=to, values={"name": "Ada"}, **fields)


def said(reader: User, task: Task) -> str:
    return task_wording.rows(reader, [task])[0].text


# ── Opening ──────────────────────────────────────────────────────────────────


def test_an_occasion_gives_one_task_for_ever(kind: Register, owner: User, colleague: User) -> None:
    code = kind()
    first = opened(code, owner)
    assert first
    assert opened(code, colleague) is None
    tasks.complete(task_id=first.pk, by=owner)
    assert opened(code, owner) is None
    assert Task.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_open_the_same_occasion_at_once_make_one_task(kind: Register, owner: User) -> None:
    code, made, barrier = kind(), [], threading.Barrier(2)

    def work() -> None:
        barrier.wait()
        try:
            made.append(opened(code, owner))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Task.objects.count() == 1
    assert sum(one is not None for one in made) == 1
    assert Change.objects.filter(model="jobs.task").count() == 1


def test_a_kind_nobody_registered_is_refused(owner: User) -> None:
    with pytest.raises(KeyError, match=r"no\.such"):
        opened("no.such", owner)
    assert not Task.objects.exists()


def test_a_task_is_worded_when_it_is_read(kind: Register, owner: User) -> None:
    task = opened(kind(), owner)
    assert task
    with override("zh-hans"):
        assert said(owner, task) == "zh-hans: call Ada"
    with override("en"):
        assert said(owner, task) == "en: call Ada"


def test_many_are_opened_in_one_change_set_and_known_occasions_left_out(kind: Register, owner: User) -> None:
    code = kind()
    opened(code, owner, "n3")
    new = [NewTask(code, f"n{number}", owner.pk, values={"name": "x"}) for number in (1, 2, 3, 2)]
    assert tasks.open_many(tasks=new) == 2
    assert tasks.open_many(tasks=new) == 0
    assert Task.objects.count() == 3
    assert Change.objects.filter(model="jobs.task", action="bulk_create").get().rows == 2


# ── Doing ────────────────────────────────────────────────────────────────────


def test_a_task_done_twice_is_done_once_and_logged(owner: User) -> None:
    task = factories.task(owner)
    assert tasks.complete(task_id=task.pk, by=owner)
    assert tasks.complete(task_id=task.pk, by=owner) is None
    task.refresh_from_db()
    assert (task.state, task.closed_by) == (TaskState.DONE, owner)
    assert Change.objects.filter(model="jobs.task", object_id=task.pk).count() == 1


def test_a_service_closes_the_task_of_its_occasion(kind: Register, owner: User, colleague: User) -> None:
    opened(kind(), owner, "order:7")
    assert tasks.complete(occasion="order:7", by=colleague)
    assert tasks.complete(occasion="no such", by=colleague) is None
    assert Task.objects.get().closed_by == colleague


def test_somebody_elses_task_is_not_found(owner: User, colleague: User, outsider: User, manager: User) -> None:
    task = factories.task(owner)
    for stranger in (colleague, outsider):
        for act in (tasks.complete, tasks.cancel):
            with pytest.raises(Task.DoesNotExist):
                act(task_id=task.pk, by=stranger)
        with pytest.raises(Task.DoesNotExist):
            tasks.snooze(task_id=task.pk, until=dates.today() + dt.timedelta(days=1), by=stranger)
        with pytest.raises(Task.DoesNotExist):
            tasks.reassign(task_id=task.pk, to=stranger, by=stranger)
    assert not Change.objects.exists()
    assert tasks.complete(task_id=task.pk, by=manager)


def test_a_manager_elsewhere_does_not_see_it(owner: User, west: Department) -> None:
    task = factories.task(owner)
    elsewhere = factories.user("sales_manager", department=west)
    assert not Task.objects.visible_to(elsewhere).filter(pk=task.pk).exists()


def test_a_task_put_off_comes_back_on_its_day(owner: User) -> None:
    today = dates.today()
    task = factories.task(owner, due=today)
    tomorrow = today + dt.timedelta(days=1)
    assert tasks.snooze(task_id=task.pk, until=tomorrow, by=owner)
    assert not Task.objects.of(owner).shown_on(today).exists()
    assert Task.objects.of(owner).snoozed_on(today).get() == task
    assert Task.objects.of(owner).shown_on(tomorrow).get() == task
    assert queries.pressing_count(owner) == 0


@pytest.mark.parametrize("days", [-1, 0, 367])
def test_a_task_is_not_put_off_into_the_past_or_for_ever(owner: User, days: int) -> None:
    task = factories.task(owner)
    with pytest.raises(Invalid):
        tasks.snooze(task_id=task.pk, until=dates.today() + dt.timedelta(days=days), by=owner)


def test_a_task_is_handed_to_a_colleague_who_is_told(owner: User, colleague: User) -> None:
    task = factories.task(owner, "Send the drawing")
    assert tasks.reassign(task_id=task.pk, to=colleague, by=owner)
    assert tasks.reassign(task_id=task.pk, to=colleague, by=factories.user("administrator")) is False
    task.refresh_from_db()
    assert task.assignee == colleague
    message = Message.objects.get(recipient=colleague)
    assert notices(colleague, [message])[0].text == "Owner gave you a task: Send the drawing"


def test_a_task_is_not_handed_out_of_the_department(owner: User, outsider: User) -> None:
    task = factories.task(owner)
    with pytest.raises(Invalid):
        tasks.reassign(task_id=task.pk, to=outsider, by=owner)
    assert not Message.objects.exists()


def test_nobody_gets_a_task_about_a_customer_they_do_not_see(owner: User, colleague: User, account: Customer) -> None:
    task = factories.task(owner, customer_id=account.pk)
    with pytest.raises(Invalid):
        tasks.reassign(task_id=task.pk, to=colleague, by=owner)
    with pytest.raises(Invalid):
        tasks.write_down(text="x", assignee=colleague, due=None, customer_id=account.pk, by=owner)
    with pytest.raises(Invalid):
        tasks.write_down(text="x", assignee=colleague, due=None, customer_id=account.pk, by=colleague)
    assert Task.objects.count() == 1


def test_the_night_closes_tasks_whose_reason_is_gone(kind: Register, owner: User) -> None:
    def gone(waiting: Sequence[Task]) -> Iterable[int]:
        return [task.pk for task in waiting if task.occasion == "gone"] + [0]

    code = kind(settled=gone)
    opened(code, owner, "gone")
    opened(code, owner, "stays")
    assert tasks.close_settled() == 1
    assert tasks.close_settled() == 0
    assert Task.objects.get(occasion="gone").state == TaskState.CANCELLED
    assert Task.objects.get(occasion="stays").is_open
    assert Change.objects.filter(model="jobs.task", action="update").count() == 1


# ── Words and scope ──────────────────────────────────────────────────────────


def test_a_task_about_a_customer_out_of_sight_says_only_that(kind: Register, owner: User, account: Customer) -> None:
    task = opened(kind(), owner, customer_id=account.pk, url="/secret/")
    assert task
    assert said(owner, task) == "en: call Ada"
    Customer.objects.filter(pk=account.pk).update(owner=None, department=None)
    fresh = User.objects.get(pk=owner.pk)
    row = task_wording.rows(fresh, [task])[0]
    assert "Ada" not in row.text
    assert (row.url, row.reason, row.customer) == ("", "", None)


def test_a_message_about_a_customer_out_of_sight_says_nothing_and_leads_nowhere(
    owner: User, colleague: User, account: Customer, client: Client
) -> None:
    Customer.objects.filter(pk=account.pk).update(owner=colleague)
    task = factories.task(owner, "Canary", customer_id=account.pk)
    tasks.reassign(task_id=task.pk, to=colleague, by=User.objects.get(pk=owner.pk))
    client.force_login(colleague)
    shown = client.get(reverse("jobs:message_latest")).content.decode()
    assert "Canary" in shown
    Customer.objects.filter(pk=account.pk).update(owner=owner)
    for page in ("jobs:message_latest", "jobs:message_list", "jobs:task_list"):
        assert "Canary" not in client.get(reverse(page)).content.decode()
    opened = client.get(reverse("jobs:message_open", args=[Message.objects.get().pk]))
    assert opened.url == reverse("jobs:message_list")


# ── Pages ────────────────────────────────────────────────────────────────────


def test_the_list_groups_by_day_and_the_shell_counts_what_presses(owner: User, client: Client) -> None:
    today = dates.today()
    for text, due in (("Late", -1), ("Now", 0), ("Soon", 3)):
        factories.task(owner, text, due=today + dt.timedelta(days=due))
    factories.task(owner, "Some time")
    client.force_login(owner)
    answer = client.get(reverse("jobs:task_list"))
    assert [(group.label, [row.text for row in group.rows]) for group in answer.context["groups"]] == [
        ("Overdue", ["Late"]), ("Today", ["Now"]), ("Later", ["Soon"]), ("Without a day", ["Some time"]),
    ]  # fmt: skip
    assert "1 task is overdue" in answer.content.decode()
    assert client.get(reverse("jobs:bell")).context["pressing"] == 2


def test_only_leaders_see_the_tasks_of_their_department(owner: User, manager: User, client: Client) -> None:
    factories.task(owner, "Of the owner")
    client.force_login(manager)
    assert "Of the owner" not in client.get(reverse("jobs:task_list")).content.decode()
    assert "Of the owner" in client.get(reverse("jobs:task_list") + "?whose=team").content.decode()
    client.force_login(factories.user("sales_rep", department=owner.department))
    assert "Of the owner" not in client.get(reverse("jobs:task_list") + "?whose=team").content.decode()


def test_tasks_are_done_put_off_and_opened_again_on_the_page(owner: User, client: Client) -> None:
    one, two = factories.task(owner, due=dates.today()), factories.task(owner)
    client.force_login(owner)
    answer = client.post(reverse("jobs:task_act", args=["done"]), {"id": [one.pk, two.pk], "back": "kind=manual"})
    assert answer.url == reverse("jobs:task_list") + "?kind=manual"
    assert Task.objects.filter(state=TaskState.DONE).count() == 2
    client.post(reverse("jobs:task_act", args=["reopen"]), {"id": one.pk})
    client.post(reverse("jobs:task_act", args=["snooze"]) + "?days=7", {"id": one.pk})
    one.refresh_from_db()
    assert one.snoozed_until == dates.today() + dt.timedelta(days=7)
    shown = client.get(reverse("jobs:task_list") + "?show=snoozed")
    assert [row.task for group in shown.context["groups"] for row in group.rows] == [one]


@pytest.mark.parametrize("act", ["done", "drop", "reopen", "snooze"])
def test_somebody_elses_task_is_not_found_on_the_page(owner: User, outsider: User, client: Client, act: str) -> None:
    task = factories.task(owner)
    client.force_login(outsider)
    assert client.post(reverse("jobs:task_act", args=[act]), {"id": task.pk}).status_code == 404
    assert client.post(reverse("jobs:task_reassign"), {"id": task.pk, "to": outsider.pk}).status_code == 404
    task.refresh_from_db()
    assert task.is_open
    assert task.snoozed_until is None


def test_going_back_leads_nowhere_else(owner: User, client: Client) -> None:
    client.force_login(owner)
    said = {"id": factories.task(owner).pk, "back": "next=https://evil.example&whose=//evil.example"}
    assert client.post(reverse("jobs:task_act", args=["done"]), said).url == reverse("jobs:task_list")


def test_a_task_is_written_down_and_shown_on_the_customer(owner: User, account: Customer, client: Client) -> None:
    client.force_login(owner)
    form = reverse("jobs:task_create") + f"?customer={account.pk}"
    assert "华为" in client.get(form).content.decode()
    said = {"text": "Ask for the drawing", "due": dates.today().isoformat(), "customer": account.pk}
    assert client.post(form, said).url == reverse("accounts:customer_detail", args=[account.pk])
    assert "Ask for the drawing" in client.get(reverse("accounts:customer_detail", args=[account.pk])).content.decode()


def test_the_form_says_nothing_of_a_customer_out_of_sight(outsider: User, account: Customer, client: Client) -> None:
    client.force_login(outsider)
    form = reverse("jobs:task_create") + f"?customer={account.pk}"
    assert "华为" not in client.get(form).content.decode()
    assert client.post(form, {"text": "x", "customer": account.pk}).status_code == 422
    assert not Task.objects.exists()


def test_a_task_is_handed_on_by_the_page(owner: User, colleague: User, client: Client) -> None:
    task = factories.task(owner)
    client.force_login(owner)
    found = client.get(reverse("jobs:colleague_options") + "?q=coll").json()["results"]
    assert [one["value"] for one in found] == [str(colleague.pk)]
    assert client.post(reverse("jobs:task_reassign"), {"id": task.pk}).status_code == 200
    assert client.post(reverse("jobs:task_reassign"), {"id": task.pk, "to": colleague.pk}).status_code == 302
    task.refresh_from_db()
    assert task.assignee == colleague


def test_long_lists_go_on_where_they_were(owner: User, client: Client) -> None:
    day = dates.today()
    for number in range(70):
        factories.task(owner, due=day + dt.timedelta(days=number // 3) if number < 60 else None)
    client.force_login(owner)
    seen: list[int] = []
    address = reverse("jobs:task_list")
    while address:
        answer = client.get(address)
        seen += [row.task.pk for group in answer.context["groups"] for row in group.rows]
        address = reverse("jobs:task_list") + answer.context["next"] if answer.context["next"] else ""
    assert seen == list(Task.objects.values_list("pk", flat=True))
    assert len(set(seen)) == 70


@pytest.mark.parametrize("after", ["x", "2026-99-99.4", ".", "1.1", "٣.٣", "9" * 40])
def test_a_cursor_that_makes_no_sense_is_the_first_page(owner: User, client: Client, after: str) -> None:
    factories.task(owner)
    client.force_login(owner)
    assert client.get(reverse("jobs:task_list"), {"after": after}).status_code == 200
