"""The sealed log: whatever is altered in it shows, and everything committed is sealed exactly once."""

import datetime as dt
import threading
import time
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from tests import factories
from users.constants import Cause
from users.core import seals as core
from users.models import Change, ChangeSet, Seal, SealProgress, User
from users.queries import seals
from users.services import changes, sealing


def act(by: User, *, rows: int = 2, cause: Cause = Cause.PAGE) -> ChangeSet:
    """One act that changed some rows."""
    change_set = changes.open_set(by=by, cause=cause, summary="something")
    for _ in range(rows):
        changes.record_create(change_set, by)
    return change_set


@pytest.fixture
def by(db: None) -> User:
    return factories.user("administrator")


@pytest.fixture
def chain(by: User) -> list[ChangeSet]:
    """Five acts, sealed in two portions."""
    acts = [act(by) for _ in range(3)]
    assert sealing.seal() == 3
    acts += [act(by), act(by, rows=0)]
    assert sealing.seal() == 2
    return acts


# ── Core ────────────────────────────────────────────────────────────────────


def test_a_digest_is_that_of_the_canonical_json() -> None:
    # printf '{"a":1,"b":"要客"}' | sha256sum
    assert core.digest({"b": "要客", "a": 1}) == "2d019a07e8977f033ade93e90a910105fd45ec729d3ca99a9c964120d4340aa2"


def test_each_part_of_a_link_is_in_its_hash() -> None:
    parts: list[Any] = [core.FIRST, 1, 2, 3, 4, "payload", "at"]
    others: list[Any] = ["1" * 64, 9, 9, 9, 9, "other", "other"]
    hashes = {core.link_hash(*parts)}
    hashes |= {core.link_hash(*[*parts[:i], others[i], *parts[i + 1 :]]) for i in range(len(parts))}
    assert len(hashes) == len(parts) + 1


# ── Checking ────────────────────────────────────────────────────────────────


def test_an_untouched_log_holds(chain: list[ChangeSet]) -> None:
    verdict = seals.check()
    assert (verdict.links, verdict.unsealed, verdict.fault) == (5, 0, None)
    assert [seal.change_set_id for seal in Seal.objects.all()] == [one.pk for one in chain]


def change_a_row(chain: list[ChangeSet]) -> None:
    Change.objects.filter(change_set=chain[2]).update(after={"name": "somebody else"})


def change_who_did_it(chain: list[ChangeSet]) -> None:
    ChangeSet.objects.filter(pk=chain[2].pk).update(actor=None)


def change_when_it_was(chain: list[ChangeSet]) -> None:
    ChangeSet.objects.filter(pk=chain[2].pk).update(at=timezone.now() - dt.timedelta(days=1))


def delete_a_row(chain: list[ChangeSet]) -> None:
    Change.objects.filter(change_set=chain[2]).first().delete()  # type: ignore[union-attr]


def delete_an_act(chain: list[ChangeSet]) -> None:
    chain[2].delete()


def move_a_row_away(chain: list[ChangeSet]) -> None:
    first = Change.objects.filter(change_set=chain[2]).first()
    Change.objects.filter(pk=first.pk).update(change_set=chain[3])  # type: ignore[union-attr]


def insert_a_row(chain: list[ChangeSet]) -> None:
    """With an id between others': as somebody would who doesn't want it to show."""
    last = Change.objects.filter(change_set=chain[2]).last()
    pk = last.pk  # type: ignore[union-attr]
    Change.objects.filter(pk=pk).delete()
    Change.objects.create(pk=pk, change_set=chain[2], action="create", model="users.user", object_id=7)


def reorder_two_rows(chain: list[ChangeSet]) -> None:
    one, two = Change.objects.filter(change_set=chain[2])
    Change.objects.filter(pk=one.pk).update(object_id=-1)
    Change.objects.filter(pk=two.pk).update(object_id=-2)


def change_a_seal(chain: list[ChangeSet]) -> None:
    Seal.objects.filter(position=3).update(sealed_at=timezone.now() - dt.timedelta(days=1))


def forge_a_seal(chain: list[ChangeSet]) -> None:
    """Alter a row and its own link; the next link still holds the old hash."""
    change_a_row(chain)
    link, before = Seal.objects.get(position=3), Seal.objects.get(position=2)
    rows = Change.objects.filter(change_set=chain[2])
    link.payload_hash = core.payload_hash(seals.header_of(chain[2]), map(seals.hash_of, rows))
    at = link.sealed_at.isoformat()
    link.hash = core.link_hash(before.hash, 3, link.change_set_id, link.upto, link.rows, link.payload_hash, at)
    link.save()


def swap_two_seals(chain: list[ChangeSet]) -> None:
    one, two = Seal.objects.get(position=3), Seal.objects.get(position=4)
    Seal.objects.filter(pk__in=[3, 4]).delete()
    one.position, two.position = 4, 3
    Seal.objects.bulk_create([one, two])


def delete_a_seal(chain: list[ChangeSet]) -> None:
    Seal.objects.filter(position=3).delete()


def say_it_was_erased(chain: list[ChangeSet]) -> None:
    """Alter a row and claim that an erasure did it, keeping the old hash."""
    row = Change.objects.filter(change_set=chain[2]).first()
    kept = seals.content_hash(row)  # type: ignore[arg-type]
    Change.objects.filter(pk=row.pk).update(after={}, erased_by=chain[3], kept_hash=kept)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("tamper", "position"),
    [
        *[(change_a_row, 3), (change_who_did_it, 3), (change_when_it_was, 3), (delete_a_row, 3), (delete_an_act, 3)],
        *[(move_a_row_away, 3), (insert_a_row, 3), (reorder_two_rows, 3), (change_a_seal, 3), (forge_a_seal, 4)],
        *[(swap_two_seals, 3), (delete_a_seal, 3), (say_it_was_erased, 3)],
    ],
)
def test_whatever_is_altered_breaks_the_chain_there(
    tamper: Callable[[list[ChangeSet]], None], position: int, chain: list[ChangeSet]
) -> None:
    tamper(chain)
    fault = seals.check().fault
    assert fault is not None
    assert fault.position == position, fault


