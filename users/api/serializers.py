"""Fields of the API: read strictly, in both directions."""

from collections.abc import Collection, Mapping
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.fields import empty
from rest_framework.settings import api_settings

from users.api.problems import Problem, parameter_fault

LARGEST_ID = 2**63 - 1
MOST_ROWS, USUAL_ROWS = 200, 50


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses what it doesn't know: a misspelt field is an error, not silence.

    `only` leaves the other fields out of an answer (`?fields=`).
    """

    def __init__(self, *args: Any, only: Collection[str] | None = None, **kwargs: Any) -> None:
        self._only = only
        super().__init__(*args, **kwargs)

    def get_fields(self) -> dict[str, Any]:
        """All fields, or those asked for."""
        fields = super().get_fields()
        return fields if self._only is None else {name: fields[name] for name in fields if name in self._only}

    def run_validation(self, data: Any = empty) -> Any:
        """As the framework's, without what none of ours has: validators of the whole."""
        if type(data) is dict:
            return self.to_internal_value(data)
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> Any:
        """The values of the fields. Raises ValidationError for what doesn't fit and what isn't known.

        The framework asks every field also for what isn't there; in a call of thousands of orders that is most of
        its time, so defaults are looked up here.
        """
        if type(data) is not dict:
            return super().to_internal_value(data)
        fields, partial = self.writable, self.partial
        found: dict[str, Any] = {}
        errors: dict[str, Any] = {name: [self._why(str(name))] for name in data if name not in fields}
        for name, (field, default) in fields.items():
            if name in data:
                try:
                    found[name] = field.run_validation(data[name])
                except serializers.ValidationError as error:
                    errors[name] = error.detail
                except DjangoValidationError as error:
                    errors[name] = error.messages
            elif partial:
                continue
            elif default is not empty:
                found[name] = default() if callable(default) else default
            elif field.required:
                errors[name] = [_("This field is required.")]
        if errors:
            raise serializers.ValidationError(errors)
        return found

    @property
    def writable(self) -> dict[str, tuple[Any, Any]]:
        """The fields that a caller may send, each with its default."""
        kept: dict[str, tuple[Any, Any]] | None = self.__dict__.get("_writable")
        if kept is None:
            kept = self._writable = {
                name: (field, field.default) for name, field in self.fields.items() if not field.read_only
            }
        return kept

    def _why(self, name: str) -> str:
        if name in self.fields:
            return _("This field is read only.")
        return _("There is no such field.")

    # What `create` and `update` of the framework would do is done by services.
    def create(self, validated_data: Any) -> Any:
        raise NotImplementedError

    def update(self, instance: Any, validated_data: Any) -> Any:
        raise NotImplementedError


class Id(serializers.IntegerField):
    """The id of a record."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=LARGEST_ID, **kwargs)


_YEARS = range(1900, 2200)


class Moment(serializers.DateTimeField):
    """A moment; without an offset in the company's time zone."""

    def to_internal_value(self, value: Any) -> Any:
        """The moment, within years that calendars of any zone can hold."""
        moment = super().to_internal_value(value)
        if moment.year not in _YEARS:
            raise serializers.ValidationError(_("Give a year from 1900 to 2199."))
        return moment


class Day(serializers.DateField):
    """A day of the calendar."""

    def to_internal_value(self, value: Any) -> Any:
        """The day, within the same years."""
        day = super().to_internal_value(value)
        if day.year not in _YEARS:
            raise serializers.ValidationError(_("Give a year from 1900 to 2199."))
        return day


class ListQuery(StrictSerializer):
    """What every list takes from its address."""

    limit = serializers.IntegerField(
        min_value=1, max_value=MOST_ROWS, default=USUAL_ROWS, help_text="Rows of a page, 200 at most."
    )
    cursor = serializers.CharField(
        allow_blank=True,
        default="",
        max_length=500,
        help_text="`next_cursor` of the page before.",
    )
    order = serializers.ChoiceField(
        choices=["id", "-id", "updated_at", "-updated_at"],
        default="id",
        help_text="What the list is sorted by; a minus turns it round. The id breaks ties.",
    )
    fields_ = serializers.CharField(
        allow_blank=True,
        default="",
        max_length=1000,
        help_text="Names of the fields to be given, with commas between.",
    )

    def get_fields(self) -> dict[str, Any]:
        """`fields` is taken by the framework itself: the parameter is put in under its own name."""
        declared = super().get_fields()
        return {name.rstrip("_"): field for name, field in declared.items()}


def read_query(serializer_class: type[StrictSerializer], given: Any) -> dict[str, Any]:
    """The parameters of an address. Raises Problem naming each that is unknown, said twice, or doesn't fit."""
    serializer = serializer_class()
    many = (serializers.MultipleChoiceField, serializers.ListField)
    data: dict[str, Any] = {}
    faults = []
    for name in given:
        values = given.getlist(name)
        if isinstance(serializer.fields.get(name), many):
            data[name] = values
        elif len(values) > 1:
            faults.append(parameter_fault(name, _("This parameter is given twice.")))
        else:
            data[name] = values[0]
    serializer = serializer_class(data=data)
    if not serializer.is_valid():
        for name, detail in serializer.errors.items():
            own = "" if name == api_settings.NON_FIELD_ERRORS_KEY else name
            faults += [parameter_fault(own, text) for text in _texts(detail)]
    if faults:
        raise Problem("invalid", errors=faults)
    return dict(serializer.validated_data)


def _texts(detail: Any) -> list[str]:
    if isinstance(detail, Mapping):
        return [text for inner in detail.values() for text in _texts(inner)]
    if isinstance(detail, list | tuple):
        return [text for inner in detail for text in _texts(inner)]
    return [str(detail)]


def chosen_fields(serializer_class: type[StrictSerializer], text: str) -> tuple[str, ...] | None:
    """The fields asked for; None for all. Raises Problem for one that there isn't."""
    if not text:
        return None
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    known = serializer_class().fields
    faults = [
        parameter_fault("fields", _("There is no field %(name)s.") % {"name": name[:60]})
        for name in names
        if name not in known
    ]
    if faults:
        raise Problem("invalid", errors=faults)
    return names or None
