"""Addresses of people, departments, parameters and the change log."""

from django.urls import path

from users.views import approvals, changes, departments, keys, parameters, people, profile, roles, sessions, settings

app_name = "users"

urlpatterns = [
    path("me/", profile.profile, name="profile"),
    path("me/sessions/", sessions.session_list, name="session_list"),
    path("me/sessions/<int:session_id>/end/", sessions.session_end, name="session_end"),
    path("me/theme/", profile.theme, name="theme"),
    path("me/language/", profile.language, name="language"),
    path("approvals/", approvals.approval_list, name="approval_list"),
    path("approvals/delegate/", approvals.approval_delegate, name="approval_delegate"),
    path("approvals/<int:approval_id>/", approvals.approval_detail, name="approval_detail"),
    path("approvals/<int:approval_id>/decide/", approvals.approval_decide, name="approval_decide"),
    path("approvals/<int:approval_id>/withdraw/", approvals.approval_withdraw, name="approval_withdraw"),
    path("approvals/<int:approval_id>/comment/", approvals.approval_comment, name="approval_comment"),
    path("settings/", settings.settings, name="settings"),
    path("settings/roles/", roles.role_list, name="role_list"),
    path("settings/users/", people.user_list, name="user_list"),
    path("settings/users/new/", people.user_create, name="user_create"),
    path("settings/users/<int:user_id>/", people.user_edit, name="user_edit"),
    path(
        "settings/users/<int:user_id>/second-factor/",
        sessions.second_factor_reset,
        name="second_factor_reset",
    ),
    path("settings/users/<int:user_id>/password/", people.user_password, name="user_password"),
    path("settings/departments/", departments.department_list, name="department_list"),
    path("settings/departments/new/", departments.department_create, name="department_create"),
    path("settings/departments/<int:department_id>/", departments.department_edit, name="department_edit"),
    path("settings/programs/", keys.program_list, name="program_list"),
    path("settings/programs/new/", keys.program_create, name="program_create"),
    path("settings/programs/<int:program_id>/", keys.program_detail, name="program_detail"),
    path("settings/programs/<int:program_id>/keys/new/", keys.key_create, name="key_create"),
    path("settings/keys/<int:key_id>/rotate/", keys.key_rotate, name="key_rotate"),
    path("settings/keys/<int:key_id>/withdraw/", keys.key_withdraw, name="key_withdraw"),
    path("settings/changes/", changes.change_list, name="change_list"),
    path("settings/parameters/", parameters.parameter_list, name="parameter_list"),
    path("settings/parameters/<str:kind>/<str:name>/", parameters.parameter_detail, name="parameter_detail"),
    path("settings/parameters/<str:kind>/<str:name>/new/", parameters.parameter_edit, name="parameter_edit"),
    path(
        "settings/parameters/<str:kind>/<str:name>/<int:version>/",
        parameters.parameter_version,
        name="parameter_version",
    ),
]
