"""The relay: nothing is lost, nothing is sent to who may not read it, and each is sent once while nobody dies."""

import datetime as dt
import re
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Customer
from crm.lib import dates, links
from jobs import gateways, mail
from jobs.constants import LeftOut, MailingState, Way
from jobs.gateways import Unreachable
from jobs.messages import MessageKind, Notice, message_kinds, templates
from jobs.models import Mailing, Message
from jobs.services import mailing, messages, sweeper
from tests.jobs import mailserver
from tests.jobs.mailserver import MailServer
from users.errors import Invalid
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(templates._entries, "test.news", lambda values: f"News of {values['name']}")
    monkeypatch.setitem(templates._entries, "must.news", lambda values: "Must know")
    monkeypatch.setitem(message_kinds._entries, "test", MessageKind("test", "Tests"))
    monkeypatch.setitem(message_kinds._entries, "must", MessageKind("must", "Duties", Way.EMAIL, mandatory=True))


@pytest.fixture
def server(settings: Any) -> Iterator[MailServer]:
    with mailserver.running() as (behaviour, port):
        settings.MAIL_GATEWAY, settings.EMAIL_TIMEOUT = "smtp", 1
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_HOST_USER = ""
        settings.SITE_URL = "https://crm.example.com"
        yield behaviour


@pytest.fixture
def reader(owner: User) -> User:
    owner.email = "owner@example.com"
    owner.save()
    messages.choose_ways(user=owner, ways={"test": Way.EMAIL}, digest_at=dt.time(8))
    return owner


def tell(to: User, occasion: str = "once", template: str = "test.news", **fields: Any) -> Message | None:
    return messages.tell(recipient=to, template=template, values={"name": "Ada"}, occasion=occasion, **fields)


def due_now() -> None:
    Mailing.objects.filter(state=MailingState.WAITING).update(next_try=timezone.now())


def delivery() -> Mailing:
    return Mailing.objects.get()


# ── Written with the message ─────────────────────────────────────────────────


def test_the_delivery_is_written_with_the_message_or_not_at_all(reader: User) -> None:
    with transaction.atomic():
        tell(reader)
        transaction.set_rollback(True)
    assert not Message.objects.exists()
    assert not Mailing.objects.exists()
    tell(reader)
    tell(reader)
    assert delivery().state == MailingState.WAITING


@pytest.mark.parametrize(
    ("way", "channels", "in_bell"),
    [(Way.BELL, [], True), (Way.EMAIL, ["email"], True), (Way.DIGEST, ["digest"], True), (Way.OFF, [], False)],
)
def test_each_way_writes_its_delivery(
    reader: User, client: Client, way: Way, channels: list[str], in_bell: bool
) -> None:
    messages.choose_ways(user=reader, ways={"test": way}, digest_at=dt.time(8))
    assert tell(reader)
    assert list(Mailing.objects.values_list("channel", flat=True)) == channels
    client.force_login(reader)
    assert client.get(reverse("jobs:bell")).context["unread"] == int(in_bell)


def test_what_must_be_known_can_not_be_turned_off(reader: User) -> None:
    with pytest.raises(Invalid):
        messages.choose_ways(user=reader, ways={"must": Way.OFF}, digest_at=dt.time(8))
    settings_row = messages.settings_of(reader)
    settings_row.ways = {"must": "off"}
    settings_row.save()
    tell(reader, template="must.news")
    assert Message.objects.get().in_bell
    assert delivery().channel == "email"


# ── Sending ──────────────────────────────────────────────────────────────────


def test_an_e_mail_arrives_in_text_and_html_in_the_readers_language(reader: User, server: MailServer) -> None:
    reader.language = "zh-hans"
    reader.save()
    message = tell(reader)
    assert message
    assert mailing.deliver() == 1
    (got,) = server.mails
    assert got["To"] == "owner@example.com"
    assert got["Subject"] == "News of Ada"
    text, html = got.get_body(("plain",)).get_content(), got.get_body(("html",)).get_content()  # type: ignore[union-attr]
    (address,) = set(re.findall(r"https://crm\.example\.com/notices/open/[\w:-]+/", text))
    assert address in html
    assert '<html lang="zh-Hans">' in html
    assert got["Message-ID"] == f"<notice-{message.pk}-{delivery().pk}@crm.example.com>"
    assert delivery().state == MailingState.SENT
    assert mailing.deliver() == 0
    assert len(server.mails) == 1


