"""The pieces that invented names are put together from. None is the name of a company that exists."""

from typing import Final

# Two characters make a company's own name: rare, as such names are.
FIRST: Final = (
    "岚澹霁朔苍槐阔鹤浦临云墨青曦衡泽鸣望栖漱砚岑濯翊昀珩琅铎颢沅"
    "湛淙澜汀泓渺溯潆沐洵峤嵘峻岫崧遥遐郁蔚蔼芷荇蘅葭樨梓榆柘桢"
)
SECOND: Final = (
    "屿川岸野垒序筤原舟麓栈棠渚堤陌岭磊锋驰越垣彦瑜珂瑾桓礼叙维曜朗舒澄熠弘毅诚恒岳峰泉溪湾津洲陵丘岩石松柏桐楠"
)

SURNAMES: Final = (
    *"赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎",
    *"鲁韦昌马苗凤花方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元顾孟平黄",
    "欧阳", "司徒", "上官", "诸葛",
)  # fmt: skip
GIVEN: Final = (
    *("景澄", "廷枢", "舒桓", "若水", "砚之", "书瑶", "清越", "怀谷", "云深", "知微", "望舒", "思远", "文博", "嘉树"),
    *("明远", "子衿", "静姝", "婉清", "晓棠", "雨桐", "一鸣", "建国", "志强", "海燕", "丽华", "国栋", "秀兰", "永康"),
    *("立群", "振华", "晨曦", "梓涵", "浩然", "俊杰", "佳怡", "雪松", "春生", "伟", "芳", "磊", "敏", "强", "静"),
    *("遥", "屿", "岚", "昕", "昊", "霖", "婷", "鑫", "蕾", "倩", "斌", "峰", "亮", "颖", "琳", "旭东", "少华", "慧敏"),
)
FIRST_NAMES: Final = (
    *("Ian", "Marta", "Lars", "Ingrid", "Paolo", "Chiara", "Jonas", "Annika", "Owen", "Grace", "Miguel", "Lucía"),
    *("Kenji", "Haruka", "Minh", "Thao", "Aisyah", "Daniel", "Priya", "Tomasz", "Zofia", "Henrik", "Sofie", "Ruth"),
)
LAST_NAMES: Final = (
    *("Calder", "Vestergren", "Brandt", "Halloran", "Moretti", "Lindqvist", "Okafor", "Whitlock", "Tanabe", "Nguyen"),
    *("Kowalczyk", "Sorensen", "Aramaki", "Rahman", "Delgado", "Ferreira", "Hofmann", "Ashworth", "Van Dalen", "Tan"),
)

# The two halves of an overseas company's own name.
HEADS: Final = (
    *("Hal", "Nor", "Bright", "Oster", "Kestel", "Lind", "Wester", "Aven", "Cald", "Dray", "Elms", "Fenn", "Gall"),
    *("Harrow", "Isel", "Jarn", "Kelm", "Lor", "Marr", "Nett", "Orm", "Pell", "Quill", "Ravn", "Stav", "Thorn"),
    *("Ulm", "Vall", "Wick", "Yar", "Zell", "Brack", "Corv", "Dunn", "Ever", "Farr", "Grim", "Holm", "Ketter"),
)
TAILS: Final = (
    *("den", "vik", "moor", "mark", "feld", "berg", "ford", "haven", "by", "stad", "wyn", "dale", "ridge", "sund"),
    *("brook", "gate", "low", "hurst", "combe", "ness", "mere", "rup", "holt", "wick"),
)

FORMS: Final = ("有限公司", "有限公司", "有限公司", "有限责任公司", "股份有限公司", "科技有限公司", "（集团）有限公司")
DEALER_WORDS: Final = ("流体设备", "泵阀贸易", "机电设备", "工业品", "五金机电", "成套设备")
SUPPLIER_WORDS: Final = ("铸造", "精密机械", "电机", "轴承", "石墨制品", "不锈钢", "橡塑", "包装")
DESIGN_WORDS: Final = ("工程设计院", "工程咨询", "设计研究院")
