# ruff: noqa: N999 - the command is called import
"""`manage.py import orders FILE`: bring in a file now, in this process."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from jobs.constants import RunState
from jobs.errors import RunFailed
from jobs.imports import doing, mapping, workbooks
from jobs.imports.registry import ImportKind, import_kinds
from jobs.imports.work import NoKeeper
from jobs.messages import failure_of
from jobs.services import imports
from jobs.services.runs import run_now

FIGURES = ("rows", "created", "updated", "unchanged", "rejected")


class Command(BaseCommand):
    """Read a file's columns by their headers or a mapping, bring it in or only check it, print the counts."""

    help = "Bring in customers, contacts, products, or orders with lines from an .xlsx or CSV file (CSV may be .gz)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=import_kinds.keys())
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--mapping", help='JSON, or a file with it: {"columns": {"number": "Order No", …}, "options": {…}}'
        )
        parser.add_argument("--sheet", default="", help="the sheet of a spreadsheet; the first with rows without it")
        parser.add_argument("--source", help="the system that the numbers come from")
        parser.add_argument("--no-create", action="store_true", help="reject lines with unknown customers and products")
        parser.add_argument("--dry-run", action="store_true", help="count, and write nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        kind = import_kinds.get(options["kind"])
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"there is no file {path}")
        try:
            result, errors = (
                self._dry_run(kind, path, options) if options["dry_run"] else self._import(kind, path, options)
            )
        except RunFailed as refusal:
            raise CommandError(str(refusal)) from None
        figures = {name: result[name] for name in FIGURES} | {
            "errors_file": str(errors) if result["rejected"] else None
        }
        if options["json"]:
            self.stdout.write(json.dumps(figures))
            return
        for name, value in figures.items():
            self.stdout.write(f"{name:<12} {value if value is not None else '-'}")
        for reason, count in result["reasons"]:
            self.stdout.write(f"  {count} × {reason}")

    def _dry_run(self, kind: ImportKind, path: Path, options: dict[str, Any]) -> tuple[dict[str, Any], Path]:
        folder = Path(tempfile.mkdtemp(prefix="import-"))
        if workbooks.is_workbook(path):
            workbooks.convert(path, folder / "sheet.csv", sheet=options["sheet"])
            path = folder / "sheet.csv"
        proposal = doing.propose(
            kind, path, encoding=self._document(options).get("options", {}).get("encoding", "auto")
        )
        columns, chosen = self._chosen(kind, proposal.headers, proposal.columns, proposal.options, options)
        errors = folder / "rejected.csv"
        outcome, work = doing.bring_in(
            kind, path, columns=columns, options=chosen, by=None, keeper=NoKeeper(), dry_run=True, errors_path=errors
        )
        return doing.as_result(outcome, work), errors

    def _import(self, kind: ImportKind, path: Path, options: dict[str, Any]) -> tuple[dict[str, Any], Path]:
        encoding = self._document(options).get("options", {}).get("encoding", "auto")
        row = imports.receive(kind=kind.code, name=path.name, chunks=_blocks(path), by=None, encoding=encoding)
        if options["sheet"]:
            row = imports.choose_sheet(row=row, sheet=options["sheet"], by=None)
        columns, chosen = self._chosen(kind, row.headers, row.mapping, row.options, options)
        row = imports.save_mapping(row=row, columns=columns, options=chosen, by=None)
        run = run_now(imports.start(row=row, by=None))
        if run.state != RunState.DONE:
            raise CommandError(failure_of(run))
        return run.result, row.rejected_path

    def _chosen(
        self,
        kind: ImportKind,
        headers: tuple[str, ...] | list[str],
        columns: dict[str, Any],
        proposed: dict[str, Any],
        options: dict[str, Any],
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """The proposal with what was given on the command line put over it."""
        given, said = mapping.given(kind, self._document(options), headers)
        taken = {header for header in given.values() if header}
        kept = {code: header for code, header in columns.items() if header not in taken}
        if options["source"] is not None:
            said["source"] = options["source"]
        if options["no_create"]:
            said["create"] = False
        return kept | given, proposed | said

    def _document(self, options: dict[str, Any]) -> dict[str, Any]:
        text = options["mapping"]
        if not text:
            return {}
        if not text.lstrip().startswith("{"):
            path = Path(text)
            if not path.is_file():
                raise CommandError(f"--mapping is neither JSON nor a file: {text}")
            text = path.read_text(encoding="utf-8-sig")
        try:
            document = json.loads(text)
        except json.JSONDecodeError as error:
            raise CommandError(f"--mapping isn't JSON: {error}") from None
        if not isinstance(document, dict):
            raise CommandError("--mapping must be a JSON object")
        return document


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            yield block
