"""The fields of runs, imports and tasks."""

from typing import Any

from rest_framework import serializers

from jobs.constants import RunState, TaskState
from users.api.serializers import Id, StrictSerializer


class RunSerializer(StrictSerializer):
    """One execution of a job: how far it is, what came out."""

    id = Id(read_only=True)
    kind = serializers.CharField(read_only=True)
    state = serializers.ChoiceField(RunState.choices, read_only=True)
    as_of = serializers.DateField(read_only=True, allow_null=True)
    step = serializers.CharField(read_only=True)
    done = serializers.IntegerField(read_only=True)
    total = serializers.IntegerField(read_only=True, allow_null=True)
    created_at = serializers.DateTimeField(read_only=True)
    started_at = serializers.DateTimeField(read_only=True, allow_null=True)
    ended_at = serializers.DateTimeField(read_only=True, allow_null=True)
    requested_by_id = Id(read_only=True, allow_null=True)


class ImportSerializer(StrictSerializer):
    """One file brought in."""

    id = Id(read_only=True)
    kind = serializers.CharField(read_only=True)
    file_name = serializers.CharField(read_only=True)
    size = serializers.IntegerField(read_only=True)
    by_id = Id(read_only=True, allow_null=True)
    check_run_id = Id(read_only=True, allow_null=True)
    run_id = Id(read_only=True, allow_null=True)
    created_at = serializers.DateTimeField(read_only=True)


class TaskSerializer(StrictSerializer):
    """One thing one person is to do. A customer that the caller doesn't see isn't named."""

    id = Id(read_only=True)
    kind = serializers.CharField(read_only=True)
    state = serializers.ChoiceField(TaskState.choices, read_only=True)
    assignee_id = Id(read_only=True)
    customer_id = serializers.SerializerMethodField()
    due = serializers.DateField(read_only=True, allow_null=True)
    snoozed_until = serializers.DateField(read_only=True, allow_null=True)
    created_at = serializers.DateTimeField(read_only=True)
    closed_at = serializers.DateTimeField(read_only=True, allow_null=True)

    def get_customer_id(self, task: Any) -> int | None:
        """The customer, if the caller sees it."""
        found: int | None = getattr(task, "seen_customer_id", None)
        return found
