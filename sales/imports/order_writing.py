"""Writing planned orders: chunk by chunk, each with its log, marks, events and place in one transaction."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from crm.lib import dates, money
from crm.lib.rows import copy_bursts, copy_rows
from jobs.core.delimited import Ints
from jobs.imports.work import Work
from jobs.services import outbox
from sales.constants import COUNTING, OrderKind
from sales.core.order_files import digests
from sales.imports.order_amounts import LINE_COLUMNS, Chunk, Goods, spelled_lines
from sales.imports.order_judging import Plan
from sales.imports.order_reading import STATE_LIST
from sales.models import Order, OrderLine
from sales.services import order_writing
from users.constants import Cause
from users.models import ChangeSet
from users.services import changes

CHUNK_LINES = 20_000

_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - moments in files are local


@dataclass
class Done:
    """How far an import is, as its cursor keeps it: orders written, and what became of them."""

    plan: str = ""
    orders: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    change_set: int | None = None
    customers: int = 0
    products: int = 0


@dataclass
class Writer:
    """Writes a plan. With a dry run it compares only."""

    work: Work
    plan: Plan
    numbers: Sequence[str]
    currencies: Sequence[str]
    done: Done
    customer_ids: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    goods: Goods = field(default_factory=lambda: Goods([], [], np.empty(0, dtype=np.int64)))
    digest: list[str] = field(default_factory=list)

    def write(self) -> Done:
        """Write what differs from what is there, from where an earlier try got to."""
        total = len(self.digest)
        for first, last, start, end in chunks(self.plan.order, total):
            if last <= self.done.orders:
                continue
            chunk = Chunk(self.plan, first, last, start, end, self.currencies)
            if self.work.dry_run:
                self._compare(chunk)
                continue
            with self.work.keeper.publish():
                self._write(chunk)
                self.done.orders = last
                self.work.keeper.save_cursor(asdict(self.done), done=last)
            self.work.keeper.progress(last, total, step=_("Writing orders"))
        return self.done

    def log(self) -> ChangeSet:
        """The import's change set, opened when the first row is written."""
        if self.done.change_set is None:
            summary = _("Import of %(file)s") % {"file": self.work.file_name}
            opened = changes.open_set(by=self.work.by, cause=Cause.IMPORT, summary=summary, run_id=self.work.run_id)
            self.done.change_set = opened.pk
            return opened
        return ChangeSet.objects.get(pk=self.done.change_set)

    def _compare(self, chunk: Chunk) -> tuple[Ints, dict[int, int]]:
        """Which of the chunk's orders are new, and the ids of those that differ, by their places; counted."""
        names = [self.numbers[number] for number in self.plan.number[chunk.first : chunk.last].tolist()]
        found = self._existing(names)
        fresh, differing = [], {}
        for place, name in enumerate(names):
            if name not in found:
                fresh.append(place)
            elif found[name][1] != self.digest[chunk.first + place]:
                differing[place] = found[name][0]
        self.done.created += len(fresh)
        self.done.updated += len(differing)
        self.done.unchanged += len(names) - len(fresh) - len(differing)
        return np.array(fresh, dtype=np.int64), differing

    def _existing(self, names: Sequence[str]) -> dict[str, tuple[int, str]]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT number, id, digest FROM sales_order WHERE source = %s AND number = ANY(%s) ORDER BY id",
                [self.work.options["source"], list(names)],
            )
            return {number: (pk, digest) for number, pk, digest in cursor.fetchall()}

    def _write(self, chunk: Chunk) -> None:
        fresh, differing = self._compare(chunk)
        if not len(fresh) and not differing:
            return
        ids = np.zeros(len(chunk), dtype=np.int64)
        pairs = self._pairs(chunk, fresh)
        if len(fresh):
            ids[fresh] = reserve_ids(len(fresh))
            self._insert(chunk, fresh, ids)
        if differing:
            ids[list(differing)] = list(differing.values())
            pairs |= self._replace(chunk, differing, ids)
        _mark(pairs)
        self._tell("order.created", fresh.tolist(), ids)
        self._tell("order.changed", list(differing), ids)

    def _insert(self, chunk: Chunk, fresh: Ints, ids: Ints) -> None:
        now = timezone.now()
        identity = (self.work.options["source"],)
        rows = []
        for place in fresh.tolist():
            header = self._header(chunk, place)
            unmatched = header["kind"] == OrderKind.RETURN
            values = [header[name] for name in ("number", *_HEADER)]
            rows.append([int(ids[place]), *identity, *values, unmatched, "", 1, now, now])
        columns = ("id", "source", "number", *_HEADER, "is_unmatched", "note", "version", "created_at", "updated_at")
        copy_rows(Order._meta.db_table, columns, rows)
        chosen = np.zeros(len(chunk), dtype=bool)
        chosen[fresh] = True
        self._copy_lines(chunk, ids, chosen)
        changes.record_bulk(self.log(), Order, ids[fresh].tolist())

    def _copy_lines(self, chunk: Chunk, ids: Ints, chosen: NDArray[np.bool_]) -> None:
        which = np.flatnonzero(chosen[chunk.order])
        bursts = spelled_lines(chunk, ids, self.goods, which)
        copy_bursts(OrderLine._meta.db_table, LINE_COLUMNS, bursts)

    def _header(self, chunk: Chunk, place: int) -> dict[str, Any]:
        """What an order's row says."""
        at = chunk.first + place
        code = chunk.currency[place]
        moment = _EPOCH + dt.timedelta(microseconds=int(self.plan.moment[at]))
        return {
            "number": self.numbers[int(self.plan.number[at])],
            "kind": self._kind(chunk, place).value,
            "state": STATE_LIST[int(self.plan.state[at])].value,
            "customer_id": int(self.customer_ids[self.plan.customer[at]]),
            "ordered_at": moment.replace(tzinfo=dates.company_zone()),
            "ordered_on": chunk.day[place],
            "currency": code,
            "rate_id": chunk.rate_id(place),
            "net": money.from_minor(int(chunk.net[place]), code),
            "base_minor": chunk.base_of(place),
            "digest": self.digest[at],
        }

    def _kind(self, chunk: Chunk, place: int) -> OrderKind:
        return OrderKind.RETURN if self.plan.is_return[chunk.first + place] else OrderKind.ORDER

    def _pairs(self, chunk: Chunk, places: Ints) -> set[order_writing.Pair]:
        """The customers' days in which orders count."""
        found = set()
        for place in places.tolist():
            at = chunk.first + place
            if STATE_LIST[int(self.plan.state[at])] in COUNTING:
                found.add((int(self.customer_ids[self.plan.customer[at]]), chunk.day[place]))
        return found

    def _replace(self, chunk: Chunk, differing: dict[int, int], ids: Ints) -> set[order_writing.Pair]:
        """Give existing orders what the file says, with before and after in the log; the stale customers' days."""
        locked = Order.objects.select_for_update(no_key=True, of=("self",)).order_by("pk")
        rows = locked.prefetch_related("lines").in_bulk(list(differing.values()))
        befores = {pk: changes.snapshot(row) | order_writing.logged_lines(row.lines.all()) for pk, row in rows.items()}
        stale = {order_writing.counted_pair(row) for row in rows.values()}
        for place, pk in differing.items():
            _change(rows[pk], self._header(chunk, place))
        Order.objects.bulk_update(rows.values(), [*_HEADER, *_OWN, "updated_at"], batch_size=500)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM sales_orderline WHERE order_id = ANY(%s)", [list(rows)])
        chosen = np.zeros(len(chunk), dtype=bool)
        chosen[list(differing)] = True
        self._copy_lines(chunk, ids, chosen)
        now = Order.objects.prefetch_related("lines").in_bulk(list(rows))
        extras = {pk: order_writing.logged_lines(row.lines.all()) for pk, row in now.items()}
        pairs = ((row, befores[pk], row.customer_id) for pk, row in now.items())
        changes.record_updates(self.log(), pairs, extras=extras)
        counted = self._pairs(chunk, np.array(list(differing), dtype=np.int64))
        return counted | {pair for pair in stale if pair is not None}

    def _tell(self, kind: str, places: Sequence[int], ids: Ints) -> None:
        """Tell other systems, if any listens."""
        if places and outbox.wanted(kind):
            rows = Order.objects.in_bulk([int(ids[place]) for place in places])
            order_writing.emit(kind, list(rows.values()))


