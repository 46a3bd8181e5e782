"""Our own company: departments, and the people who work with Keystone."""

from dataclasses import dataclass
from typing import Final

COMPANY: Final = "澜桥流体设备"
DOMAIN: Final = "lanqiao.example"
# Printed by `show_logins`; good for this demonstration and for nothing else.
PASSWORD: Final = "keystone-demo-2026"  # noqa: S105 - meant to be read by everybody


@dataclass(frozen=True)
class Division:
    """One department and the one it is part of."""

    code: str
    name: str
    parent: str = ""


@dataclass(frozen=True)
class Person:
    """One user. `login`: the one that shows a role; the others have no password."""

    username: str
    name: str
    division: str
    role: str
    login: bool = False
    language: str = "zh-hans"


DIVISIONS: Final = (
    Division("HQ", COMPANY),
    Division("SALES", "营销中心", "HQ"),
    Division("EAST", "华东大区", "SALES"),
    Division("EAST-KA", "华东大客户部", "EAST"),
    Division("EAST-SH", "沪浙销售部", "EAST"),
    Division("EAST-JS", "苏皖鲁销售部", "EAST"),
    Division("SOUTH", "华南大区", "SALES"),
    Division("SOUTH-KA", "华南大客户部", "SOUTH"),
    Division("SOUTH-GD", "粤桂琼销售部", "SOUTH"),
    Division("SOUTH-FJ", "闽赣销售部", "SOUTH"),
    Division("NORTH", "华北大区", "SALES"),
    Division("NORTH-KA", "华北大客户部", "NORTH"),
    Division("NORTH-BJ", "京津冀销售部", "NORTH"),
    Division("NORTH-NE", "东北办事处", "NORTH"),
    Division("WEST", "中西部大区", "SALES"),
    Division("WEST-KA", "中西部大客户部", "WEST"),
    Division("WEST-HB", "华中销售部", "WEST"),
    Division("WEST-SC", "西部销售部", "WEST"),
    Division("OVERSEAS", "海外事业部", "SALES"),
    Division("OVERSEAS-KA", "海外大客户部", "OVERSEAS"),
    Division("OVERSEAS-EU", "欧洲销售部", "OVERSEAS"),
    Division("OVERSEAS-AP", "亚太销售部", "OVERSEAS"),
    Division("SERVICE", "服务中心", "HQ"),
    Division("SERVICE-DESK", "客户服务台", "SERVICE"),
    Division("SERVICE-FIELD", "现场服务部", "SERVICE"),
    Division("FINANCE", "财务中心", "HQ"),
    Division("FINANCE-CREDIT", "信用管理部", "FINANCE"),
    Division("ADMIN", "综合管理中心", "HQ"),
    Division("ADMIN-IT", "信息技术部", "ADMIN"),
)

_REP, _KAM, _MANAGER = "sales_rep", "account_manager", "sales_manager"
_CREDIT, _SERVICE, _EXECUTIVE = "credit_controller", "service_agent", "executive"
_STEWARD = "data_steward"

PEOPLE: Final = (
    Person("admin", "程观澜", "ADMIN-IT", "administrator", login=True),
    Person("rep", "江予安", "EAST-SH", _REP, login=True),
    Person("kam", "沈知远", "EAST-KA", _KAM, login=True),
    Person("manager", "顾明昭", "EAST", _MANAGER, login=True),
    Person("controller", "潘敬亭", "FINANCE-CREDIT", _CREDIT, login=True),
    Person("agent", "温若棠", "SERVICE-DESK", _SERVICE, login=True),
    Person("executive", "何蔚然", "HQ", _EXECUTIVE, login=True),
    Person("steward", "韩素清", "EAST", _STEWARD, login=True),
    Person("lin.ruoxi", "林若溪", "EAST-KA", _KAM),
    Person("yu.jianing", "俞佳宁", "EAST-KA", _KAM),
    Person("su.nianhe", "苏念禾", "EAST-SH", _REP),
    Person("xu.mubai", "许慕白", "EAST-JS", _REP),
    Person("qin.langyue", "秦朗月", "EAST-JS", _REP),
    Person("zhou.yanqiu", "周砚秋", "SOUTH", _MANAGER),
    Person("lu.jingxing", "陆景行", "SOUTH-KA", _KAM),
    Person("liang.zhixia", "梁知夏", "SOUTH-GD", _REP),
    Person("luo.yining", "罗以宁", "SOUTH-GD", _REP),
    Person("fang.yu", "方屿", "SOUTH-FJ", _REP),
    Person("song.huaijin", "宋怀瑾", "NORTH", _MANAGER),
    Person("he.lanzhou", "贺兰舟", "NORTH-KA", _KAM),
    Person("wei.tinglan", "魏听澜", "NORTH-BJ", _REP),
    Person("gao.wangchuan", "高望川", "NORTH-NE", _REP),
    Person("jiang.yicheng", "蒋亦诚", "WEST", _MANAGER),
    Person("duan.yunzheng", "段云峥", "WEST-KA", _KAM),
    Person("tan.shuyao", "谭书遥", "WEST-HB", _REP),
    Person("long.siqi", "龙思齐", "WEST-SC", _REP),
    Person("helen.marchetti", "Helen Marchetti", "OVERSEAS", _MANAGER, language="en"),
    Person("shao.wenbo", "邵文博", "OVERSEAS-KA", _KAM),
    Person("tobias.lindgren", "Tobias Lindgren", "OVERSEAS-EU", _REP, language="en"),
    Person("arjun.menon", "Arjun Menon", "OVERSEAS-AP", _REP, language="en"),
    Person("qi.wang", "祁望", "SERVICE-FIELD", _SERVICE),
    Person("yin.ruogu", "尹若谷", "FINANCE-CREDIT", _CREDIT),
    Person("han.shuting", "韩书亭", "SOUTH", _STEWARD),
)

# Who keeps the key accounts of an area; `kam` keeps few, as the page that shows them should be read in a minute.
KEY_SELLERS: Final = {
    "EAST": ("lin.ruoxi", "yu.jianing", "lin.ruoxi", "yu.jianing", "kam"),
    "SOUTH": ("lu.jingxing",),
    "NORTH": ("he.lanzhou",),
    "WEST": ("duan.yunzheng",),
    "OVERSEAS": ("shao.wenbo",),
}


def sellers(division: str) -> list[str]:
    """The sales representatives of a department, by user name."""
    return [person.username for person in PEOPLE if person.role == _REP and person.division == division]


def division_of(username: str) -> str:
    """The department a person works in."""
    return next(person.division for person in PEOPLE if person.username == username)


def manager_of(division: str) -> str:
    """Who leads the area of a department, by user name."""
    area = division.split("-")[0]
    return next(person.username for person in PEOPLE if person.role == _MANAGER and person.division == area)
