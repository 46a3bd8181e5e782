"""Addresses of customers and contacts."""

from django.urls import path

from accounts.views import access, batches, contacts, customers, facts, listing, options, prints, saved_views, teams

app_name = "accounts"

urlpatterns = [
    path("customers/", listing.customer_list, name="customer_list"),
    path("customers/count/", listing.customer_count, name="customer_count"),
    path("customers/filter/", listing.customer_filter, name="customer_filter"),
    path("customers/columns/", saved_views.customer_columns, name="customer_columns"),
    path("customers/views/counts/", listing.view_counts, name="view_counts"),
    path("customers/views/new/", saved_views.view_create, name="view_create"),
    path("customers/views/<int:view_id>/delete/", saved_views.view_delete, name="view_delete"),
    path("customers/options/", options.customer_options, name="customer_options"),
    path("customers/colleagues/", options.person_options, name="person_options"),
    path("customers/owners/", options.user_options, name="user_options"),
    path("customers/reassign/", batches.batch_reassign, name="batch_reassign"),
    path("customers/stage/", batches.batch_stage, name="batch_stage"),
    path("customers/new/", customers.customer_create, name="customer_create"),
    path("customers/<int:customer_id>/", customers.customer_detail, name="customer_detail"),
    path("customers/<int:customer_id>/peek/", customers.customer_peek, name="customer_peek"),
    path("customers/<int:customer_id>/edit/", customers.customer_edit, name="customer_edit"),
    path("customers/<int:customer_id>/propose/", facts.customer_propose, name="customer_propose"),
    path("customers/<int:customer_id>/proposals/", facts.customer_facts, name="customer_facts"),
    path("proposals/", facts.fact_list, name="fact_list"),
    path("contacts/<int:contact_id>/propose/", facts.contact_propose, name="contact_propose"),
    path("customers/<int:customer_id>/contacts/new/", contacts.contact_create, name="contact_create"),
    path("customers/<int:customer_id>/print/", prints.customer_print, name="customer_print"),
    path("customers/<int:customer_id>/team/", teams.team, name="team"),
    path("archive/", access.lookup, name="archive_lookup"),
    path("archive/<int:lookup_id>/request/", access.access_request, name="access_request"),
    path("access/", access.access_list, name="access"),
    path("access/<int:grant_id>/withdraw/", access.grant_withdraw, name="grant_withdraw"),
    path("team/<int:member_id>/", teams.member_edit, name="member_edit"),
    path("team/<int:member_id>/leave/", teams.member_leave, name="member_leave"),
    path("contacts/<int:contact_id>/edit/", contacts.contact_edit, name="contact_edit"),
    path("contacts/<int:contact_id>/delete/", contacts.contact_delete, name="contact_delete"),
]
