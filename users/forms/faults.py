"""From what a service refuses to the fields of a form."""

from django.forms import BaseForm

from users.errors import Invalid


def show(form: BaseForm, error: Invalid) -> None:
    """Put each fault beside its field; what belongs to none stands above the form."""
    for name, reason in error.faults.items():
        form.add_error(name if name in form.fields else None, reason)
