"""The gazetteer of place names that stand in enterprise names.

Names as in GB/T 2260 and the statistical division codes (as of 2023-06-30): provinces and prefectures of the mainland,
Hong Kong, Macao, Taiwan, and the counties of Shanghai, Jiangsu and Zhejiang, where the zone's enterprises register.
A short form (without 省, 市, 区, 县) counts as a place too unless it is an ordinary word or a common brand.
"""

from __future__ import annotations

import re
from functools import cache

#: Full name and the short form in daily use.
PROVINCES = {
    "北京市": "北京",
    "天津市": "天津",
    "河北省": "河北",
    "山西省": "山西",
    "内蒙古自治区": "内蒙古",
    "辽宁省": "辽宁",
    "吉林省": "吉林",
    "黑龙江省": "黑龙江",
    "上海市": "上海",
    "江苏省": "江苏",
    "浙江省": "浙江",
    "安徽省": "安徽",
    "福建省": "福建",
    "江西省": "江西",
    "山东省": "山东",
    "河南省": "河南",
    "湖北省": "湖北",
    "湖南省": "湖南",
    "广东省": "广东",
    "广西壮族自治区": "广西",
    "海南省": "海南",
    "重庆市": "重庆",
    "四川省": "四川",
    "贵州省": "贵州",
    "云南省": "云南",
    "西藏自治区": "西藏",
    "陕西省": "陕西",
    "甘肃省": "甘肃",
    "青海省": "青海",
    "宁夏回族自治区": "宁夏",
    "新疆维吾尔自治区": "新疆",
    "香港特别行政区": "香港",
    "澳门特别行政区": "澳门",
    "台湾省": "台湾",
}

_PREFECTURES = """
    石家庄市 唐山市 秦皇岛市 邯郸市 邢台市 保定市 张家口市 承德市 沧州市 廊坊市 衡水市 太原市 大同市
    阳泉市 长治市 晋城市 朔州市 晋中市 运城市 忻州市 临汾市 吕梁市 呼和浩特市 包头市 乌海市 赤峰市
    通辽市 鄂尔多斯市 呼伦贝尔市 巴彦淖尔市 乌兰察布市 兴安盟 锡林郭勒盟 阿拉善盟 沈阳市 大连市 鞍山市
    抚顺市 本溪市 丹东市 锦州市 营口市 阜新市 辽阳市 盘锦市 铁岭市 朝阳市 葫芦岛市 长春市 吉林市 四平市
    辽源市 通化市 白山市 松原市 白城市 延边朝鲜族自治州 哈尔滨市 齐齐哈尔市 鸡西市 鹤岗市 双鸭山市 大庆市
    伊春市 佳木斯市 七台河市 牡丹江市 黑河市 绥化市 大兴安岭地区 南京市 无锡市 徐州市 常州市 苏州市
    南通市 连云港市 淮安市 盐城市 扬州市 镇江市 泰州市 宿迁市 杭州市 宁波市 温州市 嘉兴市 湖州市 绍兴市
    金华市 衢州市 舟山市 台州市 丽水市 合肥市 芜湖市 蚌埠市 淮南市 马鞍山市 淮北市 铜陵市 安庆市 黄山市
    滁州市 阜阳市 宿州市 六安市 亳州市 池州市 宣城市 福州市 厦门市 莆田市 三明市 泉州市 漳州市 南平市
    龙岩市 宁德市 南昌市 景德镇市 萍乡市 九江市 新余市 鹰潭市 赣州市 吉安市 宜春市 抚州市 上饶市 济南市
    青岛市 淄博市 枣庄市 东营市 烟台市 潍坊市 济宁市 泰安市 威海市 日照市 临沂市 德州市 聊城市 滨州市
    菏泽市 郑州市 开封市 洛阳市 平顶山市 安阳市 鹤壁市 新乡市 焦作市 濮阳市 许昌市 漯河市 三门峡市
    南阳市 商丘市 信阳市 周口市 驻马店市 武汉市 黄石市 十堰市 宜昌市 襄阳市 鄂州市 荆门市 孝感市 荆州市
    黄冈市 咸宁市 随州市 恩施土家族苗族自治州 长沙市 株洲市 湘潭市 衡阳市 邵阳市 岳阳市 常德市 张家界市
    益阳市 郴州市 永州市 怀化市 娄底市 湘西土家族苗族自治州 广州市 韶关市 深圳市 珠海市 汕头市 佛山市
    江门市 湛江市 茂名市 肇庆市 惠州市 梅州市 汕尾市 河源市 阳江市 清远市 东莞市 中山市 潮州市 揭阳市
    云浮市 南宁市 柳州市 桂林市 梧州市 北海市 防城港市 钦州市 贵港市 玉林市 百色市 贺州市 河池市 来宾市
    崇左市 海口市 三亚市 三沙市 儋州市 成都市 自贡市 攀枝花市 泸州市 德阳市 绵阳市 广元市 遂宁市 内江市
    乐山市 南充市 眉山市 宜宾市 广安市 达州市 雅安市 巴中市 资阳市 阿坝藏族羌族自治州 甘孜藏族自治州
    凉山彝族自治州 贵阳市 六盘水市 遵义市 安顺市 毕节市 铜仁市 黔西南布依族苗族自治州 黔东南苗族侗族自治州
    黔南布依族苗族自治州 昆明市 曲靖市 玉溪市 保山市 昭通市 丽江市 普洱市 临沧市 楚雄彝族自治州
    红河哈尼族彝族自治州 文山壮族苗族自治州 西双版纳傣族自治州 大理白族自治州 德宏傣族景颇族自治州
    怒江傈僳族自治州 迪庆藏族自治州 拉萨市 日喀则市 昌都市 林芝市 山南市 那曲市 阿里地区 西安市 铜川市
    宝鸡市 咸阳市 渭南市 延安市 汉中市 榆林市 安康市 商洛市 兰州市 嘉峪关市 金昌市 白银市 天水市 武威市
    张掖市 平凉市 酒泉市 庆阳市 定西市 陇南市 临夏回族自治州 甘南藏族自治州 西宁市 海东市 海北藏族自治州
    黄南藏族自治州 海南藏族自治州 果洛藏族自治州 玉树藏族自治州 海西蒙古族藏族自治州 银川市 石嘴山市 吴忠市
    固原市 中卫市 乌鲁木齐市 克拉玛依市 吐鲁番市 哈密市 昌吉回族自治州 博尔塔拉蒙古自治州 巴音郭楞蒙古自治州
    阿克苏地区 克孜勒苏柯尔克孜自治州 喀什地区 和田地区 伊犁哈萨克自治州 塔城地区 阿勒泰地区
"""

