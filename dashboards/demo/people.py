"""People at the customers: who decides, who uses, how they stand to us."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dashboards.demo.clients import Client
from dashboards.demo.names import Names

_POSTS: Final = (
    ("总经理", "", "decider", 5),
    ("采购总监", "采购部", "approver", 4),
    ("采购主管", "采购部", "buyer", 2),
    ("技术总监", "技术部", "influencer", 4),
    ("设备科长", "设备部", "user", 2),
    ("仓库主管", "仓储部", "gatekeeper", 1),
)
_POSTS_EN: Final = (
    ("Managing director", "", "decider", 5),
    ("Head of procurement", "Procurement", "approver", 4),
    ("Buyer", "Procurement", "buyer", 2),
    ("Technical director", "Engineering", "influencer", 4),
    ("Maintenance manager", "Maintenance", "user", 2),
    ("Warehouse manager", "Stores", "gatekeeper", 1),
)
_ATTITUDES: Final = ("supporter", "supporter", "neutral", "neutral", "neutral", "opponent", "")
# The ones that the mock-ups of our pages made known: post's place, name, attitude.
_KNOWN: Final = {
    "岚屿重工": (
        (0, "贺廷枢", "supporter"),
        (1, "白景澄", "supporter"),
        (2, "褚遥", "neutral"),
        (3, "卫舒桓", "opponent"),
        (4, "唐屿", "supporter"),
    )
}


@dataclass(frozen=True)
class Person:
    """One contact. `client` is a place in the list of customers, `reports_to` one among all contacts."""

    client: int
    name: str
    post: str
    department: str
    role: str
    influence: int
    attitude: str
    mobile: str
    email: str
    reports_to: int | None


def contacts(clients: Sequence[Client], names: Names) -> list[Person]:
    """Five or six people at the largest customers, one to three at the others, none where we know nobody."""
    made: list[Person] = []
    for place, client in enumerate(clients):
        first = len(made)
        for post, name, attitude in _known(client, names):
            made.append(_person(place, client, post, name, attitude, names, first, len(made)))
    return made


def _known(client: Client, names: Names) -> list[tuple[int, str, str]]:
    """Who is known at a customer: the place of the post, name, attitude."""
    if client.short_name in _KNOWN:
        return list(_KNOWN[client.short_name])
    if client.kind in ("branch", "department") or client.stage == "visitor":
        return []
    if client.volume > 3e6:
        posts = [0, 1, 2, 3, 4][: int(names.rng.integers(4, 6))]
    elif client.volume > 3e5:
        posts = [1, 2, 4][: int(names.rng.integers(1, 4))]
    else:
        posts = [int(names.rng.integers(0, 6))] if names.rng.random() < 0.8 else []
    person = names.chinese_person if client.country == "CN" else names.foreign_person
    return [(post, person(), names.one(_ATTITUDES)) for post in posts]


def _person(
    place: int, client: Client, post: int, name: str, attitude: str, names: Names, first: int, here: int
) -> Person:
    title, department, role, influence = (_POSTS if client.country == "CN" else _POSTS_EN)[post]
    # Prime to the size of the block: each number is given once.
    number = here * 7919 % 10_000
    domain = client.website.removeprefix("https://www.") or f"customer-{place}.example"
    return Person(
        client=place,
        name=name,
        post=title,
        department=department,
        role="coach" if attitude == "supporter" and role == "user" else role,
        influence=influence,
        attitude=attitude,
        # Numbers of a block that no operator gives out.
        mobile=f"190 0000 {number:04}" if client.country == "CN" else f"+00 555 01{number:04}",
        email=f"contact{here - first + 1}@{domain}" if names.rng.random() < 0.7 else "",
        reports_to=first if here > first else None,
    )
