"""The caller, users, departments."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from users.api import calls
from users.api.people_serializers import DepartmentSerializer, MeSerializer, UserSerializer
from users.api.requests import ApiRequest
from users.api.serializers import ListQuery, read_query
from users.api.views import ApiViewSet, no_parameters, page_answer, row_answer
from users.models import Department, User


class ByIdQuery(ListQuery):
    """A list whose rows have no moment of change."""

    order = serializers.ChoiceField(choices=["id", "-id"], default="id", help_text="A minus turns the list round.")


class MeViewSet(ApiViewSet):
    """The caller."""

    @extend_schema(tags=["me"], responses=MeSerializer, summary="Who am I, and what may I do")
    def retrieve(self, request: ApiRequest) -> HttpResponse:
        """Name, permissions and reach of the caller, and when its key ends."""
        no_parameters(request)
        return calls.json_answer(MeSerializer(request.user).data)


class UserViewSet(ApiViewSet):
    """Users, to be read."""

    @extend_schema(tags=["users"], parameters=[ByIdQuery], responses=UserSerializer(many=True), summary="List users")
    def list(self, request: ApiRequest) -> HttpResponse:
        """People and programs."""
        query = read_query(ByIdQuery, request.query_params)
        return page_answer(User.objects.all(), query, UserSerializer)[0]

    @extend_schema(tags=["users"], responses=UserSerializer, summary="Read a user")
    def retrieve(self, request: ApiRequest, user_id: int) -> HttpResponse:
        """One person or program."""
        no_parameters(request)
        return row_answer(User.objects.get(pk=user_id), UserSerializer)


class DepartmentViewSet(ApiViewSet):
    """Departments, to be read."""

    @extend_schema(
        tags=["users"], parameters=[ByIdQuery], responses=DepartmentSerializer(many=True), summary="List departments"
    )
    def list(self, request: ApiRequest) -> HttpResponse:
        """The departments of the company."""
        query = read_query(ByIdQuery, request.query_params)
        return page_answer(Department.objects.all(), query, DepartmentSerializer)[0]

    @extend_schema(tags=["users"], responses=DepartmentSerializer, summary="Read a department")
    def retrieve(self, request: ApiRequest, department_id: int) -> HttpResponse:
        """One department."""
        no_parameters(request)
        return row_answer(Department.objects.get(pk=department_id), DepartmentSerializer)