_COUNTIES_SHANGHAI = """
    黄浦区 徐汇区 长宁区 静安区 普陀区 虹口区 杨浦区 闵行区 宝山区 嘉定区 浦东新区 金山区 松江区 青浦区
    奉贤区 崇明区
"""

_COUNTIES_JIANGSU = """
    玄武区 秦淮区 建邺区 鼓楼区 浦口区 栖霞区 雨花台区 江宁区 六合区 溧水区 高淳区 锡山区 惠山区 滨湖区
    梁溪区 新吴区 江阴市 宜兴市 云龙区 贾汪区 泉山区 铜山区 丰县 沛县 睢宁县 新沂市 邳州市 天宁区
    钟楼区 新北区 武进区 金坛区 溧阳市 虎丘区 吴中区 相城区 姑苏区 吴江区 常熟市 张家港市 昆山市 太仓市
    通州区 崇川区 海门区 如东县 启东市 如皋市 海安市 连云区 海州区 赣榆区 东海县 灌云县 灌南县 淮安区
    淮阴区 清江浦区 洪泽区 涟水县 盱眙县 金湖县 亭湖区 盐都区 大丰区 响水县 滨海县 阜宁县 射阳县 建湖县
    东台市 广陵区 邗江区 江都区 宝应县 仪征市 高邮市 京口区 润州区 丹徒区 镇江新区 丹阳市 扬中市 句容市
    海陵区 高港区 姜堰区 兴化市 靖江市 泰兴市 宿城区 宿豫区 沭阳县 泗阳县 泗洪县
"""

