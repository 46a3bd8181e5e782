"""Calls on customers and contacts as a newcomer would send them."""

from users.api import examples
from users.api.examples import Example

examples.add(
    Example(
        "customer_create",
        "post",
        "/api/v1/customers",
        {"code": "ERP-100", "name": "Harbour Pumps Ltd", "country": "GB", "tax_number": "GB 123 4567 89"},
        201,
        {"Idempotency-Key": "customer-ERP-100"},
    ),
    Example(
        "customer_change",
        "patch",
        "/api/v1/customers/{customer}",
        {"address": "2 Dock Road", "staff_count": 120},
        200,
        {"If-Match": "*"},
    ),
    Example(
        "customer_upsert",
        "put",
        "/api/v1/customers/by-external/erp/100234",
        {"name": "Northern Valves AS", "country": "NO", "currency": "NOK"},
        201,
    ),
    Example(
        "contact_create",
        "post",
        "/api/v1/contacts",
        {"customer_id": "{customer}", "name": "Li Na", "post": "Head of purchasing", "email": "li.na@example.com"},
        201,
    ),
)

shown = examples.of
