"""The list as a file, streamed page by page."""

from collections.abc import Iterator

from django.core.exceptions import PermissionDenied
from django.http import StreamingHttpResponse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from accounts.constants import Door
from accounts.queries import columns, customers
from accounts.queries.customers import COUNT_CAP
from accounts.services import exports, reads
from accounts.views import list_state
from accounts.views.list_state import ListState
from crm.lib import dates
from crm.lib.figures import csv_text
from crm.lib.requests import request_id
from users.models import User
from users.requests import UserRequest
from users.roles import Permission

_CHUNK = 1_000


def customer_export(request: UserRequest) -> StreamingHttpResponse:
    """The filtered list with its columns as CSV; the export is written down before the first row leaves."""
    if not request.user.may(Permission.CUSTOMER_EXPORT):
        raise PermissionDenied
    state = list_state.read(request.user, request.GET)
    count = customers.exact_count(request.user, state.filters)
    shown = [column for column in state.columns if column.spark is None]
    exports.log_export(filters=state.filters, columns=[column.code for column in shown], rows=count, by=request.user)
    few = count <= COUNT_CAP
    lines = _lines(request.user, state, shown, few=few, language=get_language() or "en", occasion=request_id.get())
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="customers-{dates.today():%Y-%m-%d}.csv"'
    return response


def _lines(
    user: User, state: ListState, shown: list[columns.Column], *, few: bool, language: str, occasion: str
) -> Iterator[str]:
    """The file in pieces. The language is set for each: the middleware has gone home when they are made."""
    with override(language):
        heads = [_("Code"), _("Customer"), _("Legal name"), *(str(column.label) for column in shown)]
        yield csv_text([heads])
    after = ""
    while True:
        with override(language):
            page = customers.page(user, state.filters, sort=state.sort, after=after, size=_CHUNK, few=few)
            reads.note(by=user, customer_ids=[row.pk for row in page.rows], door=Door.EXPORT, occasion=occasion)
            cells = columns.cells(page.rows, shown)
            rows = [[row.code, str(row), row.name, *(cell.text for cell in cells[row.pk])] for row in page.rows]
            piece = csv_text(rows).removeprefix("\ufeff")
        yield piece
        after = page.next
        if not after:
            return
