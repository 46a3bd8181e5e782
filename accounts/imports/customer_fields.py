"""What a row of a file of customers can say, and the choices about reading it."""

from django.utils.translation import gettext_lazy

from jobs.imports.records import EMPTY, key_option
from jobs.imports.registry import Field, Option

FIELDS = (
    Field(
        "code",
        gettext_lazy("Customer code"),
        "Customer code|客户编码|客户编号|客户代码|客户号|客户ID|编码|代码|CustomerID|Customer No|Client ID|"
        "Account No|ID",
    ),
    Field(
        "name",
        gettext_lazy("Legal name"),
        "Legal name|客户名称|客户全称|公司名称|单位名称|名称|全称|Customer name|Company|CompanyName|"
        "Account name|Customer",
    ),
    Field("short_name", gettext_lazy("Short name"), "Short name|简称|客户简称"),
    Field(
        "kind", gettext_lazy("Kind"), "客户类型|类型|Type|Customer type", gettext_lazy("Such as end user, distributor.")
    ),
    Field("country", gettext_lazy("Country"), "国家|国家地区|国别"),
    Field(
        "tax_number", gettext_lazy("Tax number"), "Tax number|税号|统一社会信用代码|纳税人识别号|VAT|VAT number|Tax ID"
    ),
    Field("industry", gettext_lazy("Industry"), "行业|所属行业|Sector", gettext_lazy("Its code or name.")),
    Field("region", gettext_lazy("Region"), "区域|地区|大区|销售区域", gettext_lazy("Its code or name.")),
    Field(
        "owner",
        gettext_lazy("Owner"),
        "负责人|客户经理|业务员|销售员|Account manager|Sales person",
        gettext_lazy("User name or name; of customers that are created. Others are handed over, not imported."),
    ),
    Field(
        "department",
        gettext_lazy("Department"),
        "部门|所属部门|销售部门",
        gettext_lazy("Code or name; of customers that are created."),
    ),
    Field("address", gettext_lazy("Address"), "地址|详细地址|公司地址"),
    Field("website", gettext_lazy("Website"), "网址|网站|Web site|URL|Homepage"),
    Field("staff_count", gettext_lazy("Staff"), "Staff|员工数|人数|员工人数|Employees|Headcount"),
    Field(
        "yearly_turnover", gettext_lazy("Yearly turnover"), "Yearly turnover|年营业额|年营收|营业额|Turnover|Revenue"
    ),
    Field("founded_year", gettext_lazy("Founded"), "Founded|成立年份|成立时间|Founded year"),
    Field("currency", gettext_lazy("Currency"), "币种|币别|货币"),
    Field("note", gettext_lazy("Note"), "备注|说明|Remark|Remarks|Comment|Notes"),
    Field(
        "parent_code",
        gettext_lazy("Parent company (code)"),
        "Parent company|Parent code|上级公司|上级客户|母公司|母公司编码|上级客户编码|集团|Parent|Group",
        gettext_lazy("Its customer code; it may stand further down in the file."),
    ),
    Field(
        "life_cycle",
        # Translators: 阶段
        gettext_lazy("Stage"),
        "Life cycle|阶段|客户阶段|生命周期|客户状态|Stage|Status",
        gettext_lazy("Such as prospect, active, lost."),
    ),
    Field("life_cycle_reason", gettext_lazy("Reason for the stage"), "Reason for the stage|阶段原因|流失原因|Reason"),
    Field(
        "counts_in_grading",
        gettext_lazy("Counts in grading and credit"),
        "Counts in grading|参与评级|计入等级",
        gettext_lazy("Yes or no."),
    ),
    Field(
        "former_names",
        gettext_lazy("Former names"),
        "Former names|曾用名|原名称",
        gettext_lazy("Several are separated by semicolons."),
    ),
    Field("language", gettext_lazy("Language"), "Language|语言"),
)

KEYS = (
    ("code", gettext_lazy("Customer code")),
    ("tax_number", gettext_lazy("Tax number")),
    ("name", gettext_lazy("Legal name")),
)

OPTIONS = (
    key_option(KEYS),
    Option("create", gettext_lazy("Create unknown customers"), True),
    Option("update", gettext_lazy("Change known customers"), True),
    EMPTY,
    Option("decimal_comma", gettext_lazy("Numbers use the decimal comma: 1.234,50"), False),
)