_HEADER = (
    "kind",
    "state",
    "customer_id",
    "ordered_at",
    "ordered_on",
    "currency",
    "rate_id",
    "net",
    "base_minor",
    "digest",
)
_OWN = ("is_unmatched", "original_id", "version")


def _change(row: Order, header: dict[str, Any]) -> None:
    """Put what the file says on an order. A return keeps its original as long as it stays with its customer."""
    if header["kind"] != row.kind or header["customer_id"] != row.customer_id:
        row.original_id = None
    for name in _HEADER:
        setattr(row, name, header[name])
    row.is_unmatched = row.kind == OrderKind.RETURN and row.original_id is None
    row.version += 1
    row.updated_at = timezone.now()


def _mark(pairs: set[order_writing.Pair]) -> None:
    """Append rollup marks; the rollup is asked for once, at the end of the import."""
    if pairs:
        stale = sorted(pairs)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO sales_rollupmark (customer_id, day) SELECT * FROM unnest(%s::bigint[], %s::date[])",
                [[customer_id for customer_id, _day in stale], [day for _customer, day in stale]],
            )


def chunks(order: Ints, total: int) -> Iterator[tuple[int, int, int, int]]:
    """Whole orders with about `CHUNK_LINES` lines: [first order, last), [first line, last)."""
    begins = np.searchsorted(order, np.arange(total + 1))
    first = 0
    while first < total:
        start = int(begins[first])
        last = max(int(np.searchsorted(begins, start + CHUNK_LINES, side="right")) - 1, first + 1)
        last = min(last, total)
        yield first, last, start, int(begins[last])
        first = last


def plan_digests(plan: Plan, numbers: PlanNumbers) -> list[str]:
    """A digest of each order: what an import would write, but for the product's cost and the rate."""
    header = {
        "customer": numbers.customer_ids[plan.customer],
        "kind": plan.is_return.astype(np.int64),
        "state": plan.state,
        "moment": plan.moment,
        "currency": numbers.currencies[plan.currency],
    }
    lines = {
        "product": numbers.product_ids[plan.product],
        "text": numbers.texts[plan.text],
        "quantity": plan.quantity,
        "unit_price": plan.unit_price,
        "discount": plan.discount,
        "net": plan.net,
    }
    return digests(header, lines, plan.order) if len(plan.number) else []


@dataclass(frozen=True)
class PlanNumbers:
    """Whole numbers that stay the same from file to file, for a file's own: ids, and hashes of texts."""

    customer_ids: Ints
    product_ids: Ints
    texts: Ints
    currencies: Ints


def stable(texts: Sequence[str]) -> Ints:
    """A number for each text, the same in every file; the last is for none."""
    hashes = [
        int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big", signed=True) for text in texts
    ]
    return np.array([*hashes, 0], dtype=np.int64)


def reserve_ids(count: int) -> list[int]:
    """Ids for so many orders."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('sales_order', 'id')) FROM generate_series(1, %s)", [count]
        )
        return [pk for (pk,) in cursor.fetchall()]
