"""The role table, readable: generated from `users.roles`, so that it can't say anything else."""

from django.http import HttpResponse
from django.shortcuts import render

from crm.navigation import page_url
from users.queries import role_words
from users.requests import UserRequest


def role_list(request: UserRequest) -> HttpResponse:
    """What each role may do, whose customers it works with, and how many people hold it."""
    columns = role_words.columns()
    context = {
        "roles": columns,
        "columns": len(columns) + 1,
        "groups": role_words.table(),
        "users_url": page_url("users:user_list", request.user),
    }
    return render(request, "users/role_list.html", context)
