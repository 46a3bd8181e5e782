"""Runs and imports to be read; tasks to be read and ticked off."""

from collections.abc import Collection, Sequence
from typing import Any

from django.http import Http404, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from jobs.api.work_serializers import ImportSerializer, RunSerializer, TaskSerializer
from jobs.constants import RunState, TaskState
from jobs.customers import seen_by
from jobs.models import Import, Run, Task
from jobs.services import tasks
from users.api import calls
from users.api.people import ByIdQuery
from users.api.requests import ApiRequest
from users.api.serializers import chosen_fields, read_query
from users.api.views import ApiViewSet, no_parameters, page_answer, read_fields
from users.models import User


class RunQuery(ByIdQuery):
    """A list of runs."""

    kind = serializers.CharField(max_length=60, allow_blank=True, default="")
    state = serializers.MultipleChoiceField(choices=RunState.choices, default=set)


class TaskQuery(ByIdQuery):
    """A list of tasks."""

    state = serializers.MultipleChoiceField(choices=TaskState.choices, default=set)


class RunViewSet(ApiViewSet):
    """The caller's runs, or all for those who may see all."""

    @extend_schema(tags=["runs"], summary="List runs", parameters=[RunQuery], responses=RunSerializer(many=True))
    def list(self, request: ApiRequest) -> HttpResponse:
        """Runs by id."""
        query = read_query(RunQuery, request.query_params)
        rows = Run.objects.visible_to(request.user)
        wanted = {"kind": query["kind"], "state__in": sorted(query["state"])}
        return page_answer(rows.filter(**{n: v for n, v in wanted.items() if v}), query, RunSerializer)[0]

    @extend_schema(tags=["runs"], summary="Read a run", responses=RunSerializer)
    def retrieve(self, request: ApiRequest, run_id: int) -> HttpResponse:
        """One run, and how far it is."""
        only = chosen_fields(RunSerializer, read_fields(request))
        row = Run.objects.visible_to(request.user).get(pk=run_id)
        return calls.json_answer(RunSerializer(row, only=only).data)


class ImportViewSet(ApiViewSet):
    """The caller's imports, or all for those who may see all runs."""

    @extend_schema(tags=["runs"], summary="List imports", parameters=[ByIdQuery], responses=ImportSerializer(many=True))
    def list(self, request: ApiRequest) -> HttpResponse:
        """Imports by id."""
        query = read_query(ByIdQuery, request.query_params)
        return page_answer(Import.objects.visible_to(request.user), query, ImportSerializer)[0]

    @extend_schema(tags=["runs"], summary="Read an import", responses=ImportSerializer)
    def retrieve(self, request: ApiRequest, import_id: int) -> HttpResponse:
        """One file, and the runs that checked and wrote it."""
        only = chosen_fields(ImportSerializer, read_fields(request))
        row = Import.objects.visible_to(request.user).get(pk=import_id)
        return calls.json_answer(ImportSerializer(row, only=only).data)


class TaskViewSet(ApiViewSet):
    """The caller's tasks, and those of the people it leads."""

    @extend_schema(tags=["tasks"], summary="List tasks", parameters=[TaskQuery], responses=TaskSerializer(many=True))
    def list(self, request: ApiRequest) -> HttpResponse:
        """Tasks by id."""
        query = read_query(TaskQuery, request.query_params)
        rows = Task.objects.visible_to(request.user)
        if query["state"]:
            rows = rows.filter(state__in=sorted(query["state"]))

        def prepare(found: Sequence[Any], _only: Collection[str] | None) -> None:
            _name_customers(found, request.user)

        return page_answer(rows, query, TaskSerializer, prepare=prepare)[0]

    @extend_schema(tags=["tasks"], summary="Read a task", responses=TaskSerializer)
    def retrieve(self, request: ApiRequest, task_id: int) -> HttpResponse:
        """One task."""
        only = chosen_fields(TaskSerializer, read_fields(request))
        row = Task.objects.visible_to(request.user).get(pk=task_id)
        _name_customers([row], request.user)
        return calls.json_answer(TaskSerializer(row, only=only).data)

    @extend_schema(
        tags=["tasks"],
        operation_id="tasks_complete_create",
        summary="Tick a task off",
        request=None,
        responses=TaskSerializer,
    )
    @calls.writing
    def complete(self, request: ApiRequest, task_id: int) -> HttpResponse:
        """Done. One that is closed already stays as it is."""
        no_parameters(request)
        row = Task.objects.visible_to(request.user).filter(pk=task_id).first()
        if row is None:
            raise Http404
        tasks.complete(task_id=row.pk, by=request.user)
        row.refresh_from_db()
        _name_customers([row], request.user)
        return calls.json_answer(TaskSerializer(row).data)


def _name_customers(rows: Sequence[Any], user: User) -> None:
    """Show the customers of tasks to those who see them."""
    seen = seen_by(user, [row.customer_id for row in rows])
    for row in rows:
        row.seen_customer_id = row.customer_id if row.customer_id in seen else None
