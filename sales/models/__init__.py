"""What they buy: products, orders with lines, exchange rates, and the daily totals of orders."""

from sales.models.orders import Order, OrderLine, OrderNumber, OrderSubmission
from sales.models.products import Category, ExchangeRate, Product
from sales.models.rollups import CustomerCategoryMonth, CustomerDay, RollupMark

__all__ = [
    "Category",
    "CustomerCategoryMonth",
    "CustomerDay",
    "ExchangeRate",
    "Order",
    "OrderLine",
    "OrderNumber",
    "OrderSubmission",
    "Product",
    "RollupMark",
]
