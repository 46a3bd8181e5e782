"""Addresses of the API that belong to no chapter."""

from django.urls import path

from users.api import documents, people

urlpatterns = [
    path("schema", documents.SchemaView.as_view(), name="schema"),
    path("docs", documents.page, name="docs"),
    path("me", people.MeViewSet.as_view({"get": "retrieve"}), name="me"),
    path("users", people.UserViewSet.as_view({"get": "list"}), name="users"),
    path("users/<int:user_id>", people.UserViewSet.as_view({"get": "retrieve"}), name="user"),
    path("departments", people.DepartmentViewSet.as_view({"get": "list"}), name="departments"),
    path("departments/<int:department_id>", people.DepartmentViewSet.as_view({"get": "retrieve"}), name="department"),
]
