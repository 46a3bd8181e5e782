"""Events reach their subscribers: signed, in order, again and again for three days, and nobody else."""

import datetime as dt
import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from accounts.models import Customer
from jobs import hints
from jobs.models import Delivery, DeliveryTry, Message, OutboxEvent, Subscription
from jobs.runs import request
from jobs.services import relay, sweeper, tidying, webhooks
from jobs.services.runs import run_now
from jobs.webhooks import sending
from tests import factories
from tests.jobs.webhooks.conftest import Got, Receiver, relayed, time_passes
from users.models import User

pytestmark = pytest.mark.django_db

REAL_TRANSACTIONS = pytest.mark.django_db(transaction=True)

Emit = Callable[..., OutboxEvent]


def numbers(receiver: Receiver) -> list[Any]:
    return [json.loads(got.body)["data"].get("n") for got in receiver.got]


def database_time() -> dt.datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        return cursor.fetchone()[0]


def refuse(*failing: int) -> Callable[[Got], int]:
    return lambda got: 500 if json.loads(got.body)["data"].get("n") in failing else 200


def test_an_event_arrives_with_a_signature_that_the_library_accepts(
    receiver: Receiver, webhook: Subscription, emit: Emit
) -> None:
    event = emit(number="SO-1", name="华为")
    assert relayed().sent == 1
    (got,) = receiver.got
    told = Webhook(webhook.secret).verify(got.body, got.headers)
    assert told["data"] == {"number": "SO-1", "name": "华为"}
    assert (told["type"], told["id"], told["sequence"]) == ("order.created", f"evt_{event.uid.hex}", event.pk)
    assert got.headers["webhook-id"] == told["id"]
    with pytest.raises(WebhookVerificationError):
        Webhook(webhook.secret).verify(got.body + b" ", got.headers)
    assert Delivery.objects.get().state == "sent"
    done = DeliveryTry.objects.get()
    assert (done.status, done.excerpt) == (200, "thanks")
    assert relayed() == relay.Figures()


