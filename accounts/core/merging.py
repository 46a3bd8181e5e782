"""Which of two records' values a merge keeps unless somebody chooses otherwise."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any


class Pick(StrEnum):
    """From which record a field is taken."""

    SURVIVOR = "survivor"
    LOSER = "loser"
    BOTH = "both"


# Fields whose values can be kept side by side.
JOINED = frozenset({"former_names", "note"})
_EMPTY: tuple[Any, ...] = (None, "", [], ())


def is_empty(value: Any) -> bool:
    """Whether a field says nothing; zero and False do say something."""
    return not isinstance(value, bool) and any(value == empty and type(value) is type(empty) for empty in _EMPTY)


def default_picks(survivor: Mapping[str, Any], loser: Mapping[str, Any]) -> dict[str, Pick]:
    """For each field: both where they can be kept side by side, the loser's where the survivor's is empty."""
    picks: dict[str, Pick] = {}
    for name, value in survivor.items():
        if name in JOINED and not is_empty(loser[name]) and loser[name] != value:
            picks[name] = Pick.BOTH
        elif is_empty(value) and not is_empty(loser[name]):
            picks[name] = Pick.LOSER
        else:
            picks[name] = Pick.SURVIVOR
    return picks


def merged(survivor: Mapping[str, Any], loser: Mapping[str, Any], picks: Mapping[str, Pick]) -> dict[str, Any]:
    """The values of the surviving record. The loser's legal name is kept among the former ones if it differs."""
    result = {
        name: _value(name, value, loser[name], picks.get(name, Pick.SURVIVOR)) for name, value in survivor.items()
    }
    dropped = [row["name"] for row in (survivor, loser) if row["name"] != result["name"]]
    result["former_names"] = list(dict.fromkeys([*result["former_names"], *dropped]))
    return result


def _value(name: str, ours: Any, theirs: Any, pick: Pick) -> Any:
    if pick is Pick.LOSER:
        return theirs
    if pick is Pick.SURVIVOR:
        return ours
    if name == "former_names":
        return list(dict.fromkeys([*ours, *theirs]))
    return "\n\n".join(text for text in (ours, theirs) if text)


def better_survivor(first: Sequence[Any], second: Sequence[Any]) -> bool:
    """Whether the first record should survive: more that hangs on it, then more fields filled, then older.

    Each is (rows that name it, fields filled, -id).
    """
    return tuple(first) >= tuple(second)
