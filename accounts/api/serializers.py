"""The fields of customers, contacts and the lists that describe them."""

from typing import Any

from rest_framework import serializers

from accounts.constants import Attitude, Kind, LifeCycle, Role
from users.api.serializers import Id, ListQuery, Moment, StrictSerializer
from users.constants import Language


class ExternalIdSerializer(StrictSerializer):
    """What another system calls a record."""

    source = serializers.CharField(read_only=True)  # type: ignore[assignment]
    external_id = serializers.CharField(read_only=True)


class CustomerSerializer(StrictSerializer):
    """A customer. Without a code it gets one; without an owner and department it goes to the caller's."""

    id = Id(read_only=True)
    code = serializers.CharField(max_length=40, required=False)
    name = serializers.CharField(max_length=200)
    short_name = serializers.CharField(max_length=80, allow_blank=True, default="")
    former_names = serializers.ListField(child=serializers.CharField(max_length=200), max_length=50, default=list)
    kind = serializers.ChoiceField(Kind.choices, default=Kind.END_USER)
    counts_in_grading = serializers.BooleanField(required=False, help_text="By default as customers of the kind do.")
    life_cycle = serializers.ChoiceField(LifeCycle.choices, default=LifeCycle.PROSPECT)
    country = serializers.CharField(max_length=2, default="CN")
    tax_number = serializers.CharField(max_length=40, allow_blank=True, default="")
    industry_id = Id(allow_null=True, default=None)
    region_id = Id(allow_null=True, default=None)
    owner_id = Id(allow_null=True, default=None)
    department_id = Id(allow_null=True, default=None)
    parent_id = Id(allow_null=True, default=None)
    address = serializers.CharField(max_length=300, allow_blank=True, default="")
    website = serializers.CharField(max_length=200, allow_blank=True, default="")
    staff_count = serializers.IntegerField(min_value=0, max_value=2**31 - 1, allow_null=True, default=None)
    yearly_turnover = serializers.DecimalField(18, 2, min_value=0, allow_null=True, default=None)
    founded_year = serializers.IntegerField(min_value=1000, max_value=9999, allow_null=True, default=None)
    currency = serializers.CharField(max_length=3, default="CNY")
    language = serializers.ChoiceField(Language.choices, default=Language.CHINESE)
    note = serializers.CharField(max_length=10_000, allow_blank=True, default="", trim_whitespace=False)
    external_ids = serializers.SerializerMethodField()
    version = serializers.IntegerField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)

    def get_external_ids(self, row: Any) -> list[dict[str, str]]:
        """What other systems call it."""
        return list(getattr(row, "known_as", ()))


class CustomerChangeSerializer(CustomerSerializer):
    """What may be changed of a customer. Owner, department and stage have addresses of their own."""

    life_cycle = serializers.ChoiceField(LifeCycle.choices, read_only=True)
    owner_id = Id(read_only=True, allow_null=True)
    department_id = Id(read_only=True, allow_null=True)


class StageSerializer(StrictSerializer):
    """A step of a customer's life cycle."""

    life_cycle = serializers.ChoiceField(LifeCycle.choices)
    reason = serializers.CharField(max_length=300, allow_blank=True, default="", help_text="Asked for when it ends.")


class OwnerSerializer(StrictSerializer):
    """To whom a customer goes. Without a department to the owner's."""

    owner_id = Id(allow_null=True)
    department_id = Id(allow_null=True, default=None)


class ProposalSerializer(StrictSerializer):
    """The proposals made, one for each field that differs."""

    proposals = serializers.ListField(child=Id(), read_only=True)


class ContactSerializer(StrictSerializer):
    """A person at a customer."""

    id = Id(read_only=True)
    customer_id = Id()
    name = serializers.CharField(max_length=120)
    post = serializers.CharField(max_length=80, allow_blank=True, default="")
    department = serializers.CharField(max_length=80, allow_blank=True, default="")
    mobile = serializers.CharField(max_length=40, allow_blank=True, default="")
    phone = serializers.CharField(max_length=40, allow_blank=True, default="")
    email = serializers.EmailField(max_length=254, allow_blank=True, default="")
    wechat = serializers.CharField(max_length=60, allow_blank=True, default="")
    role = serializers.ChoiceField(Role.choices, allow_blank=True, default="")
    influence = serializers.IntegerField(min_value=1, max_value=5, allow_null=True, default=None)
    attitude = serializers.ChoiceField(Attitude.choices, allow_blank=True, default="")
    reports_to_id = Id(allow_null=True, default=None)
    note = serializers.CharField(max_length=10_000, allow_blank=True, default="", trim_whitespace=False)
    version = serializers.IntegerField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)


class ContactChangeSerializer(ContactSerializer):
    """What may be changed of a contact; the customer stays."""

    customer_id = Id(read_only=True)


class NamedSerializer(StrictSerializer):
    """An industry or a region."""

    id = Id(read_only=True)
    code = serializers.CharField(read_only=True)
    name_en = serializers.CharField(read_only=True)
    name_zh = serializers.CharField(read_only=True)


class MeasureSerializer(StrictSerializer):
    """One thing that is known of each customer."""

    code = serializers.CharField(read_only=True)
    label = serializers.CharField(read_only=True)  # type: ignore[assignment]
    kind = serializers.ChoiceField(["grade", "number", "money", "date"], read_only=True)
    description = serializers.CharField(read_only=True)
    sortable = serializers.BooleanField(read_only=True)
    grades = serializers.SerializerMethodField()

    def get_grades(self, measure: Any) -> list[dict[str, str]]:
        """The values of a grade, from best to worst."""
        return [{"value": value, "label": str(label)} for value, label in measure.grades]


class MeasureValueSerializer(StrictSerializer):
    """A customer's value of a measure; `reason` says why there is none."""

    customer_id = Id(read_only=True)
    code = serializers.CharField(read_only=True)
    value = serializers.CharField(read_only=True, allow_null=True, help_text="Money in the base currency.")
    reason = serializers.CharField(read_only=True)


class CustomerQuery(ListQuery):
    """A list of customers; it takes the filters of the customer page as well, measures included."""

    q = serializers.CharField(
        max_length=100, allow_blank=True, default="", help_text="Part of a name or code, or pinyin."
    )
    code = serializers.CharField(max_length=40, allow_blank=True, default="", help_text="The exact code.")
    tax_number = serializers.CharField(max_length=40, allow_blank=True, default="", help_text="The exact tax number.")
    updated_since = Moment(default=None, help_text="Changed at this moment or later.")


class ContactQuery(ListQuery):
    """A list of contacts."""

    customer_id = Id(default=None)
    q = serializers.CharField(
        max_length=100, allow_blank=True, default="", help_text="Part of a name or phone, or pinyin."
    )
    updated_since = Moment(default=None, help_text="Changed at this moment or later.")