def test_a_new_secret_overlaps_with_the_old_one_for_a_day(
    receiver: Receiver, webhook: Subscription, emit: Emit, admin_user: User
) -> None:
    new = webhooks.renew_secret(subscription_id=webhook.pk, by=admin_user)
    emit(n=1)
    relayed()
    for secret in (webhook.secret, new):
        Webhook(secret).verify(receiver.got[0].body, receiver.got[0].headers)
    time_passes(hours=25)
    emit(n=2)
    relayed()
    Webhook(new).verify(receiver.got[1].body, receiver.got[1].headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(webhook.secret).verify(receiver.got[1].body, receiver.got[1].headers)


def test_events_of_a_customer_keep_their_order_and_a_failing_one_holds_back_that_customer_alone(
    receiver: Receiver, webhook: Subscription, emit: Emit, account: Customer
) -> None:
    other = factories.customer()
    receiver.answer = refuse(1)
    for n, customer in enumerate([account, account, other, account, other], start=1):
        emit(n=n, customer_id=customer.pk)
    relayed()
    assert sorted(numbers(receiver)) == [1, 3, 5], "2 and 4 wait behind 1"
    receiver.answer, receiver.got = refuse(2), []
    time_passes(hours=1)
    relayed()
    assert numbers(receiver) == [1, 2]
    receiver.answer, receiver.got = refuse(), []
    time_passes(hours=1)
    relayed()
    assert numbers(receiver) == [2, 4]


def test_a_hundred_events_of_one_customer_arrive_in_their_order(
    receiver: Receiver, webhook: Subscription, emit: Emit
) -> None:
    for n in range(100):
        emit(n=n)
    assert relayed().sent == 100
    assert numbers(receiver) == list(range(100))


def test_tries_are_repeated_after_growing_pauses_for_three_days_then_parked_and_told(
    receiver: Receiver, webhook: Subscription, emit: Emit, admin_user: User
) -> None:
    receiver.answer = refuse(1)
    emit(n=1)
    relay.make_deliveries()
    hours, pauses = 0.0, []
    while Delivery.objects.get().state == "waiting":
        assert hours < 100
        relayed()
        row = Delivery.objects.get()
        if row.state == "waiting":
            pause = (row.next_at - database_time()).total_seconds()
            assert relayed().failed == 0, "not before its time"
            pauses.append(round(pause))
            time_passes(hours=pause / 3600 + 0.002)
            hours += pause / 3600
    assert pauses[:8] == pytest.approx([10, 30, 60, 300, 900, 3600, 7200, 14400], abs=9)
    assert pauses[8:] == pytest.approx([21_600] * len(pauses[8:]), abs=9)
    assert 72 <= hours <= 79
    assert Delivery.objects.get().state == "parked"
    assert Delivery.objects.get().tries == len(pauses) + 1 == len(receiver.got)
    message = Message.objects.get(recipient=admin_user)
    assert (message.template, message.url) == ("webhook.parked", f"/webhooks/{webhook.pk}/")


def test_after_a_parked_event_the_customers_later_ones_go_on(
    receiver: Receiver, webhook: Subscription, emit: Emit
) -> None:
    receiver.answer = refuse(1)
    emit(n=1)
    relayed()
    time_passes(hours=80)
    emit(n=2)
    assert relayed().parked == 1
    assert [row.state for row in Delivery.objects.order_by("event_id")] == ["parked", "sent"]


def test_a_parked_event_is_sent_again_by_hand_under_its_id(
    receiver: Receiver, webhook: Subscription, emit: Emit, admin_user: User
) -> None:
    receiver.answer = refuse(1)
    emit(n=1)
    relayed()
    time_passes(hours=80)
    relayed()
    receiver.answer = refuse()
    row = Delivery.objects.get()
    assert webhooks.replay(delivery_id=row.pk, by=admin_user)
    assert not webhooks.replay(delivery_id=row.pk, by=admin_user), "it is on its way"
    assert relayed().sent == 1
    assert len({got.headers["webhook-id"] for got in receiver.got}) == 1


def test_all_since_a_moment_is_sent_again_in_order_also_what_another_subscription_got(
    receiver: Receiver, webhook: Subscription, emit: Emit, admin_user: User
) -> None:
    emit(n=1)
    time_passes(hours=10)
    emit(n=2)
    emit(n=3)
    relayed()
    receiver.got = []
    since = timezone.now() - dt.timedelta(hours=1)
    assert webhooks.replay_since(subscription_id=webhook.pk, since=since, by=admin_user) == 2
    relayed()
    assert numbers(receiver) == [2, 3]
    late = webhooks.subscribe(of=webhooks.Wanted(receiver.url + "/late", ["order.created"]), by=admin_user)
    receiver.got = []
    assert webhooks.replay_since(subscription_id=late.pk, since=since, by=admin_user) == 2
    relayed()
    assert (numbers(receiver), {got.path for got in receiver.got}) == ([2, 3], {"/hook/late"})


# ── Whom ────────────────────────────────────────────────────────────────────


def test_a_subscriber_is_told_of_customers_within_reach_when_the_event_is_sent(
    receiver: Receiver, webhook: Subscription, emit: Emit, account: Customer, owner: User
) -> None:
    Subscription.objects.update(subscriber=owner)
    foreign = factories.customer()
    emit(n=1)
    emit(n=2, customer_id=foreign.pk)
    emit("tier.recomputed", n=3, customer_id=None)
    assert relayed().withheld == 2
    assert numbers(receiver) == [1]
    emit(n=4)
    Customer.objects.filter(pk=account.pk).update(owner=None, department=None)
    relayed()
    assert numbers(receiver) == [1], "handed over between the write and the sending"


def test_a_deactivated_subscriber_is_told_nothing(
    receiver: Receiver, webhook: Subscription, emit: Emit, admin_user: User
) -> None:
    emit(n=1)
    User.objects.filter(pk=admin_user.pk).update(is_active=False)
    assert relayed().withheld == 1
    assert receiver.got == []


def test_a_subscriber_without_the_permission_of_a_kind_is_told_nothing(
    receiver: Receiver, webhook: Subscription, emit: Emit, admin_user: User
) -> None:
    emit(n=1)
    admin_user.groups.clear()
    assert relayed().withheld == 1
    assert receiver.got == []


def test_an_inactive_subscription_is_told_nothing_and_gets_no_new_events(
    receiver: Receiver, webhook: Subscription, emit: Emit, admin_user: User
) -> None:
    emit(n=1)
    wanted = webhooks.Wanted(receiver.url, webhook.kinds, is_active=False)
    webhooks.update(subscription_id=webhook.pk, of=wanted, by=admin_user)
    relayed()
    assert receiver.got == []


# ── What receivers do ───────────────────────────────────────────────────────


def test_a_redirect_is_not_followed(receiver: Receiver, webhook: Subscription, emit: Emit) -> None:
    receiver.headers = {"Location": f"http://127.0.0.1:{receiver.port}/elsewhere"}
    receiver.answer = lambda got: 302
    emit(n=1)
    assert relayed().failed == 1
    assert [got.path for got in receiver.got] == ["/hook"]
    assert DeliveryTry.objects.get().status == 302


def test_a_huge_answer_is_read_no_further_than_its_beginning(
    receiver: Receiver, webhook: Subscription, emit: Emit
) -> None:
    receiver.answer = lambda got: b"x" * 50_000_000
    emit(n=1)
    began = time.monotonic()
    assert relayed().sent == 1
    assert time.monotonic() - began < 5
    assert len(DeliveryTry.objects.get().excerpt) == sending.EXCERPT_BYTES


def test_a_silent_receiver_is_given_up_in_time_and_paused(
    receiver: Receiver, webhook: Subscription, emit: Emit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "TOTAL_SECONDS", 0.5)
    receiver.slow = 3
    emit(n=1)
    began = time.monotonic()
    assert relayed().failed == 1
    assert time.monotonic() - began < 2
    assert DeliveryTry.objects.get().error == "silent"
    webhook.refresh_from_db()
    assert webhook.failures == 1
    assert webhook.paused_until is not None


def test_a_slow_receiver_does_not_hold_up_the_others(
    receiver: Receiver, webhook: Subscription, emit: Emit, admin_user: User
) -> None:
    webhooks.subscribe(of=webhooks.Wanted(f"{receiver.url}/slow", ["order.created"]), by=admin_user)
    done: dict[str, float] = {}
    began = time.monotonic()

    def answer(got: Got) -> int:
        if got.path.endswith("slow"):
            time.sleep(3.0)
        done.setdefault(f"{got.path} {len(done)}", time.monotonic() - began)
        return 200

    receiver.answer = answer
    for n in range(10):
        emit(n=n)
    relay.relay(budget_seconds=4)
    fast = [at for name, at in done.items() if not name.split()[0].endswith("slow")]
    assert len(fast) == 10
    assert max(fast) < 3.0


def test_a_receiver_that_is_gone_is_told_nothing_any_more(
    receiver: Receiver, webhook: Subscription, emit: Emit, admin_user: User
) -> None:
    receiver.answer = lambda got: 410
    emit(n=1)
    relayed()
    webhook.refresh_from_db()
    assert not webhook.is_active
    assert Message.objects.get(recipient=admin_user).template == "webhook.gone"


def test_a_receiver_may_ask_for_time(receiver: Receiver, webhook: Subscription, emit: Emit) -> None:
    receiver.answer = lambda got: 429
    receiver.headers = {"Retry-After": "1800"}
    emit(n=1)
    relayed()
    assert 1790 <= (Delivery.objects.get().next_at - database_time()).total_seconds() <= 1800


# ── Relays that die ─────────────────────────────────────────────────────────


def test_a_claim_that_was_left_behind_is_taken_up_after_its_lease(
    receiver: Receiver, webhook: Subscription, emit: Emit
) -> None:
    emit(n=1)
    relay.make_deliveries()
    assert len(relay.claim(subscription_id=webhook.pk, count=5)) == 1
    assert relayed().sent == 0, "another relay has it"
    time_passes(hours=0.1)
    assert relayed().sent == 1
    assert Delivery.objects.get().tries == 2


def test_whoever_lost_the_claim_changes_nothing(receiver: Receiver, webhook: Subscription, emit: Emit) -> None:
    emit(n=1)
    relay.make_deliveries()
    (pk,) = relay.claim(subscription_id=webhook.pk, count=1)
    (late,), _ = relay._load([pk])
    time_passes(hours=0.1)
    relayed()
    relay._finish(late, sending.Answer(status=500), relay.Figures())
    assert Delivery.objects.get().state == "sent"


@REAL_TRANSACTIONS
def test_two_claims_at_once_get_different_deliveries(receiver: Receiver, webhook: Subscription, emit: Emit) -> None:
    for customer in [factories.customer() for _ in range(6)]:
        emit(n=1, customer_id=customer.pk)
    relay.make_deliveries()
    taken: list[int] = []
    barrier = threading.Barrier(3)

    def work() -> None:
        barrier.wait()
        taken.extend(relay.claim(subscription_id=webhook.pk, count=2))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken))


