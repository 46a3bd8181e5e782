"""The customers: who they are, whose they are, how much they buy and when."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from dashboards.demo import courses, staff, words
from dashboards.demo.markets import COUNTRIES, PLACES, TRADES, Country, Place, Trade, division_abroad, region_abroad
from dashboards.demo.names import Names
from dashboards.demo.stories import STORIES, Spell, Story

# From here on, in yuan a year, a customer belongs to a key-account manager.
_KEY_VOLUME: Final = 2e6
_OVERSEAS_SHARE: Final = 0.11
_ENGLISH_SHORT_SHARE: Final = 0.03
# Of all customers: those that aren't companies buying to use.
_OTHERS: Final = (
    ("distributor", 0.065),
    ("retailer", 0.03),
    ("supplier", 0.028),
    ("partner", 0.012),
    ("branch", 0.006),
    ("department", 0.003),
)
_TRADES: Final = {trade.code: trade for trade in TRADES}
_CITIES: Final = {place.name: place for place in PLACES}


@dataclass(frozen=True)
class Client:
    """One customer. `parent` is the place of its parent in the list, which comes before it.

    `since_days` is how many days before the demo's day its first life-cycle step lies. `spells` are what it
    buys; `lost`, where not empty, why it was given up or lost, decided by a person.
    """

    name: str
    short_name: str
    trade: Trade
    region: str
    country: str
    city: str
    division: str
    owner: str
    kind: str = "end_user"
    stage: str = "prospect"
    since_days: int = 0
    tax_number: str = ""
    address: str = ""
    website: str = ""
    staff_count: int | None = None
    founded: int | None = None
    currency: str = "CNY"
    language: str = "zh-hans"
    note: str = ""
    parent: int | None = None
    volume: float = 0.0
    spells: tuple[Spell, ...] = ()
    lost: str = ""
    is_story: bool = False


def clients(count: int, *, as_of: dt.date, rng: np.random.Generator) -> list[Client]:
    """So many customers, parents before their subsidiaries; the named ones are among them."""
    names = Names(rng, taken={story.short[:2] for story in STORIES})
    made = [_story(story, names, as_of) for story in STORIES]
    places = {story.short: number for number, story in enumerate(STORIES)}
    made = [replace(client, parent=places.get(story.parent)) for client, story in zip(made, STORIES, strict=True)]
    plain = list(_others(count, names, as_of))
    plain += [_ordinary(names, as_of) for _ in range(count - len(made) - len(plain))]
    made += [plain[int(place)] for place in rng.permutation(len(plain))]
    return _owned(_grouped(made, names), names)


# ── One by one ──────────────────────────────────────────────────────────────


def _story(story: Story, names: Names, as_of: dt.date) -> Client:
    place = _CITIES.get(story.place)
    bought = sum(spell.amount for spell in story.spells)
    return Client(
        name=story.name,
        short_name=story.short,
        trade=_TRADES[story.trade],
        region=place.region if place else region_abroad(story.place),
        country="CN" if place else story.place,
        city=story.place if place else "",
        division=staff.division_of(story.owner),
        owner=story.owner,
        stage="active" if bought else "prospect",
        since_days=730 + int(names.rng.integers(300, 4_000)),
        tax_number=names.credit_code(place.number) if place else "",
        address=_address(place, names) if place else "",
        staff_count=int(bought / 2e4) + 120,
        founded=as_of.year - int(names.rng.integers(8, 30)),
        currency=story.currency,
        language="zh-hans" if place else "en",
        note=story.note,
        volume=bought / 2,
        spells=story.spells,
        lost=story.lost,
        is_story=True,
    )


def _ordinary(names: Names, as_of: dt.date) -> Client:
    trade = TRADES[int(names.rng.choice(len(TRADES), p=_shares([trade.share for trade in TRADES])))]
    if names.rng.random() < _OVERSEAS_SHARE:
        country = COUNTRIES[int(names.rng.choice(len(COUNTRIES), p=_shares([one.weight for one in COUNTRIES])))]
        client = _overseas(names, trade, country, as_of)
    else:
        client = _chinese(names, trade, names.stem() + names.one(trade.words_zh), as_of)
        if names.rng.random() < _ENGLISH_SHORT_SHARE:
            # The subsidiary of a foreign company goes by that one's name.
            client = replace(client, short_name=names.overseas(trade, COUNTRIES[0])[0])
    course = courses.course(names.rng)
    return replace(
        client,
        stage=course.stage,
        since_days=course.since_days,
        volume=course.volume,
        spells=course.spells,
        lost=course.lost,
        staff_count=int(10 ** names.rng.normal(2.1, 0.5)) + 8,
    )


def _chinese(names: Names, trade: Trade, short: str, as_of: dt.date) -> Client:
    place = _place(names)
    return Client(
        name=names.legal(short, place.name),
        short_name=short,
        trade=trade,
        region=place.region,
        country="CN",
        city=place.name,
        division=place.division,
        owner="",
        # A few numbers were never asked for.
        tax_number=names.credit_code(place.number) if names.rng.random() < 0.94 else "",
        address=_address(place, names),
        founded=as_of.year - int(names.rng.integers(2, 35)),
    )


def _overseas(names: Names, trade: Trade, country: Country, as_of: dt.date) -> Client:
    short, legal = names.overseas(trade, country)
    own = "".join(char for char in short.split()[0].lower() if char.isascii())
    return Client(
        name=legal,
        short_name=short,
        trade=trade,
        region=region_abroad(country.code),
        country=country.code,
        city=names.one(country.cities),
        division=division_abroad(country.code),
        owner="",
        tax_number=f"{country.code}{int(names.rng.integers(10**8, 10**9))}",
        website=f"https://www.{own}.example",
        founded=as_of.year - int(names.rng.integers(4, 90)),
        currency=country.currency,
        language=country.language,
    )


def _others(count: int, names: Names, as_of: dt.date) -> Iterator[Client]:
    """Distributors, retailers, suppliers, design institutes, and our own branches and departments."""
    for kind, share in _OTHERS:
        for number in range(max(1, round(count * share))):
            yield _other(kind, number, names, as_of)


def _other(kind: str, number: int, names: Names, as_of: dt.date) -> Client:
    trade = names.one(TRADES)
    if kind in ("branch", "department"):
        return _own(kind, number, names, trade, as_of)
    tail = {"supplier": words.SUPPLIER_WORDS, "partner": words.DESIGN_WORDS}.get(kind, words.DEALER_WORDS)
    client = replace(_chinese(names, trade, names.stem() + names.one(tail), as_of), kind=kind)
    if kind in ("supplier", "partner"):
        return replace(client, since_days=int(names.rng.integers(100, 3_000)))
    course = courses.course(names.rng, dealer=True)
    return replace(
        client,
        stage=course.stage,
        since_days=course.since_days,
        volume=course.volume,
        spells=course.spells,
        lost=course.lost,
    )


def _own(kind: str, number: int, names: Names, trade: Trade, as_of: dt.date) -> Client:
    """A branch or department of ours: it draws goods for its own use and never counts in grading."""
    place = PLACES[number % len(PLACES)]
    rooms = ("试验中心", "服务车间", "样机库", "培训中心", "现场服务部", "研发部")
    short = f"{staff.COMPANY}{place.name}分公司" if kind == "branch" else f"{rooms[number % len(rooms)]}（本公司）"
    return Client(
        name=short,
        short_name=short,
        trade=trade,
        region=place.region,
        country="CN",
        city=place.name,
        division="HQ" if kind == "department" else place.division,
        owner="",
        kind=kind,
        stage="active",
        since_days=2_000,
        founded=as_of.year - 12,
        spells=(Spell(700, 20, float(names.rng.integers(4, 40)) * 1e4, 10),),
    )


def _address(place: Place, names: Names) -> str:
    zone = names.one(("高新区", "经济开发区", "工业园区", "临港产业园"))
    road = names.one(words.FIRST) + names.one(words.SECOND)
    return f"{place.name}市{zone}{road}路 {int(names.rng.integers(1, 400))} 号"


def _place(names: Names) -> Place:
    return PLACES[int(names.rng.choice(len(PLACES), p=_shares([place.weight for place in PLACES])))]


def _shares(weights: list[float]) -> list[float]:
    whole = sum(weights)
    return [weight / whole for weight in weights]


# ── All together ────────────────────────────────────────────────────────────


def _grouped(made: list[Client], names: Names) -> list[Client]:
    """Put some companies under others: every fortieth heads a group of two to four, some of three levels."""
    free = [place for place, client in enumerate(made) if client.kind == "end_user" and not client.is_story]
    cursor = 0
    while cursor + 5 < len(free):
        head, *rest = free[cursor : cursor + 1 + int(names.rng.integers(1, 4))]
        own = made[head].short_name[:2] if made[head].country == "CN" else ""
        for depth, place in enumerate(rest):
            above = rest[0] if depth == 2 else head
            made[place] = _subsidiary(made[place], above, own, names)
        cursor += 40
    return made


def _subsidiary(client: Client, above: int, own: str, names: Names) -> Client:
    """The customer under a parent; a Chinese one bears the group's own name."""
    words_zh = [word for word in client.trade.words_zh if own + word + client.city not in names.taken]
    if client.country != "CN" or not own or own.isascii() or not words_zh:
        return replace(client, parent=above)
    names.taken.add(own + words_zh[0] + client.city)
    return replace(
        client,
        parent=above,
        short_name=own + words_zh[0] + client.city,
        name=f"{own}{words_zh[0]}（{client.city}）有限公司",
    )


def _owned(made: list[Client], names: Names) -> list[Client]:
    """Give customers their owners: the large ones to key-account managers, the rest to whom the city belongs."""
    turns = dict.fromkeys(staff.KEY_SELLERS, 0)
    for place, client in enumerate(made):
        if client.owner or client.kind in ("supplier", "department", "branch"):
            continue
        area = client.division.split("-")[0]
        if client.volume >= _KEY_VOLUME:
            sellers = staff.KEY_SELLERS[area]
            owner = sellers[turns[area] % len(sellers)]
            turns[area] += 1
        elif area == "EAST" and client.volume > 2e5 and place % 50 == 0:
            owner = "kam"  # a key-account manager's portfolio has smaller ones too
        elif place % 220 == 219:
            continue  # nobody has taken this one on yet
        else:
            owner = names.one(staff.sellers(client.division))
        made[place] = replace(client, owner=owner, division=staff.division_of(owner))
    return made
