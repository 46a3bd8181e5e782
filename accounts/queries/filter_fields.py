"""What customer lists can be filtered by: fields of the customer and every measure the user may see."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.constants import EXTERNAL, Kind, LifeCycle
from accounts.measures import Measure, MeasureKind, visible_measures
from accounts.models import Customer, Industry, Region
from accounts.queries import groups
from users.models import Department, User
from users.queries import departments

Text = str | Promise
NONE = "none"  # the value that stands for "has none"
ME = "me"


class Shape(StrEnum):
    """How a condition on a field is written: some of a list's values, some of many found by typing, or a range."""

    CHOICES = "choices"
    PICKER = "picker"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"


@dataclass(frozen=True)
class FilterField:
    """One field to filter by.

    `choices` gives a list's values; `names` the words for chosen ones of many. `values` are all that can be
    chosen where that is known, else ids can.
    """

    code: str
    label: Text
    shape: Shape
    apply: Callable[[User, Sequence[str]], Q] | None = None
    choices: Callable[[User], Sequence[tuple[str, Text]]] | None = None
    names: Callable[[User, Iterable[int]], Mapping[int, str]] | None = None
    column: str = ""
    measure: Measure | None = None
    picker: str = ""
    specials: Sequence[tuple[str, Text]] = ()
    values: frozenset[str] | None = None

    @property
    def is_range(self) -> bool:
        """Whether a condition has ends instead of values."""
        return self.shape in (Shape.NUMBER, Shape.MONEY, Shape.DATE)


def _any_of(column: str) -> Callable[[User, Sequence[str]], Q]:
    return lambda _user, values: Q(**{f"{column}__in": values})


def _reference(column: str) -> Callable[[User, Sequence[str]], Q]:
    def condition(_user: User, values: Sequence[str]) -> Q:
        found = Q(**{f"{column}__in": [int(value) for value in values if value.isdecimal()]})
        return found | Q(**{f"{column}__isnull": True}) if NONE in values else found

    return condition


def _owner(user: User, values: Sequence[str]) -> Q:
    return _reference("owner")(user, [str(user.pk) if value == ME else value for value in values])


def _department(_user: User, values: Sequence[str]) -> Q:
    trees = departments.subtrees()
    wanted = [pk for value in values if value.isdecimal() for pk in trees.get(int(value), ())]
    found = Q(department__in=wanted)
    return found | Q(department__isnull=True) if NONE in values else found


def _relation(_user: User, values: Sequence[str]) -> Q:
    external = Q(kind__in=sorted(EXTERNAL))
    return Q() if len(set(values)) == 2 else external if "external" in values else ~external


def _group(user: User, values: Sequence[str]) -> Q:
    seen = Customer.objects.visible_to(user).filter(pk__in=[int(value) for value in values if value.isdecimal()])
    return Q(pk__in=[pk for head in seen.values_list("pk", flat=True) for pk in groups.member_ids(head)])


def _customer_names(user: User, ids: Iterable[int]) -> dict[int, str]:
    return {row.pk: str(row) for row in Customer.objects.visible_to(user).filter(pk__in=list(ids))}


def _reference_choices(model: type[Industry] | type[Region]) -> Callable[[User], list[tuple[str, Text]]]:
    return lambda _user: [(str(row.pk), row.name) for row in model.objects.all()]


def _department_choices(_user: User) -> list[tuple[str, Text]]:
    return [(str(row.pk), row.name) for row in Department.objects.all()]


_NO_ONE = [(NONE, _("None"))]

FIELDS = (
    FilterField(
        "relation",
        _("Relation"),
        Shape.CHOICES,
        _relation,
        # Translators: 外延客户 (buys to use)
        choices=lambda _user: [("external", _("External")), ("internal", _("Internal"))],
        values=frozenset({"external", "internal"}),
    ),
    FilterField(
        "kind", _("Kind"), Shape.CHOICES, _any_of("kind"),
        choices=lambda _user: Kind.choices, values=frozenset(Kind.values),
    ),
    FilterField(
        "stage", _("Stage"), Shape.CHOICES, _any_of("life_cycle"),
        choices=lambda _user: LifeCycle.choices, values=frozenset(LifeCycle.values),
    ),
    FilterField(
        "graded",
        _("Counts in grading"),
        Shape.CHOICES,
        lambda _user, values: Q(counts_in_grading__in=[value == "yes" for value in values]),
        choices=lambda _user: [("yes", _("Yes")), ("no", _("No"))],
        values=frozenset({"yes", "no"}),
    ),
    FilterField(
        "industry", _("Industry"), Shape.CHOICES, _reference("industry"),
        choices=_reference_choices(Industry), specials=_NO_ONE,
    ),
    FilterField(
        "region", _("Region"), Shape.CHOICES, _reference("region"),
        choices=_reference_choices(Region), specials=_NO_ONE,
    ),
    FilterField(
        "department", _("Department"), Shape.CHOICES, _department, choices=_department_choices, specials=_NO_ONE
    ),
    FilterField(
        "owner",
        _("Owner"),
        Shape.PICKER,
        _owner,
        names=lambda _user, ids: {row.pk: str(row) for row in User.objects.filter(pk__in=list(ids))},
        picker="accounts:user_options",
        specials=[(ME, _("Me")), (NONE, _("Nobody"))],
    ),
    FilterField(
        "group", _("Group of"), Shape.PICKER, _group, names=_customer_names, picker="accounts:customer_options"
    ),
    FilterField(
        "parent", _("Parent company"), Shape.PICKER, _reference("parent"),
        names=_customer_names, picker="accounts:customer_options", specials=_NO_ONE,
    ),
    FilterField("created", pgettext_lazy("the day", "Created"), Shape.DATE, column="created_at"),
    FilterField("changed", pgettext_lazy("the day", "Changed"), Shape.DATE, column="updated_at"),
)  # fmt: skip

_MEASURE_SHAPES = {
    MeasureKind.GRADE: Shape.CHOICES,
    MeasureKind.NUMBER: Shape.NUMBER,
    MeasureKind.MONEY: Shape.MONEY,
    MeasureKind.DATE: Shape.DATE,
}


def measure_lookup(measure: Measure) -> str:
    """The path from a customer to the measure's column, for filters and ordering."""
    return f"{measure.relation}__{measure.column}"


def not_computable(measure: Measure) -> Q:
    """Customers for whom the measure has no value, whether the standing says why or is missing."""
    lookup = measure_lookup(measure)
    empty = Q(**{f"{lookup}__isnull": True})
    return empty | Q(**{lookup: ""}) if measure.kind is MeasureKind.GRADE else empty


def _of_measure(measure: Measure) -> FilterField:
    def grades(_user: User, values: Sequence[str]) -> Q:
        found = Q(**{f"{measure_lookup(measure)}__in": [value for value in values if value != NONE]})
        return found | not_computable(measure) if NONE in values else found

    is_grade = measure.kind is MeasureKind.GRADE
    return FilterField(
        measure.code,
        measure.label,
        _MEASURE_SHAPES[measure.kind],
        apply=grades if is_grade else None,
        choices=(lambda _user: measure.grades) if is_grade else None,
        column=measure_lookup(measure),
        measure=measure,
        specials=[(NONE, _("Not computed"))],
        values=frozenset(value for value, _label in measure.grades),
    )


def fields_for(user: User) -> dict[str, FilterField]:
    """Everything a user can filter by, in the order of the filter builder, by code."""
    return {field.code: field for field in (*map(_of_measure, visible_measures(user)), *FIELDS)}
