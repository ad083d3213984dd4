"""Which field a column's heading means, as bureaus write headings; and the unit that a heading states.

A heading matches as a whole, never by a part: 法定代表人电话 is not 法定代表人. A column that is not recognised is
reported, and a person may map it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

ENTERPRISES = "enterprises"
GROUPS = "groups"
QUALIFICATIONS = "qualifications"

_ENTERPRISE_WORDS = {
    "registered_name": """企业名称 单位名称 公司名称 企业全称 公司全称 单位全称 企业单位名称 机构名称 市场主体名称
        经营主体名称 法人单位名称 单位详细名称 企业名 名称 全称 纳税人名称 registered-name company-name
        enterprise-name full-name company""",
    "short_name": "简称 企业简称 公司简称 单位简称 证券简称 股票简称 short-name",
    "former_names": "曾用名 曾用名称 原名称 原名 原企业名称 变更前名称 历史名称 former-name former-names",
    "name_en": "英文名称 英文名 外文名称 企业英文名称 公司英文名称 english-name name-english",
    "uscc": """统一社会信用代码 社会信用代码 信用代码 统一信用代码 统一代码 税号 纳税人识别号 纳税人识别码
        统一社会信用代码纳税人识别号 统一社会信用代码注册号 企业统一社会信用代码 信用代码证号 credit-code
        unified-social-credit-code""",
    "legacy_registration_no": "注册号 工商注册号 营业执照注册号 原注册号 营业执照号 registration-number registration-no",
    "established_on": "成立日期 成立时间 注册日期 注册时间 设立日期 开业日期 开业时间 登记日期 established established-on",
    "registration_type": "企业类型 公司类型 登记注册类型 注册类型 市场主体类型 主体类型 企业机构类型 经济性质 registration-type",
    "registered_capital": "注册资本 注册资金 注册资本金 认缴资本 认缴注册资本 投资总额及注册资本 registered-capital",
    "registered_capital_currency": "币种 注册资本币种 资本币种 货币 currency",
    "industry": "行业代码 国民经济行业代码 行业 行业类别 所属行业 行业小类 行业大类 国民经济行业 国民经济行业分类 行业门类 industry",
    "address": """住所 地址 注册地址 企业地址 单位地址 公司地址 经营地址 经营场所 住所地 注册住所 生产经营地址
        生产经营场所 企业住所 详细地址 主要经营场所 address""",
    "park": "园区 所属园区 所在园区 产业园 所属产业园 park",
    "chain": "产业链 所属产业链 所在产业链 chain industry-chain",
    "relation": "与园区关系 与经开区关系 与本区关系 属地关系 relation",
    "status": "经营状态 企业状态 登记状态 状态 存续状态 经营状况 status",
    "is_published": "是否公开 公开 是否发布 published",
    "website": "网址 官网 企业网站 公司网站 网站 官方网站 website url",
    "products": "产品 主要产品 主营产品 主营业务 主导产品 主要业务活动 products",
    "legal_representative": "法定代表人 法人代表 法人 法人姓名 法定代表人姓名 负责人 法定代表人负责人 legal-representative",
    "origin_country": "外资来源地 外资来源国 国别 国别地区 外资国别 投资方国别 投资国别 来源国 投资来源地 country origin-country",
    "listing": "ts-code 证券代码及市场",
    "ticker": "股票代码 证券代码 上市代码 ticker stock-code",
    "exchange": "交易所 上市交易所 证券交易所 上市地点 上市地 exchange",
    "group": "所属集团 集团 集团名称 母公司 上级集团 group parent-group",
}  # fmt: skip
_GROUP_WORDS = {
    "name": "集团名称 企业名称 公司名称 中文名称 公司名称中文 企业名称中文 中文名 名称 集团 name-zh company-name company name",
    "name_en": "英文名称 英文名 公司名称英文 企业名称英文 外文名称 english-name name-en name-english",
    "country": "国家 国别 国家地区 国别地区 总部所在国家 总部国家 所在国家 country country-zh",
    "website": "网址 官网 网站 公司网站 website url",
    "industry_text": "行业 所属行业 主营行业 industry industry-zh sector",
    "ranking": "榜单 榜单名称 名单 ranking list",
    "list_year": "年份 榜单年份 年度 上榜年份 上榜年度 year list-year",
    "rank": "排名 名次 位次 排位 序位 rank",
    "revenue_musd": "营业收入百万美元 营收百万美元 营业收入 营收 revenue revenue-musd revenues",
}  # fmt: skip
_QUALIFICATION_WORDS = {
    "uscc": _ENTERPRISE_WORDS["uscc"],
    "name": _ENTERPRISE_WORDS["registered_name"],
    "type": "资质 资质类型 资质名称 称号 荣誉称号 认定类型 类型 资质类别 qualification type",
    "batch_label": "批次 认定批次 年度批次 公布批次 batch",
    "certificate_no": "证书编号 证书号 证书号码 编号 高新证书编号 certificate-no certificate-number certificate",
    "recognised_on": "认定日期 认定时间 发证日期 发证时间 公布日期 获批日期 recognised-on date",
    "valid_until": "有效期至 有效期 到期日期 到期时间 截止日期 有效期截止 失效日期 valid-until expires",
}  # fmt: skip

#: Fields whose amounts are in the unit that stands above the table.
_AMOUNTS = frozenset({"registered_capital"})

_UNIT_ABOVE = re.compile(r"单位:?\(?(?:人民币)?(万(?:美元|欧元|日元|港元|元))")
_BRACKETED = re.compile(r"[(\[【〔][^()\[\]【】〔〕]*[)\]】〕]")
_NUMBERING = re.compile(r"^[0-9]{1,2}[.、:]")
_NOISE = re.compile(r"[\s*:.,;/·、\-_()\[\]【】〔〕\"'“”]+")


def heading_key(text: str) -> str:
    """Return a heading as it is compared: NFKC, lower case, without blanks, numbering, stars and signs."""
    plain = _NUMBERING.sub("", unicodedata.normalize("NFKC", text).strip().lower())
    return _NOISE.sub("", plain)


def _index(words: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for field, text in words.items():
        found.setdefault(heading_key(field), field)
        for word in text.split():
            found.setdefault(heading_key(word), field)
    return found


_FIELDS = {
    ENTERPRISES: _index(_ENTERPRISE_WORDS),
    GROUPS: _index(_GROUP_WORDS),
    QUALIFICATIONS: _index(_QUALIFICATION_WORDS),
}


def teach(kind: str, words: Mapping[str, str]) -> None:
    """Add a kind of import: field → the headings that mean it, parted by blanks (a hyphen stands for a blank)."""
    _FIELDS[kind] = _index(words)


def field_of(heading: str, kind: str) -> str | None:
    """Return the field that a heading means for this kind of import, or None.

    What stands in brackets (万元, 必填, a note) makes no difference unless the whole is a known heading.
    """
    known = _FIELDS[kind]
    bare = _BRACKETED.sub("", unicodedata.normalize("NFKC", heading))
    return known.get(heading_key(heading)) or known.get(heading_key(bare))


def suggest_mapping(headings: Sequence[str], kind: str, remembered: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return heading → field: what this source's last file said, else what the heading says; a field only once.

    A remembered empty field means that a person left the column out. What a person said goes before every guess,
    wherever the columns stand.
    """
    said = {heading: remembered[heading] for heading in headings if remembered and heading in remembered}
    guessed = {heading: field_of(heading, kind) or "" for heading in headings if heading not in said}
    mapping: dict[str, str] = {}
    for heading, field in (*said.items(), *guessed.items()):
        if field and field not in mapping.values():
            mapping[heading] = field
    return {heading: mapping[heading] for heading in headings if heading in mapping}


