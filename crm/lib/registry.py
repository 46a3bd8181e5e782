"""Named lists through which a lower floor calls a higher one.

A floor that has something to offer declares a `Registry`; the floors above fill it in
`AppConfig.ready()`. There are no signals between our own apps.
"""

from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Registry(Generic[T]):
    """An ordered table of entries by key. A key can be taken once."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._entries: dict[str, T] = {}

    def add(self, key: str, entry: T) -> T:
        """Add an entry; a key that is taken is a programming error."""
        if key in self._entries:
            raise ValueError(f"{self.name} already has {key!r}")
        self._entries[key] = entry
        return entry

    def get(self, key: str) -> T:
        """The entry of a key; KeyError names the registry and what it has."""
        try:
            return self._entries[key]
        except KeyError:
            known = ", ".join(sorted(self._entries)) or "nothing"
            raise KeyError(f"{self.name} has no {key!r}; it has {known}") from None

    def find(self, key: str) -> T | None:
        """The entry of a key, or None."""
        return self._entries.get(key)

    def keys(self) -> list[str]:
        """All keys, in the order they were added."""
        return list(self._entries)

    def __iter__(self) -> Iterator[T]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: object) -> bool:
        return key in self._entries
