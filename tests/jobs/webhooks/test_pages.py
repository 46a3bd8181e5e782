"""The administrator's pages of webhooks: the secret is shown once, everything else can be seen and repeated."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from jobs.models import Delivery, Subscription
from jobs.services import webhooks
from tests.jobs.webhooks.conftest import Receiver, relayed
from users.models import Change, ChangeSet, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client: Client, admin_user: User) -> Client:
    client.force_login(admin_user)
    return client


def test_a_new_webhook_shows_its_secret_once_and_nowhere_else(
    admin: Client, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    answer = admin.post(
        reverse("jobs:webhook_new"),
        {"target": receiver.url, "kinds": ["order.created"], "is_active": "on", "description": "Shop"},
    )
    row = Subscription.objects.get()
    assert row.secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    for name in ("webhook_detail", "webhook_edit", "webhook_secret", "webhook_delete"):
        assert row.secret not in admin.get(reverse(f"jobs:{name}", args=[row.pk])).content.decode()
    assert row.secret not in admin.get(reverse("jobs:webhook_list")).content.decode()
    first = row.secret
    answer = admin.post(reverse("jobs:webhook_secret", args=[row.pk]))
    row.refresh_from_db()
    assert row.secret in answer.content.decode()
    assert first not in answer.content.decode()
    logged = (
        str(list(Change.objects.values_list("before", "after"))) + str(list(ChangeSet.objects.values())) + caplog.text
    )
    assert row.secret not in logged
    assert first not in logged
    assert "whsec" not in logged


def test_a_refused_address_is_said_beside_its_field(admin: Client) -> None:
    answer = admin.post(
        reverse("jobs:webhook_new"), {"target": "https://169.254.169.254/latest", "kinds": ["order.created"]}
    )
    assert "leads to a machine of this network" in answer.content.decode()
    assert not Subscription.objects.exists()


def test_the_log_shows_status_and_the_beginning_of_the_answer_escaped(
    admin: Client, receiver: Receiver, webhook: Subscription, emit: Any
) -> None:
    receiver.answer = lambda got: b"<script>alert(1)</script>"
    event = emit(n=1)
    relayed()
    text = admin.get(reverse("jobs:webhook_detail", args=[webhook.pk])).content.decode()
    assert f"#{event.pk}" in text
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert" not in text


def test_one_event_and_all_since_a_time_are_sent_again_from_the_page(
    admin: Client, receiver: Receiver, webhook: Subscription, emit: Any
) -> None:
    emit(n=1)
    relayed()
    admin.post(reverse("jobs:delivery_replay", args=[Delivery.objects.get().pk]))
    relayed()
    answer = admin.post(
        reverse("jobs:webhook_replay_since", args=[webhook.pk]), {"since": "2020-01-01T00:00"}, follow=True
    )
    assert "1 event is sent again" in answer.content.decode()
    relayed()
    assert len(receiver.got) == 3


def test_nobody_but_administrators_opens_them(client: Client, manager: User, webhook: Subscription, emit: Any) -> None:
    client.force_login(manager)
    for name in ("webhook_detail", "webhook_edit", "webhook_secret", "webhook_delete"):
        assert client.get(reverse(f"jobs:{name}", args=[webhook.pk])).status_code == 403
    with pytest.raises(PermissionDenied):
        webhooks.renew_secret(subscription_id=webhook.pk, by=manager)


def test_removing_takes_the_log_with_it(admin: Client, receiver: Receiver, webhook: Subscription, emit: Any) -> None:
    emit(n=1)
    relayed()
    assert admin.post(reverse("jobs:webhook_delete", args=[webhook.pk])).status_code == 302
    assert not Subscription.objects.exists()
    assert not Delivery.objects.exists()
