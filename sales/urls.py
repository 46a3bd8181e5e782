"""Addresses of orders, products and rates."""

from django.urls import path

from sales.views import customers, options, order_actions, order_entry, orders, products, rates

app_name = "sales"

urlpatterns = [
    path("orders/", orders.order_list, name="order_list"),
    path("orders/count/", orders.order_count, name="order_count"),
    path("orders/new/", order_entry.order_create, name="order_create"),
    path("orders/totals/", order_entry.order_totals, name="order_totals"),
    path("orders/contacts/", order_entry.order_contacts, name="order_contacts"),
    path("orders/<int:order_id>/", orders.order_detail, name="order_detail"),
    path("orders/<int:order_id>/edit/", order_entry.order_edit, name="order_edit"),
    path("orders/<int:order_id>/return/", order_actions.order_return, name="order_return"),
    path("orders/<int:order_id>/<slug:step>/", order_actions.order_step, name="order_step"),
    path("customers/<int:customer_id>/sales/", customers.customer_months, name="customer_months"),
    path("products/", products.product_list, name="product_list"),
    path("products/options/", options.product_options, name="product_options"),
    path("products/new/", products.product_create, name="product_create"),
    path("products/categories/new/", products.category_create, name="category_create"),
    path("products/<int:product_id>/", products.product_detail, name="product_detail"),
    path("products/<int:product_id>/edit/", products.product_edit, name="product_edit"),
    path("rates/", rates.rate_list, name="rate_list"),
    path("rates/new/", rates.rate_create, name="rate_create"),
    path("rates/<int:rate_id>/edit/", rates.rate_edit, name="rate_edit"),
]
