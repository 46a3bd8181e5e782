"""Walking every address as one caller, and noticing what the caller may not see or do.

Each call runs in a savepoint that is rolled back, so that the order of calls doesn't matter and a world serves many
walks. A call is suspect if its answer carries a canary, if it refused and changed a table, or if anything of the
customer differs after it.
"""

import copy
import io
import json
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.registry import Follow, customer_references
from tests.meta.conftest import World, all_routes

ROUTES = [(name, arguments) for name, arguments in all_routes() if name not in {"styleguide", "mailbox"}]
READS = ("get",)
WRITES = ("post",)
ALL = ("get", "head", "options", "post", "put", "patch", "delete")
# What a key's last use is written to counts no more than a log line.
_NOT_COUNTED = {"users_apikey"}
_OURS = {"users", "jobs", "accounts", "sales", "segmentation"}


@dataclass(frozen=True)
class Suspect:
    """One call that showed or did what it mustn't."""

    method: str
    route: str
    status: int
    why: str

    def __str__(self) -> str:
        return f"{self.method} {self.route} ({self.status}): {self.why}"


@dataclass
class Walk:
    """One caller on all addresses. `token` makes it a program: only the API then.

    `allowed` are routes on which this caller may read some canaries: of those only `kept_back` count there. `mine` says
    that the caller may change what belongs to the customer.
    """

    client: Client
    world: World
    token: str = ""
    only: Collection[str] = ()
    methods: Collection[str] = (*READS, *WRITES)
    allowed: Collection[str] = ()
    kept_back: Collection[str] = ()
    mine: bool = False
    thorough: bool = False
    said: Mapping[str, Any] = field(default_factory=dict)

    def suspects(self) -> list[Suspect]:
        """Every suspect call."""
        self.tables = fingerprint()
        self.customer = customer_print(self.world)
        return [suspect for suspect in self._suspects() if suspect]

    def _suspects(self) -> Iterator[Suspect]:
        for name, arguments in ROUTES:
            if (self.only and name not in self.only) or (self.token and not name.startswith("api:")):
                continue
            path = address(name, arguments, self.world)
            for method in self.methods:
                for query in self._queries(method, arguments):
                    yield from self._one(method, name, path, query)

    def _queries(self, method: str, arguments: list[str]) -> list[str]:
        """Lists are asked in every way; one customer's pages as they are, unless the walk is thorough."""
        if method not in READS:
            return [""]
        return self.world.queries() if not arguments or self.thorough else [""]

    def _one(self, method: str, name: str, path: str, query: str) -> Iterator[Suspect]:
        cookies = copy.deepcopy(self.client.cookies)
        point = transaction.savepoint()
        before = written()
        try:
            answer = self.call(method, name, path + query)
            text = readable(answer).replace(path, "")
            for why in self._faults(name, answer.status_code, text, written() != before):
                yield Suspect(method, name, answer.status_code, why)
        finally:
            transaction.savepoint_rollback(point)
            self.client.cookies = cookies

    def _faults(self, name: str, status: int, text: str, wrote: bool) -> Iterator[str]:
        words = self.kept_back if name in self.allowed else self.world.canaries()
        if shown := [word for word in words if word in text]:
            yield f"shows {shown}"
        if status >= 500:
            yield "failed"
        if not wrote:
            return
        if status >= 400 and (changed := differing(self.tables, fingerprint())):
            yield f"refused and changed {changed}"
        if not self.mine and customer_print(self.world) != self.customer:
            yield "changed the customer"

    def call(self, method: str, name: str, path: str) -> Any:
        """One call, as a page's form or as a program sends it."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        send = getattr(self.client, method)
        if method in {"get", "head", "options"}:
            return send(path, headers=headers)
        said = self.world.payload() | dict(self.said)
        if name.startswith("api:"):
            headers["If-Match"] = "*"
            return send(path, json.dumps(said), content_type="application/json", headers=headers)
        if method == "post":
            return send(path, said, headers=headers)
        return send(path, headers=headers)


def address(name: str, arguments: list[str], world: World) -> str:
    """The address of a route for the world's customer."""
    unknown = [argument for argument in arguments if argument not in world.ids]
    assert not unknown, f"{name}: tests/meta/conftest.py has no value for {unknown}"
    return reverse(name, kwargs={argument: world.ids[argument] for argument in arguments})


def readable(answer: Any) -> str:
    """All that can be read of an answer: body (spreadsheets unpacked) and headers."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            content = b"\n".join(book.read(name) for name in book.namelist())
    return content.decode(errors="replace") + str(dict(answer.headers))


def tables() -> list[str]:
    """All our tables but those that don't count."""
    existing = set(connection.introspection.table_names())
    names = (model._meta.db_table for model in apps.get_models() if model._meta.app_label in _OURS)
    return sorted(name for name in names if name in existing and name not in _NOT_COUNTED)


def fingerprint() -> list[tuple[str, int, int]]:
    """Count and content of all our tables."""
    parts = [
        f"SELECT '{table}', count(*), coalesce(sum(hashtext(t::text)), 0)::bigint FROM {table} t" for table in tables()
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts) + " ORDER BY 1")
        return list(cursor.fetchall())


def differing(before: list[tuple[str, int, int]], after: list[tuple[str, int, int]]) -> list[str]:
    """The tables that are not as they were."""
    return [new[0] for old, new in zip(before, after, strict=True) if old != new]


def written() -> int:
    """How many rows this transaction has written, undone ones too: cheaper than looking at the tables."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) FROM pg_stat_xact_user_tables")
        return int(cursor.fetchone()[0])


def customer_print(world: World) -> str:
    """The customer and all that hangs on it, as the registry of references knows it; logs apart."""
    parts = ["SELECT md5(t::text) FROM accounts_customer t WHERE id = %(pk)s"]
    for one in customer_references:
        if one.follow is Follow.MOVE and one.key not in {"accounts.customer.parent_id", "jobs.outboxevent.customer_id"}:
            table = apps.get_model(one.model)._meta.db_table
            parts.append(f"SELECT md5(t::text) FROM {table} t WHERE {one.column} = %(pk)s")
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts) + " ORDER BY 1", {"pk": world.account.pk})
        return str(cursor.fetchall())


# ── What a reader sees must not depend on what is hidden ────────────────────

_CHANGES_ALWAYS = re.compile(
    r'name="csrfmiddlewaretoken" value="[^"]+"|nonce="[^"]+"|"?[Xx]-CSRFToken"?[^,}]+|name="token" value="[^"]+"'
    r"|[0-9a-f]{16,}|(?:after|before|cursor)=[\w.:%-]+|\d\d:\d\d(:\d\d)?"
)


def settled(answer: Any) -> str:
    """An answer without what differs from call to call."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return _CHANGES_ALWAYS.sub("·", content.decode(errors="replace"))


def seen_by(client: Client, world: World, *, only: Collection[str] = ()) -> dict[str, str]:
    """All that a reader reads, by address."""
    found = {}
    for name, arguments in ROUTES:
        if only and name not in only:
            continue
        path = address(name, arguments, world)
        for query in world.queries():
            point = transaction.savepoint()
            found[f"{name}{query}"] = settled(client.get(path + query))
            transaction.savepoint_rollback(point)
    return found
