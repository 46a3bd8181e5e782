"""What each address of this app asks of its caller."""

from users.access import Rule
from users.roles import Permission

_P = Permission

TABLE: dict[str, Rule] = {
    "sales:order_list": Rule(_P.ORDER_VIEW),
    "sales:order_count": Rule(_P.ORDER_VIEW),
    "sales:order_create": Rule(_P.ORDER_EDIT, _P.ORDER_EDIT),
    "sales:order_totals": Rule(_P.ORDER_EDIT, _P.ORDER_EDIT),
    "sales:order_contacts": Rule(_P.ORDER_EDIT),
    "sales:order_detail": Rule(_P.ORDER_VIEW),
    "sales:order_edit": Rule(_P.ORDER_EDIT, _P.ORDER_EDIT),
    "sales:order_return": Rule(_P.ORDER_EDIT, _P.ORDER_EDIT),
    "sales:order_step": Rule(_P.ORDER_EDIT, _P.ORDER_EDIT),
    "sales:customer_months": Rule(_P.ORDER_VIEW),
    "sales:product_list": Rule(_P.PRODUCT_VIEW),
    "sales:product_options": Rule(_P.PRODUCT_VIEW),
    "sales:product_create": Rule(_P.PRODUCT_EDIT, _P.PRODUCT_EDIT),
    "sales:product_detail": Rule(_P.PRODUCT_VIEW),
    "sales:product_edit": Rule(_P.PRODUCT_EDIT, _P.PRODUCT_EDIT),
    "sales:category_create": Rule(_P.PRODUCT_EDIT, _P.PRODUCT_EDIT),
    "sales:rate_list": Rule(_P.ORDER_VIEW),
    "sales:rate_create": Rule(_P.PARAMETER_EDIT, _P.PARAMETER_EDIT),
    "sales:rate_edit": Rule(_P.PARAMETER_EDIT, _P.PARAMETER_EDIT),
    "api:orders": Rule(_P.ORDER_VIEW, _P.ORDER_EDIT),
    "api:orders_bulk": Rule(_P.ORDER_EDIT, _P.ORDER_EDIT),
    "api:order": Rule(_P.ORDER_VIEW, _P.ORDER_EDIT),
    "api:order_steps": Rule(_P.ORDER_EDIT, _P.ORDER_EDIT),
    "api:order_returns": Rule(_P.ORDER_EDIT, _P.ORDER_EDIT),
    "api:order_by_external": Rule(_P.ORDER_VIEW, _P.ORDER_EDIT),
    "api:products": Rule(_P.PRODUCT_VIEW, _P.PRODUCT_EDIT),
    "api:product": Rule(_P.PRODUCT_VIEW, _P.PRODUCT_EDIT),
    "api:categories": Rule(_P.PRODUCT_VIEW, _P.PRODUCT_EDIT),
    "api:rates": Rule(_P.ORDER_VIEW, _P.PARAMETER_EDIT),
    "api:rate": Rule(_P.ORDER_VIEW, _P.PARAMETER_EDIT),
}