def count_known(cells: Iterable[str], kind: str, wanted: Iterable[str] = ()) -> int:
    """Return how many different fields a row's cells name as headings; `wanted` are headings that a person mapped."""
    own = {heading_key(text) for text in wanted}
    found: set[str] = set()
    for text in cells:
        if not text or len(text) > 60:
            continue
        field = field_of(text, kind)
        if field:
            found.add(field)
        elif heading_key(text) in own:
            found.add(f"={heading_key(text)}")
    return len(found)


def states_ten_thousands(heading: str) -> bool:
    """Whether a heading says that its amounts are in units of 10,000 (万元, 万美元)."""
    return bool(re.search("万|萬", heading))


def unit_above(cells: Iterable[str]) -> str:
    """Return the unit in 10,000s that a row above the headings states (单位：万元), or ""."""
    for text in cells:
        plain = "".join(unicodedata.normalize("NFKC", text).split())
        if found := _UNIT_ABOVE.search(plain):
            return found[1]
    return ""


def with_unit(heading: str, kind: str, unit: str) -> str:
    """Return the heading of an amount with the unit that holds for the whole table, unless it states its own."""
    if not unit or field_of(heading, kind) not in _AMOUNTS or states_ten_thousands(heading) or "元" in heading:
        return heading
    return f"{heading}({unit})"


def states_currency(heading: str) -> str:
    """Return the currency that a heading states (注册资本(万美元)), or ""."""
    for word, code in (("美元", "USD"), ("港", "HKD"), ("日元", "JPY"), ("欧元", "EUR"), ("人民币", "CNY")):
        if word in heading:
            return code
    return ""
