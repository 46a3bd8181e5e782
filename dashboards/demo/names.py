"""Invented names and numbers, none of them twice."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from crm.lib import tax_numbers
from dashboards.demo import words
from dashboards.demo.markets import Country, Trade

Thing = TypeVar("Thing")

_MANY_TRIES = 12
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


@dataclass
class Names:
    """Draws names; `taken` are those that stories use."""

    rng: np.random.Generator
    taken: set[str] = field(default_factory=set)

    def one(self, things: Sequence[Thing]) -> Thing:
        """One of several, all equally likely."""
        return things[int(self.rng.integers(len(things)))]

    def stem(self) -> str:
        """A company's own name of two characters; of three once those are mostly used up."""
        tries = 0
        while True:
            name = self.one(words.FIRST) + self.one(words.SECOND)
            if tries >= _MANY_TRIES:
                name += self.one(words.SECOND)
            if name not in self.taken:
                self.taken.add(name)
                return name
            tries += 1

    def legal(self, short: str, city: str) -> str:
        """The registered name of a Chinese company."""
        if self.rng.random() < 0.12:
            return f"{short}（{city}）有限公司"
        return f"{city}{short}{'有限公司' if short.endswith('院') else self.one(words.FORMS)}"

    def overseas(self, trade: Trade, country: Country) -> tuple[str, str]:
        """Short and registered name of an overseas company."""
        tries = 0
        while True:
            own = self.one(words.HEADS) + self.one(words.TAILS)
            if self.rng.random() < 0.18 or tries >= _MANY_TRIES:
                own += " & " + self.one(words.HEADS) + self.one(words.TAILS)
            if own not in self.taken:
                self.taken.add(own)
                short = f"{own} {self.one(trade.words_en)}"
                return short, f"{short} {self.one(country.forms)}"
            tries += 1

    def chinese_person(self) -> str:
        """A person's name."""
        return f"{self.one(words.SURNAMES)}{self.one(words.GIVEN)}"

    def foreign_person(self) -> str:
        """A person's name from overseas."""
        return f"{self.one(words.FIRST_NAMES)} {self.one(words.LAST_NAMES)}"

    def credit_code(self, place: str) -> str:
        """A unified social credit code: trade register, kind of company, place, organisation, check character."""
        while True:
            own = "MA" + "".join(self.one(tax_numbers.ALPHABET) for _ in range(6))
            first17 = f"91{place}{own}{organisation_check(own)}"
            code = first17 + tax_numbers.check_character(first17)
            if code not in self.taken:
                self.taken.add(code)
                return code


def organisation_check(first8: str) -> str:
    """The ninth character of an organisation code (GB 11714-1997)."""
    total = sum(int(char, 36) * weight for char, weight in zip(first8, _ORGANISATION_WEIGHTS, strict=True))
    rest = 11 - total % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))
