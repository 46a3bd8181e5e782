"""Forms of tasks."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from jobs.customers import CustomerName, seen_by
from jobs.forms.runs import Filter
from jobs.queries.tasks import Show
from jobs.services.tasks import LONGEST_TEXT
from jobs.tasks_registry import task_kinds
from users.models import User
from users.queries import people
from users.roles import Permission

MOST_AT_ONCE = 200
_LARGEST = 2**63 - 1


def chosen_ids(data: QueryDict) -> list[int]:
    """The ids of the tasks that were chosen; what is no id is left out."""
    given = data.getlist("id")[:MOST_AT_ONCE]
    return [int(one) for one in given if one.isascii() and one.isdecimal() and len(one) <= 18]


class TaskFilter(Filter):
    """What a list of tasks is narrowed to."""

    whose = forms.ChoiceField(
        label=_("Whose"), required=False, choices=[("", _("mine")), ("team", _("of my department"))]
    )
    show = forms.ChoiceField(required=False, choices=[(one.value, one.value) for one in Show])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = sorted(((kind.code, str(kind.label)) for kind in task_kinds), key=lambda pair: pair[1])
        choices = [("", _("Any kind")), *kinds]
        self.fields["kind"] = forms.ChoiceField(label=_("Kind"), required=False, choices=choices)

    @classmethod
    def from_query(cls, text: str) -> dict[str, str]:
        """The filters in a query string; anything else in it counts as not said."""
        chosen = cls(QueryDict(text)).chosen()
        return {name: value for name, value in chosen.items() if value}


class _PersonField(forms.ModelChoiceField[User]):
    """Somebody to whom the user may hand work, by id."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.HiddenInput()
        super().__init__(queryset=User.objects.none(), widget=widget, **kwargs)
        self.error_messages |= {"invalid_choice": _("Choose somebody of your department.")}


class ReassignForm(forms.Form):
    """To whom tasks go."""

    to = _PersonField(label=_("To"), error_messages={"required": _("Say to whom.")})

    def __init__(self, data: Mapping[str, Any] | None = None, *, user: User) -> None:
        super().__init__(data)
        self.fields["to"].queryset = people.colleagues_of(user, Permission.TASK_MANAGE)  # type: ignore[attr-defined]


class TaskForm(forms.Form):
    """A task in a person's own words."""

    text = forms.CharField(
        label=_("What is to be done"),
        max_length=LONGEST_TEXT,
        widget=forms.TextInput(attrs={"autofocus": True}),
    )
    due = forms.DateField(label=_("Due on"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    assignee = _PersonField(label=_("By whom"), required=False)
    customer = forms.IntegerField(required=False, min_value=1, max_value=_LARGEST, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any] | None = None, *, initial: dict[str, Any], user: User) -> None:
        super().__init__(data, initial=initial)
        self.user = user
        field = self.fields["assignee"]
        field.queryset = people.colleagues_of(user, Permission.TASK_MANAGE)  # type: ignore[attr-defined]
        field.widget.attrs["data-text"] = str(self._person() or user)
        given = str(self["customer"].value() or "")
        self.customer_id = int(given) if given.isascii() and given.isdecimal() and len(given) <= 18 else None

    def _person(self) -> User | None:
        given = str(self["assignee"].value() or "")
        field = self.fields["assignee"]
        found = field.queryset.filter(pk=given) if given.isascii() and given.isdecimal() else None  # type: ignore[attr-defined]
        return found.first() if found is not None and len(given) <= 18 else None

    @property
    def about(self) -> CustomerName | None:
        """The customer it is about, if the user sees it."""
        return seen_by(self.user, [self.customer_id]).get(self.customer_id or 0)

    def arguments(self) -> dict[str, Any]:
        """What the service takes."""
        said = self.cleaned_data
        return {
            "text": said["text"],
            "due": said["due"],
            "assignee": said["assignee"] or self.user,
            "customer_id": said["customer"],
        }
