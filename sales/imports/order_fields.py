"""What a file of order lines can say, and the choices about reading it."""

from django.utils.translation import gettext_lazy as _

from jobs.imports.registry import Field, Option
from sales.constants import COUNTING, OrderKind, OrderState

KIND_WORDS = {
    1: "order orders sale sales invoice inv so 订单 销售 销售单 销售订单 正常 蓝字 出库 销售出库",
    2: "return returns refund credit creditnote cancellation cn rma 退货 退货单 销售退货 退单 退款 红字 红冲 冲红 退回",
}
KINDS = {word: kind for kind, words in KIND_WORDS.items() for word in words.split()}
KINDS |= {OrderKind.ORDER.value: 1, OrderKind.RETURN.value: 2}

STATE_WORDS = {
    OrderState.DRAFT: "draft 草稿 未审核 待审核",
    OrderState.CONFIRMED: "confirmed open approved processing 已确认 已审核 审核 执行中 处理中 待发货",
    OrderState.PART_SHIPPED: "part_shipped partshipped partiallyshipped 部分发货 部分出库",
    OrderState.SHIPPED: "shipped delivered 已发货 已出库 已交货 已签收",
    OrderState.COMPLETED: "completed complete closed done paid finished 已完成 完成 已关闭 已结算 已成交 交易成功",
    OrderState.CANCELLED: "cancelled canceled void 已取消 取消 作废 已作废 交易关闭",
}
STATES = {word: state for state, words in STATE_WORDS.items() for word in words.split()}
CURRENCY_WORDS = {"人民币": "CNY", "RMB": "CNY", "¥": "CNY", "元": "CNY", "美元": "USD", "$": "USD", "US$": "USD"}
CURRENCY_WORDS |= {"欧元": "EUR", "€": "EUR", "英镑": "GBP", "£": "GBP", "港币": "HKD", "HK$": "HKD", "日元": "JPY"}


def kind_of(text: str) -> int | None:
    """What a word says about an order: 0 nothing, 1 an order, 2 a return; None if it isn't known."""
    return KINDS.get(text.casefold().replace(" ", "")) if text else 0


def state_of(text: str) -> OrderState | None:
    """The state that a word means."""
    return STATES.get(text.casefold().replace(" ", ""))


def currency_of(text: str) -> str | None:
    """The code of a currency written as code, word or sign."""
    code = CURRENCY_WORDS.get(text.upper(), text.upper())
    return code if len(code) == 3 and code.isascii() and code.isalpha() else None


FIELDS = (
    Field(
        "number",
        _("Order number"),
        "Order number|订单号|订单编号|单号|单据编号|单据号|销售单号|发票号|发票号码|合同号|Order No|Order ID|"
        "Order|Order Ref|SO Number|Sales Order|InvoiceNo|Invoice|Invoice ID|Invoice Number|"
        "Document No|Doc No|order_number",
    ),
    Field(
        "ordered_at",
        _("Order date"),
        "Order date|订单日期|下单日期|下单时间|订单时间|日期|单据日期|销售日期|开票日期|签订日期|成交日期|Date|"
        "Ordered at|Ordered on|InvoiceDate|Order time|Document date|Sales date",
    ),
    Field(
        "customer_code",
        _("Customer code"),
        "客户编码|客户编号|客户代码|客户号|客户ID|购货单位编码|客户|CustomerID|Customer|Customer No|"
        "Customer number|Client ID|Client code|Account|Account no",
    ),
    Field(
        "customer_name",
        _("Customer name"),
        "客户名称|客户名|客户全称|单位名称|购货单位|公司名称|客户简称|Client name|Company|"
        "Company name|Account name|Ship name",
        help=_("Names customers that are created."),
    ),
    Field("country", _("Country"), "国家|国家地区|国别|Customer country|Ship country"),
    Field(
        "product_code",
        _("Product code"),
        "产品编码|产品编号|产品代码|商品编码|商品编号|物料编码|物料编号|物料代码|货号|存货编码|"
        "StockCode|SKU|ProductID|Product|Product no|Item|Item code|Item no|Material|Part no",
    ),
    Field(
        "product_name",
        _("Product name"),
        "产品名称|商品名称|物料名称|品名|产品|商品|存货名称|货品名称|Description|Item name|"
        "Item description|Product description",
        help=_("Names products that are created; a line without a code keeps it as its description."),
    ),
    Field("quantity", _("Quantity"), "数量|销售数量|订购数量|件数|Qty|Units|Pieces"),
    Field(
        "unit_price",
        _("Unit price"),
        "单价|销售单价|价格|未税单价|不含税单价|Price|Price each|Net price",
    ),
    Field(
        "amount",
        _("Line amount"),
        "Line amount|金额|销售金额|行金额|小计|合计金额|未税金额|不含税金额|销售额|Amount|Line total|Total|"
        "Net amount|Net|Subtotal|Sales|Extended price",
        help=_("Net of discount and tax. It is taken as it is; quantity × price isn't computed."),
    ),
    Field("discount", _("Discount"), "折扣|折扣率|折扣%|Discount %|Discount rate|discount_percent"),
    Field(
        "currency",
        _("Currency"),
        "币种|币别|货币|Curr|Currency code",
        fits=lambda text: not text or currency_of(text) is not None,
    ),
    Field(
        "kind",
        _("Kind"),
        "类型|单据类型|订单类型|业务类型|Type|Order type|Document type",
        help=_("Says which orders are returns: return, 退货, 红字."),
        fits=lambda text: kind_of(text) is not None,
    ),
    Field(
        "state",
        _("State"),
        "状态|订单状态|单据状态|Status|Order status",
        fits=lambda text: not text or state_of(text) is not None,
    ),
)

NEEDED = (
    (("number",),),
    (("ordered_at",),),
    (("customer_code",),),
    (("amount",), ("quantity", "unit_price")),
)

OPTIONS = (
    Option(
        "source", _("Source"), "import", help=_("The system the numbers come from; an order is its source and number.")
    ),
    Option(
        "create",
        _("Create unknown customers and products"),
        True,
        help=_("Otherwise their orders are refused."),
    ),
    Option(
        "date_order",
        _("Dates such as 5/6/2026"),
        "auto",
        (
            ("auto", _("As the file shows")),
            ("dmy", _("Day first: 5 June")),
            ("mdy", _("Month first: 6 May")),
        ),
    ),
    Option(
        "returns",
        _("What is a return"),
        "prefix",
        (
            ("prefix", _("Numbers that begin with the letters below and have negative quantities")),
            ("negative", _("Orders whose quantities are all negative")),
            ("column", _("Only what the column “Kind” says")),
        ),
    ),
    Option("return_prefix", _("Numbers of returns begin with"), "C", max_length=10),
    Option(
        "state",
        _("State of the orders"),
        OrderState.COMPLETED.value,
        [(state.value, state.label) for state in COUNTING],
    ),
    Option("currency", _("Currency where the file names none"), "", help=_("Empty: the company's."), max_length=3),
    Option(
        "discount",
        _("Discounts are"),
        "auto",
        (
            ("auto", _("As the file shows")),
            ("percent", _("Percent: 15 is 15%")),
            ("fraction", _("Fractions: 0.15 is 15%")),
        ),
    ),
    Option("decimal_comma", _("Numbers use the decimal comma: 1.234,50"), False),
)
