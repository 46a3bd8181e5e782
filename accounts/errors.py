"""What can go wrong with customers, named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import ngettext

if TYPE_CHECKING:
    from accounts.models import Fact


class CodeTakenError(Exception):
    """One or more customer codes are already in use."""

    def __init__(self, codes: list[str]) -> None:
        super().__init__(", ".join(codes))
        self.codes = codes


class RowsRefusedError(Exception):
    """Rows of a batch that break a rule, by their place in the batch. Nothing of the batch was written."""

    def __init__(self, errors: Mapping[int, ValidationError]) -> None:
        super().__init__(f"{len(errors)} rows refused")
        self.errors = dict(errors)


class TooManyLookupsError(Exception):
    """Somebody asked the archive as often as they may in an hour. Nothing was looked up or written."""

    def __init__(self, most: int) -> None:
        super().__init__(
            ngettext(
                "You have asked %(most)s time in the past hour, which is all that one may. Try again later.",
                "You have asked %(most)s times in the past hour, which is all that one may. Try again later.",
                most,
            )
            % {"most": most}
        )
        self.most = most


@dataclass(frozen=True)
class FieldEdit:
    """One field that somebody changed since the editor opened the record."""

    name: str
    before: Any
    theirs: Any
    mine: Any
    by: str

    @property
    def by_both(self) -> bool:
        """Whether two people changed it to the same value."""
        return bool(self.theirs == self.mine and self.mine != self.before)

    @property
    def is_mine(self) -> bool:
        """Whether only the editor changed it."""
        return bool(self.theirs == self.before and self.mine != self.before)

    @property
    def result(self) -> Any:
        """The value that a merge gives a field without a conflict."""
        return self.mine if self.is_mine else self.theirs


@dataclass
class EditConflictError(Exception):
    """The record was changed by someone else since it was opened. Nothing was written.

    `version` is the one now stored. `clashes` are the fields both changed, each to its own value;
    `merged` are those only one of them changed, or both alike.
    """

    version: int
    by: str
    at: Any
    clashes: list[FieldEdit] = field(default_factory=list)
    merged: list[FieldEdit] = field(default_factory=list)

    def __str__(self) -> str:
        return f"changed by {self.by}: {', '.join(edit.name for edit in self.clashes)}"


class FactsMoved(Exception):
    """Columns hold something else than whoever settles had seen. Nothing was written; `facts` are those concerned."""

    def __init__(self, facts: "Sequence[Fact]") -> None:
        super().__init__(", ".join(fact.field for fact in facts))
        self.facts = list(facts)


class MergeRefused(Exception):
    """Why two records can't be merged, or a merge can't be undone, in words. Nothing was changed."""

    def __init__(self, *reasons: str) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


class AlreadyMerged(MergeRefused):
    """Somebody else merged one of the records first; `survivor_id` is where it is found now."""

    def __init__(self, reason: str, survivor_id: int | None = None) -> None:
        super().__init__(reason)
        self.survivor_id = survivor_id
