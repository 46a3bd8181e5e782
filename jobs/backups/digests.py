"""What a database and a folder of files hold, in a few numbers: equal numbers, equal content."""

import hashlib
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHUNK = 1 << 20

_TABLES = """
SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables
 WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1
"""
_SEQUENCES = "SELECT schemaname || '.' || sequencename, coalesce(last_value, 0) FROM pg_sequences ORDER BY 1"
# The same text for the same row, whoever asks.
_SETTINGS = """
SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, MDY';
SET LOCAL intervalstyle = 'postgres'; SET LOCAL extra_float_digits = 1
"""
# Columns with their types, indexes, constraints. Not their expressions: the server writes some in other words after
# it has read them again.
_SCHEMA = """
SELECT table_schema || '.' || table_name || '.' || column_name || ' ' || udt_name || ' ' || is_nullable
       || ' ' || coalesce(character_maximum_length, 0) || ' ' || (column_default IS NOT NULL)
  FROM information_schema.columns WHERE table_schema NOT IN ('pg_catalog', 'information_schema')
UNION ALL
SELECT indrelid::regclass || ' ' || indexrelid::regclass || ' ' || indnatts || ' ' || indisunique
       || (indpred IS NOT NULL)
  FROM pg_index WHERE indrelid >= 16384 AND indrelid::regclass::text NOT LIKE 'pg_toast%'
UNION ALL
SELECT conrelid::regclass || ' ' || conname || ' ' || contype::text || ' ' || coalesce(cardinality(conkey), 0)
  FROM pg_constraint WHERE conrelid >= 16384
"""


@dataclass(frozen=True)
class Files:
    """A folder of files: how many, how large, and a digest of names and contents."""

    count: int
    size: int
    digest: str


def tables(cursor: Any) -> dict[str, list[str]]:
    """Of every table: how many rows, and the sum of the hashes of their texts, whatever their order.

    Call it inside a transaction.
    """
    cursor.execute(_SETTINGS)
    cursor.execute(_TABLES)
    names = [name for (name,) in cursor.fetchall()]
    found = {}
    for name in names:
        cursor.execute(f"SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) FROM {name} t")  # noqa: S608 - quoted by the server
        found[name] = [str(value) for value in cursor.fetchone()]
    return found


def schema(cursor: Any) -> str:
    """A digest of all columns, indexes and constraints."""
    cursor.execute(_SCHEMA)
    text = "\n".join(sorted(line for (line,) in cursor.fetchall()))
    return hashlib.sha256(text.encode()).hexdigest()


def sequences(cursor: Any) -> dict[str, int]:
    """Where every sequence stands."""
    cursor.execute(_SEQUENCES)
    return {name: int(value) for name, value in cursor.fetchall()}


def file_digest(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def archived(path: Path) -> Files:
    """What an archive of files holds; every byte is read."""
    with tarfile.open(path) as archive:
        return _files(_members(archive))


def _members(archive: tarfile.TarFile) -> Iterator[tuple[str, int, str]]:
    for member in archive:
        content = archive.extractfile(member) if member.isfile() else None
        if content is None:
            continue
        digest = hashlib.sha256()
        while chunk := content.read(CHUNK):
            digest.update(chunk)
        yield member.name, member.size, digest.hexdigest()


def _files(found: Iterator[tuple[str, int, str]]) -> Files:
    entries = sorted(found)
    text = "\n".join(f"{name}\0{size}\0{digest}" for name, size, digest in entries)
    return Files(len(entries), sum(size for _, size, _ in entries), hashlib.sha256(text.encode()).hexdigest())