_AMBIGUOUS_WORDS = """
东方 黄山 白银 中山 三明 大同 朝阳 吉安 泰安 安康 通化 天水 平凉 伊春 四平 海南 山南 黄浦 长宁 静安 金山 玄武
鼓楼 云龙 泉山 天宁 钟楼 新北 滨湖 新吴 六合 相城 东海 海州 滨海 金湖 响水 建湖 广陵 宝应 润州 京口 高港 兴化
泰兴 海陵 通州 上城 西湖 滨江 江北 钱塘 临平 南湖 路桥 江山 东阳 永康 天台 三门 文成 长兴 新昌 建德 金东 仙居
松阳 云和 龙泉 永嘉 镇海 龙港 龙湾 定海 普陀 海门 栖霞 龙游 开化 武义
"""
_COUNTIES_ZHEJIANG = """
    上城区 拱墅区 西湖区 滨江区 萧山区 余杭区 富阳区 临安区 临平区 钱塘区 桐庐县 淳安县 建德市 海曙区
    江北区 北仑区 镇海区 鄞州区 奉化区 象山县 宁海县 余姚市 慈溪市 鹿城区 龙湾区 瓯海区 洞头区 永嘉县
    平阳县 苍南县 文成县 泰顺县 瑞安市 乐清市 龙港市 南湖区 秀洲区 嘉善县 海盐县 海宁市 平湖市 桐乡市
    吴兴区 南浔区 德清县 长兴县 安吉县 越城区 柯桥区 上虞区 新昌县 诸暨市 嵊州市 婺城区 金东区 武义县
    浦江县 磐安县 兰溪市 义乌市 东阳市 永康市 柯城区 衢江区 常山县 开化县 龙游县 江山市 定海区 普陀区
    岱山县 嵊泗县 椒江区 黄岩区 路桥区 三门县 天台县 仙居县 温岭市 临海市 玉环市 莲都区 青田县 缙云县
    遂昌县 松阳县 云和县 庆元县 景宁畲族自治县 龙泉市
"""
#: Short forms that are an ordinary word, a surname-like brand or another place's name: only their full form is a
#: place.
_AMBIGUOUS = frozenset(_AMBIGUOUS_WORDS.split())

#: Words that stand in brackets for the part of the world a subsidiary works in; a place only there or at the end.
REGION_WORDS = frozenset(["中国", "大中国", "大中华", "亚洲", "亚太", "远东", "华东", "华南", "华北", "长三角"])

#: What may follow a place as part of the address: the zone an enterprise sits in.
ZONE_WORDS = (
    "经济技术开发区",
    "高新技术产业开发区",
    "经济开发区",
    "高新区",
    "开发区",
    "综合保税区",
    "保税区",
    "工业园区",
)

_LATIN_REGIONS = frozenset(["china", "prc", "asia", "apac", "greater", "pacific"])
_ETHNIC_TAIL = re.compile(
    r"(?:(?:朝鲜|土家|藏|羌|彝|布依|苗|侗|壮|傣|白|景颇|傈僳|哈尼|回|蒙古|柯尔克孜|哈萨克|畲)族?)*(?:自治州|自治县)$"
)


def _short_form(full: str) -> str:
    """Return the daily short form of a division's full name, or the name itself when it has none."""
    if full in PROVINCES:
        return PROVINCES[full]
    if full.endswith(("自治州", "自治县")):
        return _ETHNIC_TAIL.sub("", full)
    for suffix in ("新区", "地区", "市", "区", "县", "盟"):
        if full.endswith(suffix) and len(full) - len(suffix) >= 2:
            return full[: -len(suffix)]
    return full


@cache
def gazetteer() -> dict[str, str]:
    """Every place name as it may lead an enterprise name, with its short form as the value."""
    places: dict[str, str] = {}
    names = " ".join((_PREFECTURES, _COUNTIES_SHANGHAI, _COUNTIES_JIANGSU, _COUNTIES_ZHEJIANG)).split()
    for full in (*PROVINCES, *names):
        short = _short_form(full)
        places.setdefault(full, short)
        if short not in _AMBIGUOUS:
            places.setdefault(short, short)
    return places


@cache
def latin_places() -> frozenset[str]:
    """Place names in Latin letters (pinyin of the short forms), plus China, Asia and the like."""
    from pypinyin import lazy_pinyin

    spelled = {"".join(lazy_pinyin(short)) for full, short in gazetteer().items() if full != short}
    # Three letters and fewer are too often initials of something else.
    return frozenset(word for word in spelled if len(word) > 4) | _LATIN_REGIONS | {"hongkong", "macao", "taiwan"}


@cache
def longest_place() -> int:
    """Length in characters of the longest name in the gazetteer."""
    return max(map(len, gazetteer()))
