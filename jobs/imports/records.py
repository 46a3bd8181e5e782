"""Imports whose rows are records of their own, known by a key: read in batches, each created, changed or left."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import numpy as np
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs.core.columns import folded
from jobs.imports.errors import MappingRefused
from jobs.imports.locks import alone
from jobs.imports.registry import Option, Text
from jobs.imports.work import NO_FIELD, Outcome, Work
from users.constants import Cause
from users.models import ChangeSet
from users.services import changes

BATCH = 1_000
# Stands between the parts of a key of several columns.
KEY_MARK = "\x1f"

Values = dict[str, Any]


class Refused(Exception):
    """A row can't be taken: the field it is about, and why."""

    def __init__(self, field_code: str, text: str) -> None:
        super().__init__(text)
        self.field, self.text = field_code, text


@dataclass(frozen=True)
class Row:
    """A row with its line number, what it is known by, and its values by field code.

    Fields whose cells are empty are absent; where an empty cell clears, they are in `cleared`.
    """

    line: int
    key: str
    values: Values
    cleared: frozenset[str] = frozenset()


@dataclass
class Applied:
    """What became of a batch: how many rows were created, changed, left; and the refused ones by their lines."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: dict[int, Refused] = field(default_factory=dict)


@dataclass
class _Done:
    """How far an import is, as its cursor keeps it."""

    line: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    change_set: int | None = None
    linked: int = 0


Parse = Callable[[Mapping[str, str]], Values]
# Given a batch and a way to the log, or None where nothing may be written.
Apply = Callable[[Sequence[Row], Callable[[], ChangeSet] | None], Applied]


@dataclass(frozen=True)
class Link:
    """A row that points to another of its kind, which may stand further down: settled when all rows are there.

    `row_id` is below zero for one that isn't written in a dry run.
    """

    line: int
    row_id: int
    target: str | None


class Links(Protocol):
    """The second pass of a kind whose rows point to each other."""

    field: str
    found: list[Link]

    def settle(self, batch: Sequence[Link], log: Callable[[], ChangeSet] | None) -> dict[int, str]:
        """Judge and, with a log, write some links; why those of which lines are refused."""


class Records:
    """One import of records at work."""

    def __init__(
        self, work: Work, parse: Parse, apply: Apply, *, keys: Sequence[str] = ("code",), links: Links | None = None
    ) -> None:
        self.work, self.parse, self.apply = work, parse, apply
        self.keys, self.links = keys, links
        self.done = _Done(**work.keeper.cursor) if work.keeper.cursor else _Done()
        self.first_lines: dict[str, int] = {}
        self.refused: list[tuple[int, int, int]] = []
        self.rows = 0

    def run(self) -> Outcome:
        """Read, judge and write the whole file, a batch a transaction; then the file of rejected rows."""
        with alone(self.work):
            self._run()
            self._link()
        self._settle()
        done = self.done
        rows = self.rows + len(self.work.rejects.damaged)
        notes = {"change_set": done.change_set}
        return Outcome(rows, done.created, done.updated, done.unchanged, len(self.work.rejects), notes)

    def _run(self) -> None:
        batch: list[Row] = []
        for line, cells in self._read():
            self.rows += 1
            row = self._parsed(line, cells)
            if row is not None:
                batch.append(row)
            if len(batch) >= BATCH:
                self._flush(batch)
                batch = []
        self._flush(batch)

    def _link(self) -> None:
        """The second pass, a batch a transaction as well; an earlier try's batches are judged and not written."""
        links = self.links.found if self.links else []
        for start in range(0, len(links), BATCH):
            batch = links[start : start + BATCH]
            if self.work.dry_run or start + len(batch) <= self.done.linked:
                refused = self._settled(batch, None)
            else:
                with self.work.keeper.publish():
                    refused = self._settled(batch, self.log)
                    self.done.linked = start + len(batch)
                    self.work.keeper.save_cursor(asdict(self.done))
            for line, text in refused.items():
                self._refuse(line, Refused(self.links.field if self.links else "", text))

    def _settled(self, batch: Sequence[Link], log: Callable[[], ChangeSet] | None) -> dict[int, str]:
        return self.links.settle(batch, log) if self.links else {}

    def log(self) -> ChangeSet:
        """The import's change set, opened when the first row is written."""
        if self.done.change_set is None:
            summary = _("Import of %(file)s") % {"file": self.work.file_name}
            opened = changes.open_set(by=self.work.by, cause=Cause.IMPORT, summary=summary, run_id=self.work.run_id)
            self.done.change_set = opened.pk
            return opened
        return ChangeSet.objects.get(pk=self.done.change_set)

    def _read(self) -> Iterator[tuple[int, dict[str, str]]]:
        places = self.work.places
        for lines, piece in self.work.pieces():
            texts = piece.texts(np.arange(len(piece)))
            for line, cells in zip(lines.tolist(), texts, strict=True):
                yield line, {code: cells[place] for code, place in places.items()}

    def _parsed(self, line: int, cells: Mapping[str, str]) -> Row | None:
        try:
            key = self._key(line, cells)
            said = {name: text for name, text in cells.items() if text.strip()}
            clears = self.work.options.get("empty") == "clear"
            return Row(line, key, self.parse(said), frozenset(cells.keys() - said.keys()) if clears else frozenset())
        except Refused as refusal:
            self._refuse(line, refusal)
            return None

    def _key(self, line: int, cells: Mapping[str, str]) -> str:
        """What a row is known by. Raises Refused where it is missing or stands in the file already."""
        parts = [folded(cells.get(code, "")) for code in self.keys]
        for code, part in zip(self.keys, parts, strict=True):
            if not part:
                missing = (
                    _("The code is missing.") if code == "code" else _("Rows are known by this, and it is missing.")
                )
                raise Refused(code, missing)
        key = KEY_MARK.join(parts)
        if key in self.first_lines:
            again = _("The code stands in line %(line)s already.")
            other = _("The same stands in line %(line)s already.")
            text = again if self.keys == ("code",) else other
            raise Refused(self.keys[-1], text % {"line": self.first_lines[key]})
        self.first_lines[key] = line
        return key

    def _refuse(self, line: int, refusal: Refused) -> None:
        place = self.work.places.get(refusal.field, NO_FIELD)
        self.refused.append((line, self.work.rejects.reason(refusal.text), place))

    def _flush(self, batch: list[Row]) -> None:
        if not batch:
            return
        if self.work.dry_run:
            self._count(self.apply(batch, None))
        elif batch[-1].line <= self.done.line:
            # Written by an earlier try: only what it refused is of interest.
            self._note(self.apply(batch, None))
        else:
            with self.work.keeper.publish():
                applied = self.apply(batch, self.log)
                self._count(applied)
                self.done.line = batch[-1].line
                self.work.keeper.save_cursor(asdict(self.done))

    def _count(self, applied: Applied) -> None:
        self.done.created += applied.created
        self.done.updated += applied.updated
        self.done.unchanged += applied.unchanged
        self._note(applied)

    def _note(self, applied: Applied) -> None:
        for line, refusal in applied.refused.items():
            self._refuse(line, refusal)

    def _settle(self) -> None:
        columns = np.array(self.refused, dtype=np.int64).reshape(-1, 3)
        lines, reasons, places = columns[:, 0], columns[:, 1], columns[:, 2]
        self.work.rejects.settle(lines, reasons.astype(np.int32), places.astype(np.int16))
        self.work.settled()