def test_a_row_put_into_a_sealed_act_afterwards_shows(chain: list[ChangeSet], by: User) -> None:
    changes.record_create(chain[2], by)
    sealing.seal()
    fault = seals.check().fault
    assert fault is not None
    assert "afterwards" in fault.reason


def test_links_cut_off_at_the_end_show_against_a_noted_head(chain: list[ChangeSet]) -> None:
    noted = seals.check()
    Seal.objects.filter(position__gte=4).delete()
    ChangeSet.objects.filter(pk__in=[chain[3].pk, chain[4].pk]).delete()
    assert seals.check().fault is None
    fault = seals.check(expect=(noted.links, noted.head)).fault
    assert fault is not None
    assert "cut off" in fault.reason


def test_the_command_names_the_broken_link_and_prints_the_head(chain: list[ChangeSet]) -> None:
    out = StringIO()
    call_command("verify_log", stdout=out)
    assert "5 links hold" in out.getvalue()
    head = out.getvalue().split("Head: ")[1].strip()
    call_command("verify_log", expect=head, stdout=StringIO())
    with pytest.raises(CommandError, match=r"Link 5 .* noted earlier"):
        call_command("verify_log", expect=f"5:{'a' * 64}")
    change_a_row(chain)
    with pytest.raises(CommandError, match=f"Link 3 .change set {chain[2].pk}. is broken"):
        call_command("verify_log")


# ── Sealing ─────────────────────────────────────────────────────────────────


def test_nothing_is_sealed_twice(chain: list[ChangeSet]) -> None:
    assert sealing.seal() == 0
    assert Seal.objects.count() == 5


def test_an_import_that_goes_on_gets_another_link(by: User) -> None:
    change_set = act(by, cause=Cause.IMPORT)
    sealing.seal()
    changes.record_create(change_set, by)
    assert sealing.seal() == 1
    assert [seal.rows for seal in Seal.objects.all()] == [2, 1]
    assert seals.check().fault is None


def test_a_pass_takes_a_portion_and_the_next_goes_on(by: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "SETS_AT_ONCE", 2)
    acts = [act(by) for _ in range(5)]
    assert [sealing.seal_if_due() for _ in range(4)] == [2, 2, 1, 0]
    assert [seal.change_set_id for seal in Seal.objects.all()] == [one.pk for one in acts]
    assert seals.check().fault is None


def test_it_is_due_once_a_minute(by: User) -> None:
    act(by)
    assert sealing.seal_if_due() == 1
    act(by)
    assert sealing.seal_if_due() == 0
    SealProgress.objects.update(last_at=timezone.now() - dt.timedelta(minutes=1))
    assert sealing.seal_if_due() == 1


def test_a_failing_pass_seals_nothing(by: User, monkeypatch: pytest.MonkeyPatch) -> None:
    act(by)

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(SealProgress, "save", fail)
    with pytest.raises(RuntimeError):
        sealing.seal()
    assert not Seal.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_commits_late_with_a_low_id_is_sealed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "SETTLING", dt.timedelta(0))
    by = factories.user("administrator")
    wrote, go_on = threading.Event(), threading.Event()
    late: list[int] = []

    def slow() -> None:
        try:
            with transaction.atomic():
                late.append(act(by).pk)
                wrote.set()
                go_on.wait(timeout=20)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    wrote.wait(timeout=20)
    early = [act(by).pk for _ in range(3)]
    for _ in range(4):  # enough for the marks to move, if nothing held them
        sealing.seal()
        early.append(act(by).pk)
    assert late[0] < min(early)
    assert SealProgress.objects.get().low_set < late[0]
    go_on.set()
    thread.join(timeout=20)
    patience = time.monotonic() + 30  # transactions of other databases of the same server hold the mark too
    while SealProgress.objects.get().low_set < late[0] and time.monotonic() < patience:
        sealing.seal()
        time.sleep(0.05)
    order = [seal.change_set_id for seal in Seal.objects.all()]
    assert sorted(order) == sorted([*early, *late])
    assert order.index(late[0]) > 0
    assert SealProgress.objects.get().low_set >= late[0]
    assert seals.check().fault is None


@pytest.mark.django_db(transaction=True)
def test_writers_and_sealers_at_once_leave_every_act_sealed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "SETTLING", dt.timedelta(0))
    by = factories.user("administrator")
    done = threading.Event()

    def write() -> None:
        try:
            for _ in range(25):
                with transaction.atomic():
                    act(by)
        finally:
            connection.close()

    def keep_sealing() -> None:
        try:
            while not done.is_set():
                sealing.seal()
        finally:
            connection.close()

    writers = [threading.Thread(target=write) for _ in range(4)]
    sealers = [threading.Thread(target=keep_sealing) for _ in range(2)]
    for thread in [*writers, *sealers]:
        thread.start()
    for thread in writers:
        thread.join(timeout=60)
    done.set()
    for thread in sealers:
        thread.join(timeout=60)
    sealing.seal()
    verdict = seals.check()
    assert (verdict.links, verdict.unsealed, verdict.fault) == (ChangeSet.objects.count(), 0, None)
