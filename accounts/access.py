"""What each address of this app asks of its caller."""

from users.access import Rule
from users.roles import Permission

_P = Permission

TABLE: dict[str, Rule] = {
    "search": Rule(_P.CUSTOMER_VIEW),
    "accounts:customer_list": Rule(_P.CUSTOMER_VIEW),
    "accounts:customer_count": Rule(_P.CUSTOMER_VIEW),
    "accounts:view_counts": Rule(_P.CUSTOMER_VIEW),
    "accounts:customer_filter": Rule(_P.CUSTOMER_VIEW),
    "accounts:customer_columns": Rule(_P.CUSTOMER_VIEW, _P.CUSTOMER_VIEW),
    "accounts:view_create": Rule(_P.CUSTOMER_VIEW, _P.CUSTOMER_VIEW),
    "accounts:view_delete": Rule(_P.CUSTOMER_VIEW, _P.CUSTOMER_VIEW),
    "accounts:customer_options": Rule(_P.CUSTOMER_VIEW),
    "accounts:user_options": Rule(_P.CUSTOMER_VIEW),
    "accounts:person_options": Rule(_P.CUSTOMER_VIEW),
    # A lead of any role manages their team: the service asks.
    "accounts:team": Rule(_P.CUSTOMER_VIEW, _P.CUSTOMER_VIEW),
    "accounts:member_edit": Rule(_P.CUSTOMER_VIEW, _P.CUSTOMER_VIEW),
    "accounts:member_leave": Rule(_P.CUSTOMER_VIEW, _P.CUSTOMER_VIEW),
    "accounts:archive_lookup": Rule(_P.CUSTOMER_VIEW, _P.CUSTOMER_VIEW),
    "accounts:access_request": Rule(_P.CUSTOMER_VIEW, _P.CUSTOMER_VIEW),
    "accounts:access": Rule(_P.CUSTOMER_VIEW),
    "accounts:grant_withdraw": Rule(_P.CUSTOMER_VIEW, _P.CUSTOMER_VIEW),
    # Who holds a grant that allows it prints too, whatever their role: the service asks.
    "accounts:customer_print": Rule(_P.CUSTOMER_VIEW, _P.CUSTOMER_VIEW),
    "accounts:customer_protect": Rule(_P.CUSTOMER_PROTECT, _P.CUSTOMER_PROTECT),
    "accounts:read_list": Rule(_P.READ_LOG_VIEW),
    "accounts:read_export": Rule(_P.READ_LOG_VIEW),
    "accounts:print_list": Rule(_P.READ_LOG_VIEW),
    "accounts:customer_create": Rule(_P.CUSTOMER_CREATE, _P.CUSTOMER_CREATE),
    "accounts:customer_detail": Rule(_P.CUSTOMER_VIEW),
    "accounts:customer_peek": Rule(_P.CUSTOMER_VIEW),
    "accounts:customer_edit": Rule(_P.CUSTOMER_EDIT, _P.CUSTOMER_EDIT),
    "accounts:customer_propose": Rule(_P.CUSTOMER_PROPOSE, _P.CUSTOMER_PROPOSE),
    "accounts:contact_propose": Rule(_P.CUSTOMER_PROPOSE, _P.CUSTOMER_PROPOSE),
    "accounts:customer_facts": Rule(_P.CUSTOMER_VIEW, _P.CUSTOMER_EDIT),
    "accounts:fact_list": Rule(_P.CUSTOMER_VIEW),
    "accounts:batch_reassign": Rule(_P.CUSTOMER_REASSIGN, _P.CUSTOMER_REASSIGN),
    "accounts:batch_stage": Rule(_P.CUSTOMER_STAGE, _P.CUSTOMER_STAGE),
    "accounts:duplicate_list": Rule(_P.CUSTOMER_MERGE),
    "accounts:duplicate_search": Rule(_P.CUSTOMER_MERGE, _P.IMPORT_RUN),
    "accounts:duplicate_decide": Rule(_P.CUSTOMER_MERGE, _P.CUSTOMER_MERGE),
    "accounts:merge_edit": Rule(_P.CUSTOMER_MERGE, _P.CUSTOMER_MERGE),
    "accounts:merge_list": Rule(_P.CUSTOMER_MERGE),
    "accounts:merge_detail": Rule(_P.CUSTOMER_MERGE),
    "accounts:merge_undo": Rule(_P.CUSTOMER_MERGE, _P.CUSTOMER_MERGE),
    "accounts:contact_create": Rule(_P.CUSTOMER_EDIT, _P.CUSTOMER_EDIT),
    "accounts:contact_edit": Rule(_P.CUSTOMER_EDIT, _P.CUSTOMER_EDIT),
    "accounts:contact_delete": Rule(_P.CUSTOMER_EDIT, _P.CUSTOMER_EDIT),
}
