"""Departments, as they are filled in and chosen."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms.models import ModelChoiceIterator
from django.utils.translation import gettext_lazy as _

from users.forms.merge import OpenedField
from users.models import Department
from users.queries import departments


class _TreeIterator(ModelChoiceIterator):  # type: ignore[type-arg]
    def __iter__(self) -> Iterator[tuple[Any, str]]:
        if self.field.empty_label is not None:
            yield "", str(self.field.empty_label)
        for node in departments.tree():
            yield node.department.pk, f"{node.indent}{node.department.name}"


class DepartmentField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One department, chosen from the tree."""

    iterator = _TreeIterator

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("empty_label", _("none"))
        super().__init__(queryset=Department.objects.all(), **kwargs)


class DepartmentForm(forms.Form):
    """A department and where it belongs."""

    code = forms.CharField(label=_("Code"), max_length=40)
    name = forms.CharField(label=_("Name"), max_length=120)
    parent = DepartmentField(
        label=_("Part of"), required=False, help_text=_("Who leads a department works with those below it too.")
    )
    strict_archive = forms.BooleanField(
        label=_("Strict archive"),
        required=False,
        help_text=_("Only the data steward writes master data of its customers; their owners propose changes too."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    opened = OpenedField(required=False)

    COMPARED = ("code", "name", "parent", "strict_archive")

    @staticmethod
    def values_of(department: Department) -> dict[str, Any]:
        """A stored department as this form's values."""
        return {name: getattr(department, name) for name in DepartmentForm.COMPARED}
