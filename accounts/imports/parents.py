"""The parent companies that a file of customers names: known by code, perhaps only further down in the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from django.utils.translation import gettext as _

from accounts.models import Customer
from accounts.queries import groups
from accounts.services import imported
from jobs.core.columns import folded
from jobs.imports.records import Link, Refused, Row
from jobs.imports.work import Work
from users.models import ChangeSet


class Parents:
    """Second pass of an import of customers: who belongs to whom, set when all of them are there."""

    field = "parent_code"

    def __init__(self, job: Work) -> None:
        self.job = job
        self.found: list[Link] = []
        self.coming = self._codes_of_the_file()
        self.known: dict[str, int] = {}
        self.now: dict[int, str] = {}
        # Customers that a dry run would create, by code: stand-ins for their ids.
        self.fresh: dict[str, int] = {}

    def _codes_of_the_file(self) -> set[str]:
        """Every code the file has: one of them may be a parent before its own row was read."""
        if not self.job.has("code"):
            return set()
        place = self.job.places["code"]
        codes: set[str] = set()
        for _first_line, piece in self.job.table.pieces():
            codes.update(folded(cells[place]) for cells in piece.texts(np.arange(len(piece))))
        return codes

    def look_up(self, batch: Sequence[Row], rows: Mapping[int, Customer]) -> None:
        """Find the parents that a batch names and those its customers have."""
        wanted = [row.values["parent_code"] for row in batch if "parent_code" in row.values]
        seen = Customer.objects.visible_to(self.job.by) if self.job.by else Customer.objects.all()
        self.known = dict(seen.filter(code__in=wanted).values_list("code", "pk"))
        ids = {row.parent_id for row in rows.values() if row.parent_id}
        self.now = dict(Customer.objects.filter(pk__in=ids).values_list("pk", "code"))

    def claim(self, row: Row, customer: Customer | None) -> bool:
        """Remember what parent a row asks for; whether that changes the customer. Raises Refused."""
        code = row.values.get("parent_code")
        if customer is None and "code" in row.values:
            self.fresh[row.values["code"]] = -row.line
        if code is None and "parent_code" not in row.cleared:
            return False
        if code is not None and code not in self.known and code not in self.coming:
            raise Refused(self.field, _("There is no customer with this code."))
        if code is not None and code == (customer.code if customer else row.values.get("code")):
            raise Refused(self.field, _("A company can't be its own parent."))
        if customer is not None and not self.job.options["update"]:
            return False
        present = self.now.get(customer.parent_id or 0) if customer else None
        self.found.append(Link(row.line, customer.pk if customer else -row.line, code))
        return code != present

    def created(self, ids: Mapping[int, int]) -> None:
        """Learn the ids of new customers, by the lines of their rows."""
        for place in range(len(self.found) - 1, -1, -1):
            link = self.found[place]
            if link.line in ids:
                self.found[place] = Link(link.line, ids[link.line], link.target)
            elif link.line < min(ids, default=0):
                return

    def settle(self, batch: Sequence[Link], log: Callable[[], ChangeSet] | None) -> dict[int, str]:
        """Set parents, unless one isn't there or a circle would close."""
        targets = {link.target for link in batch if link.target is not None}
        seen = Customer.objects.visible_to(self.job.by) if self.job.by else Customer.objects.all()
        known = dict(seen.filter(code__in=targets).values_list("code", "pk"))
        if not log:
            known = {code: pk for code, pk in self.fresh.items() if code in targets} | known
        refused = {
            link.line: _("The parent company was refused itself.")
            for link in batch
            if link.target is not None and link.target not in known and (log or link.target not in self.coming)
        }
        links = {link.row_id: known[link.target] for link in batch if link.target is not None and link.target in known}
        if log:
            imported.lock_groups(links)
        lines = {link.row_id: link.line for link in batch}
        for child in groups.circles(links):
            refused[lines[child]] = _("This would close a circle: the parent company already belongs under this one.")
        if log:
            wanted = {link.row_id: links.get(link.row_id) for link in batch if link.line not in refused}
            rows = imported.lock([pk for pk in wanted if pk > 0])
            moved = {row: {"parent_id": wanted[pk]} for pk, row in rows.items() if row.parent_id != wanted[pk]}
            if moved:
                imported.change_many(cleaned=moved, change_set=log(), by=self.job.by)
        return refused
