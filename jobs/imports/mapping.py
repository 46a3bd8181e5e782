"""Which column of a file says what: proposed from the headers, corrected by a person, checked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from crm.lib import display
from jobs.imports.errors import MappingRefused
from jobs.imports.registry import Field, ImportKind, Option
from jobs.imports.sources import ENCODINGS

_PUNCTUATION = re.compile(r"[\s_\-./:：*#()（）\[\]【】]+")
_IN_BRACKETS = re.compile(r"[(（\[【].*?[)）\]】]")

# Columns that our own file of rejected rows adds; a corrected file still has them.
REJECT_COLUMNS = ("line", "column", "value", "reason")


def folded(header: str) -> str:
    """A header without case, width, spaces and punctuation: 'Order_No.' and 'order no' are the same."""
    return _PUNCTUATION.sub("", unicodedata.normalize("NFKC", header).casefold())


def proposed(kind: ImportKind, headers: Sequence[str], sample: Sequence[Sequence[str]] = ()) -> dict[str, str]:
    """The headers that say what each field wants, by field code; a header serves one field.

    `sample` are some of the file's rows: a column whose cells a field can't read isn't proposed for it.
    """
    free = {folded(header): header for header in reversed(own_columns(headers)) if folded(header)}
    bare = {folded(_IN_BRACKETS.sub("", header)): header for header in free.values()}
    mapping: dict[str, str] = {}
    for field in kind.fields:
        names = [field.code, *field.synonyms.split("|")]
        header = next((found[folded(name)] for found in (free, bare) for name in names if folded(name) in found), None)
        if header is not None and header not in mapping.values() and _fits(field, headers, header, sample):
            mapping[field.code] = header
    return mapping


def _fits(field: Field, headers: Sequence[str], header: str, sample: Sequence[Sequence[str]]) -> bool:
    place = headers.index(header)
    return field.fits is None or all(field.fits(row[place]) for row in sample)


def own_columns(headers: Sequence[str]) -> list[str]:
    """The headers without those that a file of rejected rows adds behind them."""
    if tuple(headers[-len(REJECT_COLUMNS) :]) == REJECT_COLUMNS:
        return list(headers[: -len(REJECT_COLUMNS)])
    return list(headers)


def checked(kind: ImportKind, mapping: Mapping[str, Any], headers: Sequence[str]) -> dict[str, int]:
    """The place of each mapped field's column.

    Raises MappingRefused, naming the field or column, for fields the kind doesn't have, columns the
    file doesn't have, one column for two fields, and needed fields without a column.
    """
    codes = {field.code for field in kind.fields}
    places: dict[str, int] = {}
    for code, header in mapping.items():
        if code not in codes:
            raise MappingRefused(_("There is no field “%(name)s” to map a column to.") % {"name": code})
        if header in (None, ""):
            continue
        if header not in headers:
            raise MappingRefused(
                _("The file has no column “%(column)s”. Its columns: %(columns)s.")
                % {"column": header, "columns": _listed(headers)}
            )
        place = headers.index(header)
        if place in places.values():
            raise MappingRefused(_("The column “%(column)s” is mapped twice.") % {"column": header})
        places[code] = place
    missing = lacking(kind, places)
    if missing:
        raise MappingRefused(
            _("No column is mapped to: %(fields)s. The file's columns: %(columns)s.")
            % {"fields": _("; ").join(missing), "columns": _listed(headers)}
        )
    return places


def _listed(headers: Sequence[str]) -> str:
    return display.listed(filter(None, headers), language=get_language() or "en")


def lacking(kind: ImportKind, mapped: Mapping[str, Any]) -> list[str]:
    """What is needed and not mapped, in words: 'Quantity and Unit price, or Amount'."""
    missing = []
    for group in kind.needed:
        if not any(all(code in mapped for code in alternative) for alternative in group):
            wanted = [_(" and ").join(str(kind.field(code).label) for code in alternative) for alternative in group]
            missing.append(_(", or ").join(wanted))
    return missing


def given(
    kind: ImportKind, document: Mapping[str, Any], headers: Sequence[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Mapping and options of a person's document.

    `{"columns": {field: header}, "options": {…}}`, or only the columns; header → field is understood too.
    """
    sections = {"columns", "options"}
    columns = document.get("columns", {}) if sections & set(document) else document
    options = document.get("options", {}) if sections & set(document) else {}
    if not isinstance(columns, Mapping) or not isinstance(options, Mapping):
        raise MappingRefused(_("A mapping is an object of fields and their columns."))
    codes = {field.code for field in kind.fields}
    if columns and not codes & set(columns) and all(value in codes or value is None for value in columns.values()):
        return {code: header for header, code in columns.items() if code}, dict(options)
    return dict(columns), dict(options)


# ── Options ─────────────────────────────────────────────────────────────────

ENCODING = Option("encoding", "", "auto", tuple((name, name) for name in ENCODINGS))


def settled(kind: ImportKind, options: Mapping[str, Any]) -> dict[str, Any]:
    """Every option with its value, the default where none is given. Raises MappingRefused."""
    known = {option.code: option for option in (*kind.options, ENCODING)}
    for code in options:
        if code not in known:
            raise MappingRefused(_("There is no option “%(name)s”.") % {"name": code})
    return {code: _settled(option, options.get(code, option.default)) for code, option in known.items()}


def _settled(option: Option, value: Any) -> Any:
    if isinstance(option.default, bool):
        if isinstance(value, bool):
            return value
    elif isinstance(value, str):
        value = value.strip()
        allowed = [code for code, _label in option.choices]
        if value in allowed if allowed else len(value) <= option.max_length and "\0" not in value:
            return value
    raise MappingRefused(_("The option “%(name)s” can't be “%(value)s”.") % {"name": option.code, "value": value})
