"""Whether two records are of one organisation: rules with AND and OR, a score, and the evidence.

See docs/algorithms/duplicates.md for the rules, the formula and a worked table.
"""

import dataclasses
import hashlib
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product

from rapidfuzz.distance import Levenshtein

from accounts.core import identity

MOST_RULE_LENGTH = 200


class Kind(StrEnum):
    """What two records are brought together by. A `PIECE` is half a name, for names that are only alike."""

    NAME = "name"
    TAX = "tax"
    PHONE = "phone"
    DOMAIN = "domain"
    PIECE = "piece"


@dataclass(frozen=True)
class Profile:
    """What is known of one record, each in its plain form.

    `names` holds the legal and the former names, `family` the record itself and its parent company: records that
    share one of them are kin.
    """

    names: tuple[str, ...] = ()
    tax: str = ""
    phones: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    family: frozenset[int] = frozenset()

    @property
    def digest(self) -> str:
        """A hash of all of it: as long as it stays, nothing about the record changed that counts here."""
        said = [self.names, self.tax, sorted(self.phones), sorted(self.domains), sorted(self.family)]
        return hashlib.blake2b(repr(said).encode(), digest_size=12).hexdigest()


@dataclass(frozen=True)
class Comparison:
    """What two records have in common. `similarity` of their likest names is between 0 and 1."""

    similarity: float = 0.0
    same_tax: str = ""
    taxes_differ: bool = False
    phones: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    kin: bool = False


@dataclass(frozen=True)
class Weights:
    """How sure each piece of evidence makes one by itself, between 0 and 1."""

    tax: float = 0.95
    name: float = 0.6
    phone: float = 0.5
    domain: float = 0.35
    taxes_differ: float = 0.5


# ── Comparing ───────────────────────────────────────────────────────────────


def name_similarity(a: str, b: str) -> float:
    """How alike two name keys are: 1 - Levenshtein distance / length of the longer, words in any order.

    Names whose numbers differ are not alike at all: plant 2 is not plant 3 written wrongly.
    """
    if not a or not b:
        return 0.0
    if a == b:
        return 1.0
    if sorted(identity.numbers_in(a)) != sorted(identity.numbers_in(b)):
        return 0.0
    straight = Levenshtein.normalized_similarity(a, b)
    if " " not in a and " " not in b:
        return straight
    return max(straight, Levenshtein.normalized_similarity(identity.sorted_words(a), identity.sorted_words(b)))


def compare(a: Profile, b: Profile) -> Comparison:
    """What two records have in common. Kin share phones and domains without being one."""
    kin = bool(a.family & b.family)
    return Comparison(
        similarity=max((name_similarity(x, y) for x, y in product(a.names, b.names)), default=0.0),
        same_tax=a.tax if a.tax == b.tax else "",
        taxes_differ=bool(a.tax and b.tax and a.tax != b.tax),
        phones=() if kin else tuple(sorted(a.phones & b.phones)),
        domains=() if kin else tuple(sorted(a.domains & b.domains)),
        kin=kin,
    )


def without(profile: Profile, common: Collection[tuple[Kind, str]]) -> Profile:
    """A profile without the keys that so many share that they say nothing."""
    if not common:
        return profile
    return dataclasses.replace(
        profile,
        names=tuple(name for name in profile.names if (Kind.NAME, identity.sorted_words(name)) not in common),
        phones=frozenset(phone for phone in profile.phones if (Kind.PHONE, phone) not in common),
        domains=frozenset(domain for domain in profile.domains if (Kind.DOMAIN, domain) not in common),
    )


# Names less alike than this say nothing.
LEAST_SIMILARITY = 0.7


def score(found: Comparison, weights: Weights) -> int:
    """How sure it is that two records are one, from 0 to 100.

    The pieces of evidence are taken as independent: 1 - (1-w1)(1-w2)…, the name's weight times its
    similarity. Two different tax numbers speak against it: the whole is multiplied by `weights.taxes_differ`.
    """
    name = weights.name * found.similarity if found.similarity >= LEAST_SIMILARITY else 0.0
    doubt = (
        (1 - name)
        * (1 - weights.tax * bool(found.same_tax))
        * (1 - weights.phone * bool(found.phones))
        * (1 - weights.domain * bool(found.domains))
    )
    sure = (1 - doubt) * (weights.taxes_differ if found.taxes_differ else 1)
    return int(100 * sure + 0.5)


# ── Rules ───────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Same:
    """A condition: the same tax number, phone, domain, or names at least so alike."""

    kind: Kind
    at_least: float = 1.0

    def holds(self, found: Comparison) -> bool:
        """Whether the evidence meets it."""
        if self.kind is Kind.NAME:
            return found.similarity >= self.at_least - 1e-9
        return bool({Kind.TAX: found.same_tax, Kind.PHONE: found.phones, Kind.DOMAIN: found.domains}[self.kind])

    def blocks(self) -> frozenset[Kind]:
        """The keys of which a pair that meets it shares one."""
        if self.kind is Kind.NAME and self.at_least < 1:
            return frozenset({Kind.NAME, Kind.PIECE})
        return frozenset({self.kind})