@REAL_TRANSACTIONS
def test_one_relay_at_a_time(receiver: Receiver, webhook: Subscription, emit: Emit) -> None:
    emit(n=1)
    results: list[Any] = []

    def second() -> None:
        results.append(relay.relay())
        connection.close()

    with relay._alone() as alone:
        assert alone
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert results == [None]
    assert relayed().sent == 1


# ── What is kept ────────────────────────────────────────────────────────────


def test_what_was_told_a_month_ago_is_removed_and_what_waits_stays(
    receiver: Receiver, webhook: Subscription, emit: Emit
) -> None:
    emit(n=1)
    relayed()
    receiver.answer = refuse(2)
    emit(n=2)
    relayed()
    for table, column in (("jobs_delivery", "ended_at"), ("jobs_outboxevent", "relayed_at")):
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET {column} = {column} - interval '31 days'")
    done = run_now(request(tidying.KIND))
    assert (done.result["deliveries"], done.result["events"]) == (1, 1), done.error
    assert [event.payload["n"] for event in OutboxEvent.objects.all()] == [2]


def test_the_sweep_tells_a_worker_when_events_wait(
    webhook: Subscription, emit: Emit, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(hints.current_app, "send_task", lambda name, **_: told.append(name))
    sweeper.sweep()
    assert "jobs.relay" not in told
    emit(n=1)
    sweeper.sweep()
    assert told.count("jobs.relay") == 1


# ── Programs ────────────────────────────────────────────────────────────────


def test_a_program_is_told_what_its_key_reaches_until_the_key_ends(
    receiver: Receiver, emit: Emit, account: Customer
) -> None:
    key, _token = factories.key(scopes=["webhook.edit", "order.view"], reach="all")
    row = webhooks.subscribe(of=webhooks.Wanted(receiver.url, ["order.created"]), by=key.principal())
    emit(n=1)
    assert relayed().sent == 1
    type(key).objects.filter(pk=key.pk).update(reach="own")
    emit(n=2)
    assert relayed().withheld == 1
    type(key).objects.filter(pk=key.pk).update(reach="all", scopes=["webhook.edit"])
    emit(n=3)
    assert relayed().withheld == 1, "a key that may not read orders any more"
    type(key).objects.filter(pk=key.pk).update(scopes=["order.view"], withdrawn_at=timezone.now())
    emit(n=4)
    assert relayed().withheld == 1
    assert (numbers(receiver), row.secret[:6]) == ([1], "whsec_")
