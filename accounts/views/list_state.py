"""What a customer list shows, as its address says: view, filters, sort, columns."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from accounts.queries import columns, customers, filters, saved_views
from accounts.queries.columns import Column
from accounts.queries.filters import Filters
from accounts.queries.saved_views import View
from users.models import User

# Says that the filters of the address replace those of the view, even where there are none left.
EDITED = "edited"


@dataclass(frozen=True)
class ListState:
    """One list: the view it began with, what is shown of it now, and what the address said itself."""

    view: View
    views: list[View]
    filters: Filters
    sort: str
    columns: list[Column]
    edited: bool
    own_sort: str
    own_columns: tuple[str, ...]

    def params(self) -> list[tuple[str, str]]:
        """The state as it stands in an address."""
        pairs = [] if self.view.key == saved_views.ALL else [("view", self.view.key)]
        if self.edited:
            pairs += [(EDITED, "1"), *self.filters.params()]
        if self.own_sort:
            pairs.append(("sort", self.own_sort))
        return pairs + [("columns", code) for code in self.own_columns]

    def address(
        self, url_name: str = "accounts:customer_list", extra: str = "", args: Sequence[str] | None = None
    ) -> str:
        """The address of this list, or of something about it."""
        query = urlencode(self.params())
        return f"{reverse(url_name, args=args)}?{query}{'&' if query and extra else ''}{extra}".rstrip("?")

    def with_filters(self, chosen: Filters) -> "ListState":
        """The same list with other filters."""
        return replace(self, filters=chosen, edited=True)


def read(user: User, params: QueryDict) -> ListState:
    """The list that an address asks for; what it asks for without right or sense isn't there."""
    views = saved_views.views(user)
    by_key = {view.key: view for view in views}
    view = by_key.get(params.get("view", ""), views[0])
    given = filters.parse(user, dict(params.lists()))
    edited = EDITED in params or bool(given.query or given.conditions)
    own_sort = params.get("sort", "")
    if own_sort.removeprefix("-") not in customers.sorts(user):
        own_sort = ""
    possible = columns.available(user)
    own_columns = tuple(code for code in dict.fromkeys(params.getlist("columns")) if code in possible)
    return ListState(
        view=view,
        views=views,
        filters=given if edited else view.filters,
        sort=own_sort or customers.clean_sort(user, view.sort),
        columns=columns.chosen(user, own_columns or view.columns),
        edited=edited,
        own_sort=own_sort,
        own_columns=own_columns,
    )