@dataclass(frozen=True)
class Rule:
    """Conditions joined by AND or by OR."""

    every: bool
    parts: tuple["Rule | Same", ...] = field(default=())

    def holds(self, found: Comparison) -> bool:
        """Whether the evidence meets it."""
        return (all if self.every else any)(part.holds(found) for part in self.parts)

    def blocks(self) -> frozenset[Kind]:
        """The keys of which a pair that meets it shares one: the narrowest part's of an AND, all parts' of an OR."""
        sets = [part.blocks() for part in self.parts]
        if self.every:
            return min(sets, key=lambda kinds: (Kind.PIECE in kinds, len(kinds), sorted(kinds)))
        return frozenset().union(*sets)


class RuleError(ValueError):
    """Why a text isn't a rule: a `reason` and the piece of the text it is about."""

    def __init__(self, reason: str, text: str = "") -> None:
        super().__init__(f"{reason}: {text}")
        self.reason = reason
        self.text = text


_TOKEN = re.compile(r"\s*(?:(\()|(\))|(>=)|(\d+(?:\.\d+)?)|([a-z]+))", re.IGNORECASE)
_CONDITIONS = {"name": Kind.NAME, "tax": Kind.TAX, "phone": Kind.PHONE, "domain": Kind.DOMAIN}


def parse(text: str) -> Rule | Same:
    """Read a rule such as `tax or (name >= 0.9 and (phone or domain))`; AND binds tighter than OR.

    Raises
    ------
    RuleError
        If it isn't a rule.
    """
    if len(text) > MOST_RULE_LENGTH:
        raise RuleError("too long")
    tokens: list[str] = []
    place = 0
    while place < len(text.rstrip()):
        match = _TOKEN.match(text, place)
        if match is None:
            raise RuleError("unreadable", text[place:].strip()[:20])
        tokens.append(match.group().strip().lower())
        place = match.end()
    reader = _Reader(tokens)
    rule = reader.alternatives()
    if reader.next:
        raise RuleError("not joined", reader.next)
    return rule


class _Reader:
    """Reads tokens from the left."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens

    @property
    def next(self) -> str:
        return self.tokens[0] if self.tokens else ""

    def take(self) -> str:
        return self.tokens.pop(0) if self.tokens else ""

    def alternatives(self) -> Rule | Same:
        return self._joined("or", lambda: self._joined("and", self._condition, every=True), every=False)

    def _joined(self, word: str, part: Callable[[], Rule | Same], *, every: bool) -> Rule | Same:
        parts = [part()]
        while self.next == word:
            self.take()
            parts.append(part())
        return parts[0] if len(parts) == 1 else Rule(every, tuple(parts))

    def _condition(self) -> Rule | Same:
        word = self.take()
        if word == "(":
            inside = self.alternatives()
            if self.take() != ")":
                raise RuleError("not closed")
            return inside
        if word not in _CONDITIONS:
            raise RuleError("no condition", word)
        if word != "name" or self.next != ">=":
            return Same(_CONDITIONS[word])
        self.take()
        return Same(Kind.NAME, _share(self.take()))


def _share(text: str) -> float:
    number = float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else -1.0
    if not LEAST_SIMILARITY <= number <= 1:
        raise RuleError("no share", text)
    return number


# ── Keys that bring records together ────────────────────────────────────────


def pieces(key: str) -> set[str]:
    """Beginnings and ends of half a name's length, of the name and of its words in order.

    Two names of eight characters or more that differ in one character (changed, left out or added) share
    one: an edit lies either in the first half or in the second.
    """
    found: set[str] = set()
    for text in {key, identity.sorted_words(key)}:
        for length in (len(text), len(text) - 1):
            half = length // 2
            if half >= 4 or (half >= 3 and not text.isascii()):
                found |= {f"<{text[:half]}", f"{text[-half:]}>"}
    return found


def keys_of(profile: Profile, *, with_pieces: bool) -> set[tuple[Kind, str]]:
    """All keys of a record: those who share one are compared, if no more than a handful share it."""
    found = {(Kind.NAME, identity.sorted_words(name)) for name in profile.names if name}
    found |= {(Kind.TAX, profile.tax)} if profile.tax else set()
    found |= {(Kind.PHONE, phone) for phone in profile.phones}
    found |= {(Kind.DOMAIN, domain) for domain in profile.domains}
    if with_pieces:
        found |= {(Kind.PIECE, piece) for name in profile.names for piece in pieces(name)}
    return found


def profile_of(
    *,
    names: Iterable[str],
    tax_number: str = "",
    phones: Iterable[str] = (),
    addresses: Iterable[str] = (),
    country: str = "CN",
    family: Iterable[int | None] = (),
) -> Profile:
    """The profile of a record from what stands in it; `addresses` are web and e-mail addresses."""
    return Profile(
        names=tuple(dict.fromkeys(key for name in names if (key := identity.name_key(name)))),
        tax=identity.tax_key(tax_number),
        phones=frozenset(key for phone in phones if phone and (key := identity.phone_key(phone, country))),
        domains=frozenset(key for address in addresses if address and (key := identity.domain_key(address))),
        family=frozenset(pk for pk in family if pk is not None),
    )
