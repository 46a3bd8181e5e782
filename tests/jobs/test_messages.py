"""Messages are worded for their reader, and nobody reads another's."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import get_language, override

from jobs.constants import RunState
from jobs.messages import templates, text
from jobs.models import Message, Run
from jobs.services import messages, runs
from users.models import User

Queued = Callable[..., Run]


@pytest.fixture
def template(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setitem(templates._entries, "test.greeting", lambda values: f"{get_language()}: hello {values['name']}")
    return "test.greeting"


def tell(to: User, template: str, occasion: str = "once", **fields: Any) -> Message | None:
    return messages.tell(recipient=to, template=template, values={"name": "Ada"}, occasion=occasion, **fields)


@pytest.mark.django_db
def test_a_message_is_worded_when_it_is_read(owner: User, template: str) -> None:
    message = tell(owner, template)
    assert message
    with override("zh-hans"):
        assert text(message) == "zh-hans: hello Ada"
    with override("en"):
        assert text(message) == "en: hello Ada"


@pytest.mark.django_db
def test_an_occasion_is_told_once_to_each(owner: User, colleague: User, template: str) -> None:
    assert tell(owner, template)
    assert tell(owner, template) is None
    assert tell(colleague, template)
    assert Message.objects.count() == 2


@pytest.mark.django_db
def test_a_template_nobody_registered_is_refused(owner: User) -> None:
    with pytest.raises(KeyError, match=r"no\.such"):
        tell(owner, "no.such")


@pytest.mark.django_db
def test_the_bell_counts_the_users_own_unread_messages(
    owner: User, colleague: User, template: str, client: Client
) -> None:
    for number in range(3):
        tell(owner, template, f"own {number}")
    tell(colleague, template)
    client.force_login(owner)
    assert client.get(reverse("jobs:bell")).context["unread"] == 3
    client.post(reverse("jobs:message_read"))
    assert client.get(reverse("jobs:bell")).context["unread"] == 0
    assert Message.objects.filter(read_at=None).get().recipient == colleague


@pytest.mark.django_db
def test_the_list_and_the_bells_latest_hold_own_messages_only(
    owner: User, colleague: User, template: str, client: Client
) -> None:
    mine, other = tell(owner, template), tell(colleague, template)
    assert mine
    assert other
    client.force_login(owner)
    for page in ("jobs:message_list", "jobs:message_latest"):
        content = client.get(reverse(page)).content.decode()
        assert reverse("jobs:message_open", args=[mine.pk]) in content
        assert reverse("jobs:message_open", args=[other.pk]) not in content


@pytest.mark.django_db
def test_opening_a_message_reads_it_and_leads_on(owner: User, template: str, client: Client) -> None:
    message = tell(owner, template, url="/runs/")
    assert message
    client.force_login(owner)
    assert client.get(reverse("jobs:message_open", args=[message.pk])).url == "/runs/"
    message.refresh_from_db()
    assert message.read_at


@pytest.mark.django_db
def test_anothers_message_can_not_be_opened(owner: User, colleague: User, template: str, client: Client) -> None:
    message = tell(colleague, template)
    assert message
    client.force_login(owner)
    assert client.get(reverse("jobs:message_open", args=[message.pk])).status_code == 404
    message.refresh_from_db()
    assert message.read_at is None


@pytest.mark.django_db
def test_long_lists_of_messages_go_on_by_id(owner: User, template: str, client: Client) -> None:
    for number in range(60):
        tell(owner, template, f"{number}")
    client.force_login(owner)
    first = client.get(reverse("jobs:message_list"))
    assert len(first.context["notices"]) == 50
    second = client.get(reverse("jobs:message_list") + first.context["older"])
    assert len(second.context["notices"]) == 10
    assert second.context["older"] == ""


@pytest.mark.django_db
def test_the_end_of_a_run_is_worded_with_its_result(queued: Queued, owner: User) -> None:
    run = queued(
        lambda ctx: {"rows": 3},
        by=owner,
        label="Import of orders",
        summary=lambda result: f"{result['rows']} rows",
        result_url=lambda run_id, result: f"/imports/{run_id}/",
    )
    runs.execute(run_id=run.pk)
    message = Message.objects.get()
    assert text(message) == "Import of orders: 3 rows"
    assert message.url == f"/imports/{run.pk}/"


@pytest.mark.django_db
def test_looking_at_an_ended_run_reads_the_message_about_it(queued: Queued, owner: User, client: Client) -> None:
    run = queued(by=owner)
    runs.execute(run_id=run.pk)
    client.force_login(owner)
    assert client.get(reverse("jobs:run_detail", args=[run.pk])).status_code == 200
    assert Message.objects.get().read_at


@pytest.mark.django_db
def test_nobody_is_told_of_scheduled_runs(queued: Queued) -> None:
    run = queued()
    runs.execute(run_id=run.pk)
    run.refresh_from_db()
    assert run.state == RunState.DONE
    assert not Message.objects.exists()
