"""What we sell: six categories and the products in them."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

CATEGORIES: Final = (
    ("PUMP", "泵"),
    ("VALVE", "阀门"),
    ("SEAL", "密封件"),
    ("SPARE", "备品备件"),
    ("INST", "仪表"),
    ("SERV", "技术服务"),
)


@dataclass(frozen=True)
class Series:
    """Products that differ by size: the price of the first, and how much dearer each next one is.

    `cost` is the part of the price that it costs us; None where nobody has reckoned it.
    """

    category: str
    prefix: str
    name: str
    sizes: tuple[str, ...]
    price: float
    step: float
    cost: float | None
    unit: str
    grade: str
    stage: str
    prospect: str
    launched: int


@dataclass(frozen=True)
class Item:
    """One product. `launched_years` is how many years before the demo's day it came on the market."""

    code: str
    name: str
    category: str
    unit: str
    grade: str
    list_price: Decimal
    cost: Decimal | None
    stage: str
    prospect: str
    launched_years: int


# Category, prefix, name, sizes, first price, step, cost, unit, grade, stage, prospect, years on the market.
_TABLE: Final = """
PUMP|CZ|化工离心泵 CZ|50-200 80-250 100-315 150-400 200-500|12800|1.55|0.69|台|mid|mature|mid|9
PUMP|ZJ|渣浆泵 ZJ|80 100 150 200 250|26500|1.52|0.68|台|mid|mature|mid|9
PUMP|DG|多级给水泵 DG|25-30×5 46-30×5 85-45×7 150-100×6 280-120×8|46000|1.66|0.71|台|high|mature|mid|9
PUMP|WS|卫生泵 WS|10 20 30 40|8600|1.5|0.66|台|mid|growth|high|5
PUMP|MG|磁力驱动泵 MG|25 40 50 65|9800|1.6|0.64|台|high|growth|high|4
PUMP|LG|单螺杆泵 LG|25 40 60 85|15200|1.55|0.72|台|mid|mature|mid|9
PUMP|JL|计量泵 JL|2 5 12 30|4200|1.65|0.63|台|low|decline|low|14
VALVE|TJ|气动调节阀 TJ|DN25 DN50 DN80 DN100 DN150|6800|1.45|0.66|台|high|growth|high|4
VALVE|DF|三偏心蝶阀 DF|DN100 DN200 DN300 DN400 DN600|2400|1.6|0.72|台|mid|mature|mid|9
VALVE|QF|球阀 QF|DN15 DN25 DN50 DN80 DN100|260|1.85|0.74|台|low|mature|mid|9
VALVE|ZF|闸阀 ZF|DN50 DN80 DN100 DN150|680|1.5|0.76|台|low|decline|low|16
VALVE|GM|卫生级隔膜阀 GM|DN15 DN25 DN40 DN50|980|1.45|0.61|台|high|growth|high|3
VALVE|ZH|止回阀 ZH|DN50 DN100 DN150|420|1.8|0.75|台|low|mature|mid|9
SEAL|MS1|单端面机械密封 MS1|25 35 45 60 80|380|1.5|0.58|套|low|mature|mid|9
SEAL|MS2|双端面机械密封 MS2|35 45 60 80 100|1900|1.5|0.57|套|mid|mature|mid|9
SEAL|MSC|集装式机械密封 MSC|45 60 80 100|4600|1.45|0.55|套|high|growth|high|5
SEAL|GS|干气密封 GS|80 110 140|68000|1.45|0.6|套|high|launch|high|1
SEAL|PK|填料 PK|芳纶 石墨 四氟|46|1.6|0.55|公斤|low|decline|low|18
SEAL|OR|O 形圈套件 OR|丁腈 氟橡胶 全氟醚|38|3.2|0.5|套|low|mature|mid|9
SPARE|YL|离心泵叶轮 YL|200 250 315 400|1450|1.55|0.6|件|mid|mature|mid|9
SPARE|YH|高铬叶轮 YH|80 100 150 200 250|3900|1.5|0.62|件|high|mature|mid|9
SPARE|HB|渣浆泵护板 HB|80 100 150 200|2100|1.45|0.66|件|mid|mature|mid|9
SPARE|ZZ|泵轴 ZZ|25 35 45 60|880|1.6|0.63|件|mid|mature|mid|9
SPARE|ZT|轴套 ZT|25 35 45 60|96|1.6|0.55|件|low|mature|mid|9
SPARE|ZC|轴承体组件 ZC|1 2 3|2600|1.6|0.67|套|mid|mature|mid|9
SPARE|LZ|膜片联轴器 LZ|1 2 3|1150|1.7|0.7|套|low|mature|mid|9
INST|PT|压力变送器 PT|10 20 40|1380|1.35|0.65|台|mid|mature|mid|9
INST|LC|电磁流量计 LC|DN50 DN100 DN200 DN300|4800|1.5|0.67|台|mid|mature|mid|9
INST|VM|泵振动监测器 VM|2 4 8|7900|1.6|0.52|套|high|launch|high|1
INST|LW|液位计 LW|A B|2300|1.5|0.66|台|low|mature|mid|9
SERV|FW|现场调试与培训|一天 三天|3200|2.7||次|mid|growth|mid|6
SERV|DX|泵组大修|小型 大型|18000|3.1|0.74|次|high|growth|mid|6
"""


def items() -> list[Item]:
    """All products, by category and series."""
    return [item for line in _TABLE.split("\n") if line for item in _of(_series(line.split("|")))]


def _series(cells: list[str]) -> Series:
    category, prefix, name, sizes, price, step, cost, unit, grade, stage, prospect, launched = cells
    return Series(
        category=category,
        prefix=prefix,
        name=name,
        sizes=tuple(sizes.split()),
        price=float(price),
        step=float(step),
        cost=float(cost) if cost else None,
        unit=unit,
        grade=grade,
        stage=stage,
        prospect=prospect,
        launched=int(launched),
    )


def _of(series: Series) -> Iterator[Item]:
    for place, size in enumerate(series.sizes):
        price = _tidy(series.price * series.step**place)
        yield Item(
            code=f"{series.prefix}-{place + 1:02}",
            name=f"{series.name} {size}",
            category=series.category,
            unit=series.unit,
            grade=series.grade,
            list_price=price,
            cost=None if series.cost is None else (price * Decimal(str(series.cost))).quantize(Decimal("0.01")),
            stage=series.stage,
            prospect=series.prospect,
            launched_years=series.launched,
        )


def _tidy(price: float) -> Decimal:
    """A price as price lists have it: two leading digits, whole tens from 1,000 on."""
    digits = 10 if price >= 1_000 else 1
    return Decimal(round(price / digits) * digits)