def test_a_line_break_in_a_value_forges_no_header(reader: User, server: MailServer) -> None:
    messages.tell(
        recipient=reader,
        template="test.news",
        occasion="x",
        values={"name": "Ada\r\nBcc: evil@example.com\r\n\r\nBody"},
    )
    assert mailing.deliver() == 1
    assert server.mails[0]["Bcc"] is None
    assert "\n" not in server.mails[0]["Subject"]


def test_markup_in_a_value_stays_text(reader: User, server: MailServer) -> None:
    messages.tell(recipient=reader, template="test.news", occasion="x", values={"name": "<script>alert(1)</script>"})
    mailing.deliver()
    html = server.mails[0].get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_a_refused_address_fails_at_once_and_can_be_tried_again(reader: User, server: MailServer) -> None:
    tell(reader)
    server.refuse = "550 no such user"
    assert mailing.deliver() == 0
    assert (delivery().state, delivery().error) == (MailingState.FAILED, "550 no such user")
    server.refuse = ""
    assert mailing.deliver() == 0
    assert mailing.try_again(mailing_id=delivery().pk)
    assert mailing.deliver() == 1


def test_a_refusal_for_now_is_tried_again_later_and_later(reader: User, server: MailServer) -> None:
    tell(reader)
    server.refuse = "451 come back later"
    pauses = []
    for _ in range(3):
        due_now()
        mailing.deliver()
        assert delivery().state == MailingState.WAITING
        pauses.append((delivery().next_try - timezone.now()).total_seconds())
    assert pauses == sorted(pauses)
    assert pauses[2] > 3 * pauses[0] > 120
    server.refuse = ""
    due_now()
    assert mailing.deliver() == 1


def test_after_three_days_it_is_given_up(reader: User, server: MailServer) -> None:
    tell(reader)
    server.refuse = "451 come back later"
    Mailing.objects.update(created_at=timezone.now() - dt.timedelta(days=4))
    mailing.deliver()
    assert delivery().state == MailingState.FAILED


def test_a_server_that_hangs_stops_the_pass_and_loses_nothing(reader: User, server: MailServer) -> None:
    for number in range(3):
        tell(reader, f"{number}")
    server.hang = True
    assert mailing.deliver() == 0
    assert server.connections == 1
    assert Mailing.objects.filter(state=MailingState.WAITING).count() == 3
    assert not Mailing.objects.due().exists()
    server.hang = False
    due_now()
    assert mailing.deliver() == 3


