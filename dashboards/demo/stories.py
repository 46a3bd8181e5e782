"""Customers with a story to tell: what each of them is there to show."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Spell:
    """A stretch of buying, from `begins` to `ends` days before the demo's day: yuan in all, in so many orders."""

    begins: int
    ends: int
    amount: float
    orders: int


@dataclass(frozen=True)
class Story:
    """One named customer. `place` is a Chinese city or a country's code; `parent` another story's short name."""

    short: str
    name: str
    trade: str
    place: str
    owner: str
    spells: tuple[Spell, ...]
    parent: str = ""
    note: str = ""
    currency: str = "CNY"
    lost: str = ""


def _two_years(before: float, now: float, orders: int, quiet: int = 0) -> tuple[Spell, ...]:
    """Even buying: 10,000 yuan of the year before last and of the last one, silent for the last `quiet` days."""
    return Spell(730, 366, before * 1e4, orders), Spell(365, quiet, now * 1e4, orders)


STORIES: Final = (
    Story("泽垣化工集团", "泽垣化工集团股份有限公司", "CHEM", "南通", "lin.ruoxi", _two_years(5649, 6350, 60)),
    Story(
        "泽垣新材料",
        "泽垣新材料（南通）有限公司",
        "CHEM",
        "南通",
        "lin.ruoxi",
        _two_years(240, 262, 14),
        "泽垣化工集团",
    ),
    Story(
        "泽垣二厂", "泽垣新材料（南通）有限公司二厂", "CHEM", "南通", "xu.mubai", _two_years(41, 44, 8), "泽垣新材料"
    ),
    Story(
        "泽垣华南", "泽垣化工（惠州）有限公司", "CHEM", "惠州", "lu.jingxing", _two_years(388, 421, 16), "泽垣化工集团"
    ),
    Story("鸣鹿汽车零部件", "东莞鸣鹿汽车零部件有限公司", "AUTO", "东莞", "lu.jingxing", _two_years(5645, 5820, 52)),
    Story("望舒能源装备", "望舒能源装备（无锡）有限公司", "ENERGY", "无锡", "yu.jianing", _two_years(3892, 3511, 40)),
    Story("曦岸船舶动力", "宁波曦岸船舶动力有限公司", "MARINE", "宁波", "lin.ruoxi", _two_years(2407, 2616, 36)),
    Story(
        "Norvik Marine", "Norvik Marine AS", "MARINE", "NO", "shao.wenbo", _two_years(1977, 2403, 24), currency="EUR"
    ),
    Story("青汀环境工程", "常州青汀环境工程股份有限公司", "WATER", "常州", "kam", _two_years(2165, 2139, 34)),
    Story("霁原水务集团", "霁原水务集团有限公司", "WATER", "杭州", "kam", _two_years(1755, 1832, 38)),
    Story("霁原水务嘉兴", "嘉兴霁原水务有限公司", "WATER", "嘉兴", "rep", _two_years(58, 66, 9), "霁原水务集团"),
    Story("霁原水务宁波", "宁波霁原水务有限公司", "WATER", "宁波", "su.nianhe", _two_years(39, 31, 7), "霁原水务集团"),
    Story("墨棠半导体材料", "上海墨棠半导体材料有限公司", "SEMI", "上海", "kam", _two_years(1179, 1614, 30)),
    Story(
        "岚屿集团",
        "江苏岚屿集团有限公司",
        "MACHINE",
        "盐城",
        "kam",
        (),
        note="控股公司，自己不采购；框架合同由集团签。",
    ),
    Story(
        "岚屿重工",
        "岚屿重工装备股份有限公司",
        "MACHINE",
        "盐城",
        "kam",
        (Spell(730, 366, 1478e4, 28), Spell(365, 90, 1140e4, 22), Spell(89, 1, 246e4, 6)),
        "岚屿集团",
        "集中采购，每月一次；科凡泰在渣浆泵上报价低 7%。",
    ),
    Story("岚屿矿机", "盐城岚屿矿山机械有限公司", "MINING", "盐城", "qin.langyue", _two_years(72, 69, 9), "岚屿集团"),
    Story(
        "岚屿西部", "岚屿装备（西安）有限公司", "MACHINE", "西安", "duan.yunzheng", _two_years(186, 203, 11), "岚屿集团"
    ),
    Story(
        "临渚制药",
        "苏州临渚制药有限公司",
        "PHARMA",
        "苏州",
        "kam",
        _two_years(1310, 1320, 28, quiet=41),
        note="平常 24 天一单，现在已经 41 天没有下单。",
    ),
    Story("浦叙造纸", "青岛浦叙造纸有限公司", "PAPER", "青岛", "kam", _two_years(1184, 1215, 24)),
    Story("云栈轨道交通", "常州云栈轨道交通设备有限公司", "MACHINE", "常州", "kam", _two_years(1064, 1127, 24)),
    Story("衡麓矿业", "衡麓矿业（西安）有限公司", "MINING", "西安", "duan.yunzheng", _two_years(1234, 1053, 22)),
    Story("鹤汀生物", "嘉兴鹤汀生物科技有限公司", "PHARMA", "嘉兴", "kam", _two_years(70, 57, 12)),
    Story("澹川精馏设备", "淄博澹川精馏设备有限公司", "MACHINE", "淄博", "kam", _two_years(40, 43, 10)),
    Story("沐石陶瓷", "淄博沐石陶瓷有限公司", "BUILD", "淄博", "kam", _two_years(9, 11, 4)),
    Story(
        "Brightmoor Foods",
        "Brightmoor Foods Ltd",
        "FOOD",
        "GB",
        "kam",
        (Spell(700, 46, 190e4, 13), Spell(38, 8, 31e4, 3)),
        note="Invoices in GBP since the new framework contract.",
        currency="GBP",
    ),
    Story(
        "朔垒钢铁",
        "淄博朔垒特钢有限公司",
        "METAL",
        "淄博",
        "yu.jianing",
        (Spell(730, 430, 367e4, 22), Spell(429, 4, 33e4, 7)),
        note="高炉检修一推再推，密封件订单停了。",
    ),
    Story(
        "苍筤建材",
        "合肥苍筤建材有限公司",
        "BUILD",
        "合肥",
        "yu.jianing",
        (Spell(730, 430, 181e4, 20), Spell(429, 150, 5e4, 3)),
        lost="改向竞争对手科凡泰采购离心泵，只剩备件小单；两次拜访没有挽回。",
    ),
    Story(
        "槐序食品机械",
        "杭州槐序食品机械有限公司",
        "FOOD",
        "杭州",
        "kam",
        (Spell(730, 121, 44e4, 14), Spell(120, 3, 146e4, 9)),
        note="三条灌装线验收后追加卫生泵与备件。",
    ),
    Story(
        "阔野农业装备",
        "烟台阔野农业装备有限公司",
        "MACHINE",
        "烟台",
        "kam",
        (Spell(730, 410, 168e4, 12), Spell(409, 5, 37e4, 7)),
    ),
    Story(
        "Halden & Frey Process",
        "Halden & Frey Process GmbH",
        "CHEM",
        "DE",
        "lin.ruoxi",
        (Spell(520, 330, 8.7e4, 3), Spell(95, 95, 137.8e4, 1)),
        note="First complete plant; may well be a single purchase.",
        currency="EUR",
    ),
)