def refusal_of(error: ValidationError, fields: Mapping[str, str]) -> Refused:
    """A model's complaint about a row; `fields` translates its columns to field codes where they differ."""
    if not hasattr(error, "error_dict"):
        return Refused("", " ".join(error.messages))
    column, messages = next(iter(error.message_dict.items()))
    return Refused(fields.get(column, column), " ".join(messages))


# ── What kinds of records have in common ────────────────────────────────────

EMPTY = Option(
    "empty",
    gettext_lazy("An empty cell"),
    "keep",
    (("keep", gettext_lazy("changes nothing")), ("clear", gettext_lazy("empties the field"))),
    gettext_lazy("Only columns that are mapped are changed at all."),
)


def key_option(choices: Sequence[tuple[str, Text]]) -> Option:
    """The choice of the column that says which record a row is."""
    help_text = gettext_lazy("This column says which record a row is. Two records with the same are refused.")
    return Option("key", gettext_lazy("Rows are known by"), choices[0][0], choices, help_text)


def check_key(places: Mapping[str, int], options: Mapping[str, Any]) -> None:
    """Raises MappingRefused if no column is mapped to what rows are known by."""
    if options["key"] not in places:
        raise MappingRefused(_("Rows are known by a field that no column is mapped to. Choose another one."))


def suggest_key(choices: Sequence[str]) -> Callable[[Mapping[str, Sequence[str]]], dict[str, Any]]:
    """Propose the first key that the file has a column for."""

    def suggest(sample: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        found = next((code for code in choices if code in sample), None)
        return {"key": found} if found else {}

    return suggest