def test_a_server_that_is_not_there_loses_nothing(reader: User, server: MailServer, settings: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = free.getsockname()[1]
    tell(reader)
    assert mailing.deliver() == 0
    assert delivery().state == MailingState.WAITING
    assert "ConnectionRefused" in delivery().error


def test_a_server_that_dies_after_taking_it_gets_it_again_under_the_same_name(reader: User, server: MailServer) -> None:
    tell(reader)
    server.die = True
    assert mailing.deliver() == 0
    server.die = False
    due_now()
    assert mailing.deliver() == 1
    names = [got["Message-ID"] for got in server.mails]
    assert len(names) == 2
    assert len(set(names)) == 1


def test_a_relay_killed_after_sending_repeats_under_the_same_name(reader: User, server: MailServer) -> None:
    tell(reader)
    claim = mailing.take()
    assert claim
    gateways.by_smtp(mail.compose(reader, claim.mailings, [_notice(claim)]))  # and no mark: it was killed here
    assert mailing.deliver() == 0, "its lease isn't over"
    due_now()
    assert mailing.deliver() == 1
    assert len({got["Message-ID"] for got in server.mails}) == 1


def _notice(claim: mailing.Claim) -> Any:
    from jobs.messages import Notice

    return Notice(claim.mailings[0].message)


def test_a_relay_that_lost_its_claim_marks_nothing(reader: User, server: MailServer) -> None:
    tell(reader)
    late = mailing.take()
    assert late
    due_now()
    assert mailing.deliver() == 1
    assert late.mark(late.mailings, state=MailingState.FAILED) == 0
    assert delivery().state == MailingState.SENT


@pytest.mark.django_db(transaction=True)
def test_two_relays_at_once_send_each_once(reader: User, server: MailServer) -> None:
    for number in range(12):
        tell(reader, f"{number}")
    server.delay = 0.02
    counts: list[int] = []

    def work() -> None:
        try:
            counts.append(mailing.work_through())
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 12
    assert len({got["Message-ID"] for got in server.mails}) == len(server.mails) == 12


@pytest.mark.django_db(transaction=True)
def test_while_one_relay_works_another_leaves_its_worker_free(reader: User, server: MailServer) -> None:
    tell(reader)
    with mailing._alone() as alone:
        assert alone
        other: list[int] = []

        def work() -> None:
            other.append(mailing.deliver())
            connection.close()

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert other == [0]
        assert not server.mails
    assert mailing.deliver() == 1


def test_a_template_that_fails_does_not_hold_up_the_others(
    reader: User, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(templates._entries, "test.broken", lambda values: values["missing"])
    tell(reader, "broken", template="test.broken")
    tell(reader, "whole")
    assert mailing.deliver() == 1
    assert Mailing.objects.get(state=MailingState.WAITING).message.template == "test.broken"


# ── Who is not sent what ─────────────────────────────────────────────────────


@pytest.mark.parametrize("reason", [LeftOut.INACTIVE, LeftOut.NO_ADDRESS, LeftOut.STOPPED, LeftOut.NO_GATEWAY])
def test_what_should_not_be_sent_is_left_out_with_the_reason(
    reader: User, server: MailServer, settings: Any, reason: LeftOut
) -> None:
    tell(reader)
    if reason == LeftOut.INACTIVE:
        User.objects.filter(pk=reader.pk).update(is_active=False)
    elif reason == LeftOut.NO_ADDRESS:
        User.objects.filter(pk=reader.pk).update(email="")
    elif reason == LeftOut.STOPPED:
        messages.choose_ways(user=reader, ways={"test": Way.BELL}, digest_at=dt.time(8))
    else:
        settings.MAIL_GATEWAY = "none"
    assert mailing.deliver() == 0
    assert (delivery().state, delivery().left_out) == (MailingState.SKIPPED, reason)
    assert not server.mails


def test_nothing_is_sent_about_a_customer_the_reader_no_longer_sees(
    reader: User, account: Customer, server: MailServer
) -> None:
    tell(reader, "seen", customer_id=account.pk)
    assert mailing.deliver() == 1
    tell(reader, "unseen", customer_id=account.pk)
    Customer.objects.filter(pk=account.pk).update(owner=None)
    assert mailing.deliver() == 0
    assert Mailing.objects.get(state=MailingState.SKIPPED).left_out == LeftOut.OUT_OF_SIGHT
    assert len(server.mails) == 1


# ── Once a day ───────────────────────────────────────────────────────────────


def test_the_daily_e_mail_comes_at_the_readers_hour_with_all_that_is_unread(reader: User, server: MailServer) -> None:
    messages.choose_ways(user=reader, ways={"test": Way.DIGEST}, digest_at=dt.time(17, 30))
    told = [tell(reader, f"{number}") for number in range(3)]
    at = {row.next_try.astimezone(dates.company_zone()).time() for row in Mailing.objects.all()}
    assert at == {dt.time(17, 30)}
    assert mailing.deliver() == 0
    assert told[0]
    messages.mark_read(by=reader, message_id=told[0].pk)
    due_now()
    assert mailing.deliver() == 1
    (got,) = server.mails
    assert got["Subject"] == "2 notices of the last day"
    assert got["List-Unsubscribe"] is None
    assert sorted(Mailing.objects.values_list("state", flat=True)) == ["sent", "sent", "skipped"]


def test_daily_e_mails_of_two_people_are_two(reader: User, colleague: User, server: MailServer) -> None:
    User.objects.filter(pk=colleague.pk).update(email="colleague@example.com")
    for user in (reader, colleague):
        messages.choose_ways(user=user, ways={"test": Way.DIGEST}, digest_at=dt.time(8))
        tell(user, "a")
        tell(user, "b")
    due_now()
    assert mailing.deliver() == 2
    assert sorted(got["To"] for got in server.mails) == ["colleague@example.com", "owner@example.com"]


# ── Links ────────────────────────────────────────────────────────────────────


def test_an_e_mail_can_be_stopped_by_its_link_without_signing_in(
    reader: User, server: MailServer, client: Client
) -> None:
    tell(reader)
    mailing.deliver()
    address = server.mails[0]["List-Unsubscribe"].strip(" <>").removeprefix("https://crm.example.com")
    assert client.get(address).status_code == 200
    assert messages.way_of(messages.settings_of(reader), message_kinds.get("test")) == Way.EMAIL, "a look stops nothing"
    assert Client(enforce_csrf_checks=True).post(address).status_code == 200
    assert messages.way_of(messages.settings_of(reader), message_kinds.get("test")) == Way.BELL


def test_a_forged_or_misused_link_is_not_found(reader: User, client: Client) -> None:
    token = mail.stop_token(reader, "test")
    other = links.sign("approval", {"user": reader.pk, "kind": "test"})
    for bad in (token[:-2] + "xx", other, "x", ""):
        address = reverse("jobs:mail_stop", args=[bad or "-"])
        assert client.post(address).status_code == 404
    with pytest.raises(links.BadLink):
        links.read("approval", token, max_days=1)


def test_a_link_in_an_e_mail_asks_who_it_is(reader: User, outsider: User, client: Client) -> None:
    message = tell(reader, url="/tasks/")
    assert message
    address = reverse("jobs:message_follow", args=[mail.open_token(Notice(message))])
    assert client.get(address).url.startswith(reverse("account_login"))
    client.force_login(outsider)
    assert client.get(address).status_code == 404
    client.force_login(reader)
    assert client.get(address).url == "/tasks/"
    with time_machine.travel(timezone.now() + dt.timedelta(days=31), tick=False):
        client.force_login(reader)
        assert client.get(address).status_code == 404


def test_a_link_for_another_notice_or_purpose_opens_nothing(reader: User, client: Client) -> None:
    message = tell(reader, url="/tasks/")
    assert message
    client.force_login(reader)
    for token in (
        mail.stop_token(reader, "test"),
        links.sign("approval", {"message": message.pk, "user": reader.pk}),
        mail.open_token(Notice(message))[:-1] + "-",
    ):
        assert client.get(reverse("jobs:message_follow", args=[token])).status_code == 404


# ── Around it ────────────────────────────────────────────────────────────────


def test_the_sweep_tells_a_worker_when_something_waits(reader: User, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    monkeypatch.setattr(sweeper, "hint_mail", lambda: asked.append(True))
    sweeper.sweep()
    assert asked == []
    tell(reader)
    sweeper.sweep()
    assert asked == [True]


def test_the_development_gateway_writes_a_file(reader: User, settings: Any, tmp_path: Any) -> None:
    settings.MAIL_GATEWAY, settings.MAIL_DIR = "file", tmp_path
    tell(reader)
    assert mailing.deliver() == 1
    (kept,) = tmp_path.glob("*.eml")
    assert b"owner@example.com" in kept.read_bytes()


def test_old_messages_are_deleted_with_their_deliveries(reader: User) -> None:
    now = timezone.now()
    for number, (read, age) in enumerate([(91, 91), (89, 91), (None, 364), (None, 366)]):
        message = tell(reader, f"{number}")
        assert message
        read_at = now - dt.timedelta(days=read) if read else None
        Message.objects.filter(pk=message.pk).update(read_at=read_at, created_at=now - dt.timedelta(days=age))
    assert messages.prune(read_days=90, unread_days=365) == 2
    assert sorted(Message.objects.values_list("occasion", flat=True)) == ["1", "2"]
    assert Mailing.objects.count() == 2


def test_ways_are_chosen_on_a_page(reader: User, client: Client) -> None:
    client.force_login(reader)
    page = reverse("jobs:notice_settings")
    assert client.get(page).status_code == 200
    said = {f"way-{kind.code}": "bell" for kind in message_kinds} | {"way-other": "off", "digest_at": "17:30"}
    assert client.post(page, said | {"way-test": "digest", "way-must": "email"}).status_code == 302
    chosen = messages.settings_of(reader)
    assert (chosen.ways["test"], chosen.ways["other"], chosen.digest_at) == ("digest", "off", dt.time(17, 30))
    assert client.post(page, said | {"way-must": "off"}).status_code == 422


def test_administrators_see_what_failed_and_try_it_again(
    reader: User, admin_user: User, server: MailServer, client: Client
) -> None:
    tell(reader)
    server.refuse = "550 no"
    mailing.deliver()
    client.force_login(admin_user)
    page = client.get(reverse("jobs:mailing_list") + "?show=failed").content.decode()
    assert "550 no" in page
    assert "News of Ada" not in page
    client.post(reverse("jobs:mailing_retry", args=[delivery().pk]))
    assert delivery().state == MailingState.WAITING
    client.force_login(reader)
    assert client.get(reverse("jobs:mailing_list")).status_code == 403


def test_an_unreachable_server_is_named_so(settings: Any, reader: User, server: MailServer) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "x", "y"
    tell(reader)
    claim = mailing.take()
    assert claim
    with pytest.raises(Unreachable):
        mailing.send(claim)
