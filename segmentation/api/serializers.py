"""The fields of tiers."""

from rest_framework import serializers

from users.api.serializers import Id, StrictSerializer


class TierSerializer(StrictSerializer):
    """A customer's tier now. Money is in minor units of the base currency."""

    customer_id = Id(read_only=True)
    grade = serializers.CharField(read_only=True, help_text="The tier in force; empty without one.")
    computed = serializers.CharField(read_only=True)
    stable = serializers.CharField(read_only=True)
    override = serializers.CharField(read_only=True)
    flag = serializers.CharField(read_only=True, help_text="Why there is no tier.")
    why = serializers.CharField(read_only=True)
    since = serializers.DateField(read_only=True, allow_null=True)
    value_minor = serializers.IntegerField(read_only=True, allow_null=True)
    sales_minor = serializers.IntegerField(read_only=True, allow_null=True)
    prior_minor = serializers.IntegerField(read_only=True, allow_null=True)
    orders = serializers.IntegerField(read_only=True)
    last_on = serializers.DateField(read_only=True, allow_null=True)
    run_id = Id(read_only=True, allow_null=True)


class TierStepSerializer(StrictSerializer):
    """A customer in one tier from a day on; the present one has no end."""

    id = Id(read_only=True)
    customer_id = Id(read_only=True)
    grade = serializers.CharField(read_only=True)
    previous = serializers.CharField(read_only=True)
    idle = serializers.BooleanField(read_only=True)
    valid_from = serializers.DateField(read_only=True)
    valid_to = serializers.DateField(read_only=True, allow_null=True)
    cause = serializers.CharField(read_only=True)
    run_id = Id(read_only=True, allow_null=True)
