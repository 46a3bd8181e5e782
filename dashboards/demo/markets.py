"""Where our customers are and what they do: industries, regions, cities, countries."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Trade:
    """One industry: its names, how its companies are called, and how its purchases part among categories.

    `tastes` are weights of pumps, valves, seals, spare parts, instruments and services, in this order.
    """

    code: str
    name_en: str
    name_zh: str
    words_zh: tuple[str, ...]
    words_en: tuple[str, ...]
    share: float
    tastes: tuple[float, float, float, float, float, float]


@dataclass(frozen=True)
class Place:
    """A city: its region, its six-digit code in Chinese registration numbers, our department that serves it."""

    name: str
    number: str
    region: str
    division: str
    weight: float = 1.0


@dataclass(frozen=True)
class Country:
    """Where overseas customers are: the forms of their companies and what they pay in."""

    code: str
    forms: tuple[str, ...]
    cities: tuple[str, ...]
    currency: str
    language: str
    weight: float


TRADES: Final = (
    Trade(
        "CHEM", "Chemicals", "化工", ("化工", "化学", "新材料", "精细化工", "树脂"),
        ("Chemicals", "Process", "Polymers"), 0.15, (4, 4, 2, 2, 1.5, 0.3),
    ),
    Trade(
        "PHARMA", "Pharmaceuticals", "制药与生物", ("制药", "生物", "药业", "生物科技"),
        ("Pharma", "Biologics", "Labs"), 0.08, (2, 3, 3, 1.5, 3, 0.4),
    ),
    Trade(
        "FOOD", "Food and drink", "食品饮料", ("食品", "乳业", "饮料", "食品机械"),
        ("Foods", "Dairy", "Beverages"), 0.09, (3, 2.5, 2.5, 2, 1, 0.3),
    ),
    Trade(
        "WATER", "Water and environment", "水务与环保", ("水务", "环境", "环保", "环境工程"),
        ("Water", "Environmental"), 0.10, (5, 3, 1, 2, 1.5, 0.5),
    ),
    Trade(
        "ENERGY", "Power and new energy", "电力与新能源", ("能源", "电力", "新能源", "能源装备"),
        ("Energy", "Power"), 0.09, (4, 4, 2, 2, 2, 0.6),
    ),
    Trade(
        "METAL", "Iron, steel and metals", "钢铁冶金", ("钢铁", "特钢", "铜业", "铝业", "冶金"),
        ("Steel", "Metals", "Foundry"), 0.08, (3, 2, 4, 3, 1, 0.4),
    ),
    Trade(
        "MINING", "Mining", "矿业", ("矿业", "矿机", "矿山设备"),
        ("Minerals", "Mining"), 0.06, (5, 1.5, 2, 4, 0.7, 0.5),
    ),
    Trade(
        "PAPER", "Pulp and paper", "造纸", ("造纸", "纸业", "浆纸"), ("Pulp", "Paper"), 0.05, (4, 2.5, 3, 2, 1, 0.3)
    ),
    Trade(
        "AUTO", "Car parts", "汽车零部件", ("汽车零部件", "汽配", "动力系统"),
        ("Automotive", "Drivetrain"), 0.08, (1.5, 2, 3, 3, 2, 0.2),
    ),
    Trade(
        "MARINE", "Shipbuilding", "船舶与海工", ("船舶动力", "船业", "海工装备"),
        ("Marine", "Shipyards", "Offshore"), 0.05, (4, 3, 2, 2, 1, 0.4),
    ),
    Trade(
        "SEMI", "Semiconductors", "半导体与电子", ("半导体材料", "电子", "光电"),
        ("Semicon", "Electronics"), 0.05, (1.5, 3, 3, 1, 3, 0.4),
    ),
    Trade(
        "MACHINE", "Machinery", "机械装备", ("重工", "装备", "精馏设备", "轨道交通", "农业装备"),
        ("Machinery", "Engineering", "Systems"), 0.08, (3, 3, 2.5, 2.5, 1, 0.3),
    ),
    Trade(
        "BUILD", "Building materials", "建材", ("建材", "陶瓷", "玻璃", "水泥"),
        ("Ceramics", "Glass", "Cement"), 0.04, (3, 2, 2, 2.5, 0.7, 0.2),
    ),
)  # fmt: skip

REGIONS: Final = (
    ("EAST", "East China", "华东"),
    ("SOUTH", "South China", "华南"),
    ("NORTH", "North China", "华北"),
    ("NORTHEAST", "North-east China", "东北"),
    ("CENTRAL", "Central China", "华中"),
    ("WEST", "West China", "西部"),
    ("EUROPE", "Europe", "欧洲"),
    ("ASIA", "Asia-Pacific", "亚太"),
    ("AMERICAS", "Americas", "美洲"),
)

PLACES: Final = (
    Place("上海", "310115", "EAST", "EAST-SH", 3.0),
    Place("苏州", "320505", "EAST", "EAST-JS", 2.4),
    Place("无锡", "320214", "EAST", "EAST-JS", 1.8),
    Place("南通", "320691", "EAST", "EAST-JS", 1.5),
    Place("盐城", "320991", "EAST", "EAST-JS", 1.0),
    Place("常州", "320412", "EAST", "EAST-JS", 1.2),
    Place("杭州", "330109", "EAST", "EAST-SH", 1.5),
    Place("宁波", "330206", "EAST", "EAST-SH", 1.8),
    Place("嘉兴", "330482", "EAST", "EAST-SH", 1.0),
    Place("合肥", "340191", "EAST", "EAST-JS", 1.2),
    Place("青岛", "370211", "EAST", "EAST-JS", 1.5),
    Place("烟台", "370612", "EAST", "EAST-JS", 1.0),
    Place("淄博", "370305", "EAST", "EAST-JS", 1.0),
    Place("佛山", "440606", "SOUTH", "SOUTH-GD", 1.8),
    Place("东莞", "441900", "SOUTH", "SOUTH-GD", 1.8),
    Place("珠海", "440404", "SOUTH", "SOUTH-GD", 1.0),
    Place("惠州", "441303", "SOUTH", "SOUTH-GD", 1.0),
    Place("南宁", "450108", "SOUTH", "SOUTH-GD", 0.7),
    Place("厦门", "350211", "SOUTH", "SOUTH-FJ", 1.0),
    Place("泉州", "350505", "SOUTH", "SOUTH-FJ", 0.8),
    Place("九江", "360403", "SOUTH", "SOUTH-FJ", 0.6),
    Place("天津", "120116", "NORTH", "NORTH-BJ", 1.8),
    Place("唐山", "130207", "NORTH", "NORTH-BJ", 1.3),
    Place("石家庄", "130108", "NORTH", "NORTH-BJ", 0.9),
    Place("北京", "110115", "NORTH", "NORTH-BJ", 1.0),
    Place("大连", "210213", "NORTHEAST", "NORTH-NE", 0.9),
    Place("鞍山", "210303", "NORTHEAST", "NORTH-NE", 0.6),
    Place("吉林", "220203", "NORTHEAST", "NORTH-NE", 0.4),
    Place("武汉", "420117", "CENTRAL", "WEST-HB", 1.2),
    Place("宜昌", "420505", "CENTRAL", "WEST-HB", 0.8),
    Place("株洲", "430211", "CENTRAL", "WEST-HB", 0.8),
    Place("洛阳", "410305", "CENTRAL", "WEST-HB", 0.9),
    Place("重庆", "500112", "WEST", "WEST-SC", 1.0),
    Place("成都", "510112", "WEST", "WEST-SC", 1.0),
    Place("攀枝花", "510411", "WEST", "WEST-SC", 0.5),
    Place("西安", "610116", "WEST", "WEST-SC", 0.8),
    Place("银川", "640181", "WEST", "WEST-SC", 0.5),
    Place("昆明", "530181", "WEST", "WEST-SC", 0.6),
)

COUNTRIES: Final = (
    Country("DE", ("GmbH", "GmbH & Co. KG"), ("Bremen", "Kassel", "Mannheim"), "EUR", "en", 2.0),
    Country("NO", ("AS",), ("Bergen", "Stavanger"), "EUR", "en", 0.8),
    Country("SE", ("AB",), ("Malmö", "Gävle"), "EUR", "en", 0.8),
    Country("NL", ("B.V.",), ("Rotterdam", "Delfzijl"), "EUR", "en", 1.0),
    Country("IT", ("S.p.A.", "S.r.l."), ("Brescia", "Ravenna"), "EUR", "en", 1.2),
    Country("PL", ("Sp. z o.o.",), ("Gdynia", "Opole"), "EUR", "en", 0.8),
    Country("US", ("Inc.", "LLC"), ("Houston", "Toledo", "Baton Rouge"), "USD", "en", 1.5),
    Country("CL", ("SpA",), ("Antofagasta",), "USD", "en", 0.6),
    Country("SG", ("Pte. Ltd.",), ("Singapore",), "USD", "en", 1.2),
    Country("MY", ("Sdn. Bhd.",), ("Johor Bahru", "Kuantan"), "USD", "en", 1.2),
    Country("VN", ("Co., Ltd.",), ("Hai Phong", "Vung Tau"), "USD", "en", 1.2),
    Country("AU", ("Pty Ltd",), ("Newcastle", "Gladstone"), "USD", "en", 0.8),
    Country("JP", ("K.K.", "Co., Ltd."), ("Kobe", "Kitakyushu", "Niigata"), "JPY", "en", 1.6),
)
ABROAD: Final = {"US": "AMERICAS", "CL": "AMERICAS"} | dict.fromkeys(("SG", "MY", "VN", "AU", "JP"), "ASIA")


def region_abroad(country: str) -> str:
    """The sales region of an overseas country."""
    return ABROAD.get(country, "EUROPE")


def division_abroad(country: str) -> str:
    """Our department that serves an overseas country."""
    return "OVERSEAS-AP" if ABROAD.get(country) == "ASIA" else "OVERSEAS-EU"
