"""Every component of the public site on one page, with sample data: for looking at and for the tests.

Wired only where DEBUG is on. All names are made up and say so (示例, Example); the sentences are data, not interface.
"""

from datetime import date
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from pinghu.formats import is_chinese


class SampleForm(forms.Form):
    """A form with each kind of field."""

    name = forms.CharField(max_length=80)
    code = forms.CharField(required=False, max_length=18)
    kind = forms.ChoiceField(choices=lambda: _relations(), widget=forms.RadioSelect)
    park = forms.ChoiceField(choices=[("", "—"), ("n", "N")], required=False)
    text = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)
    agree = forms.BooleanField()


def gallery(request: HttpRequest) -> HttpResponse:
    """All components with sample data in the page's language."""
    return render(request, "gallery.html", sample())


def _say(zh: str, en: str) -> str:
    return zh if is_chinese(get_language()) else en


def _relations() -> list[tuple[str, str]]:
    return [("1", _say("注册并经营", "Registered and operating")), ("2", _say("仅经营", "Operating only"))]


def sample() -> dict[str, Any]:
    """The gallery's context."""
    say = _say
    form = SampleForm(data={"name": "", "code": "91330482EXAMPLE00X"})
    for field, label in {
        "name": say("企业名称", "Enterprise name"),
        "code": say("统一社会信用代码", "Unified social credit code"),
        "kind": say("关系", "Relation"),
        "park": say("所在园区", "Park"),
        "text": say("说明", "What should be changed"),
        "agree": say("我代表该企业提出", "I speak for the enterprise"),
    }.items():
        form.fields[field].label = label
    form.fields["code"].help_text = say("18 位，在营业执照上。", "18 characters, on the business licence.")
    form.add_error(
        "code", say("末位应为 K，请核对营业执照。", "The last character should be K. Check the business licence.")
    )
    return {
        "crumbs": [
            {"label": say("首页", "Home"), "href": "/"},
            {"label": say("企业", "Enterprises"), "href": "#"},
            {"label": say("示例精密机械", "Example Precision")},
        ],
        "head": {
            "kicker": say("企业", "Enterprise"),
            "title": say("示例精密机械（样本）有限公司", "Example Precision Machinery (Sample) Co., Ltd."),
            "subname": "例示精機株式会社",
            "lead": say(
                "生产数控车床与主轴，2004 年起在本区经营。以下各项均为样本。",
                "Makes CNC lathes and spindles, here since 2004. Everything below is a sample.",
            ),
            "badges": [{"kind": "demo"}, {"kind": "verified"}, {"kind": "leading"}],
            "actions": [
                {"label": say("提出更正", "Suggest a correction"), "href": "#"},
                {"label": say("查看产业链", "See its chain"), "href": "#", "quiet": True},
            ],
        },
        "facet_groups": _facets(say),
        "chips": [
            {"label": say("来源地", "Origin"), "text": say("日本", "Japan"), "href": "?"},
            {"label": say("产业链", "Chain"), "text": say("新能源汽车", "New energy vehicles"), "href": "?"},
        ],
        "results": _results(say),
        "facts": [
            {"label": say("统一社会信用代码", "Credit code"), "value": "91330482EXAMPLE00X", "code": True},
            {
                "label": say("与本区关系", "Relation to the zone"),
                "value": say("注册并经营", "Registered and operating"),
            },
            {
                "label": say("投资来源", "Capital origin"),
                "value": say("日本", "Japan"),
                "note": say("依据：股东出资，2024 年资料", "Basis: holdings, 2024 material"),
            },
            {"label": say("成立日期", "Established"), "value": date(2004, 3, 18)},
            {"label": say("所在园区", "Park"), "value": say("示例产业园", "Example Park"), "href": "#"},
            {"label": say("官网", "Website"), "value": None},
        ],
        "columns": [
            {"label": say("企业", "Enterprise"), "sort_url": "?sort=name", "sorted": "ascending"},
            {"label": say("成立", "Established"), "sort_url": "?sort=established"},
            {"label": say("职工", "Staff"), "unit": say("人", "people"), "numeric": True, "sort_url": "?sort=staff"},
            {"label": say("面积", "Area"), "unit": "m²", "numeric": True},
            {"label": say("状态", "Status")},
        ],
        "rows": [
            [
                {"text": say(f"示例企业{mark}", f"Example Enterprise {mark}"), "href": "#"},
                date(2000 + at, 1 + at % 12, 3 + at),
                120 * at + 80,
                8000.5 * at + 1200,
                {"text": "", "badge": "verified" if at % 2 else "unverified"},
            ]
            for at, mark in enumerate("甲乙丙丁戊己" if is_chinese(get_language()) else "ABCDEF")
        ],
        "totals": [say("合计", "Total"), "", 2280, 127207.5, ""],
        "figures": _figures(say),
        "bar_rows": [
            {"label": say("日本", "Japan"), "value": 40, "href": "#"},
            {"label": say("德国", "Germany"), "value": 22, "href": "#"},
            {"label": say("美国", "United States"), "value": 9, "href": "#"},
        ],
        "events": [
            {"date": "1996-08", "title": say("成立", "Founded")},
            {"date": "2000-07", "title": say("批准为省级经济开发区", "Approved as a provincial development zone")},
            {
                "date": "2013-01",
                "title": say("升格为国家级经济技术开发区", "Raised to national level by the State Council"),
                "special": True,
            },
        ],
        "progress": {
            "state": {"kind": "info", "text": say("正在写入", "Applying")},
            "counts": [
                {"label": "", "kind": "same", "value": 2871},
                {"label": "", "kind": "update", "value": 164},
                {"label": "", "kind": "new", "value": 41},
                {"label": "", "kind": "duplicate", "value": 19, "href": "#"},
                {"label": "", "kind": "conflict", "value": 9, "href": "#"},
                {"label": "", "kind": "error", "value": 8, "href": "#"},
            ],
        },
        "stages": [
            {"label": say("在谈", "Negotiating"), "state": "done", "date": "2025-03"},
            {"label": say("评审", "Reviewed"), "state": "done", "date": "2025-06"},
            {"label": say("签约", "Signed"), "state": "current", "note": say("还缺两项", "two things missing")},
            {"label": say("注册", "Registered"), "state": "todo"},
            {"label": say("开工", "Started"), "state": "todo"},
            {"label": say("投产", "In production"), "state": "todo"},
        ],
        "form": form,
        "messages_shown": [
            {"kind": "info", "text": say("数据核实于 2026 年 3 月 1 日。", "Verified on 1 March 2026.")},
            {
                "kind": "success",
                "text": say("更正已提交，编号 C-0001。", "Your correction was sent; its number is C-0001."),
            },
            {"kind": "warning", "text": say("本文件上月已导入过。", "This file was imported last month.")},
            {
                "kind": "error",
                "text": say(
                    "第 17 行：统一社会信用代码末位应为 K，请核对营业执照。",
                    "Row 17: the last character of the credit code should be K. Check the business licence.",
                ),
            },
        ],
        "confirm": {
            "title": say("撤销本次导入的 205 行？", "Revert the 205 rows of this import?"),
            "text": say("将恢复 164 行，移除 41 行。", "164 rows are restored, 41 removed."),
            "effects": [
                say("导入后有人改过的 3 行不动，列出供核对。", "3 rows edited since stay as they are and are listed.")
            ],
            "undo": say("可再次导入同一文件。", "The same file can be imported again."),
            "submit": say("撤销 205 行", "Revert 205 rows"),
        },
        "page": Paginator(range(1400), 50).page(7),
        "money": [1234567890, 22650000, 8800],
        "sample_name": {"ja": "津上精密機械", "ranges": [(0, 2)]},
        "chain": _chain(say),
    }


def _facets(say: Any) -> list[dict[str, Any]]:
    countries = [("JP", "日本", "Japan", 40), ("DE", "德国", "Germany", 22), ("US", "美国", "United States", 9)]
    parks = [
        {
            "value": str(at),
            "label": say(f"示例产业园 {at}", f"Example Park {at}"),
            "count": 30 - at,
            "selected": at == 1,
        }
        for at in range(1, 13)
    ]
    return [
        {
            "name": "country",
            "legend": say("来源地", "Origin"),
            "options": [
                {"value": code, "label": say(zh, en), "count": count, "selected": code == "JP"}
                for code, zh, en, count in countries
            ],
        },
        {"name": "park", "legend": say("园区", "Park"), "options": parks, "shown": 5},
    ]


def _results(say: Any) -> list[dict[str, Any]]:
    return [
        {
            "href": "#",
            "name": say("示例精密机械（样本）有限公司", "Example Precision Machinery (Sample) Co., Ltd."),
            "ranges": [(0, 2)] if is_chinese(get_language()) else [(0, 7)],
            "other": say("Example Precision Machinery Co., Ltd.", "示例精密机械（样本）有限公司"),
            "other_lang": say("en", "zh-Hans"),
            "meta": [say("日本", "Japan"), say("高端装备", "Advanced equipment"), say("示例产业园", "Example Park")],
            "badges": [{"kind": "leading"}, {"kind": "verified"}],
        },
        {
            "href": "#",
            "name": say("样本表面处理有限公司", "Sample Surface Treatment Co., Ltd."),
            "match": {
                "label": say("曾用名", "Former name"),
                "value": "例示表面処理",
                "ranges": [(0, 2)],
                "lang": "ja",
            },
            "meta": [say("中国", "China"), say("阳极氧化、电镀", "Anodising, plating")],
            "badges": [{"kind": "unverified"}, {"kind": "moved"}],
        },
    ]


def _figures(say: Any) -> list[dict[str, Any]]:
    return [
        {
            "label": say("样本：外资企业", "Sample: foreign-invested enterprises"),
            "published": {
                "value": 300,
                "qualifier": say("余", "over"),
                "unit": say("家", ""),
                "source": say("开发区简介", "Zone profile"),
                "as_of": "2024",
            },
            "after": is_chinese(get_language()),
            "computed": {
                "value": 287,
                "unit": say("家", ""),
                "href": "#",
                "as_of": date(2026, 11, 22),
                "difference": 13,
            },
        },
        {
            "label": say("样本：核心区面积", "Sample: core area"),
            "published": {"value": 27.5, "unit": say("平方公里", "km²"), "source": say("开发区简介", "Zone profile")},
        },
        {
            "label": say("样本：世界 500 强投资", "Sample: Fortune Global 500 investors"),
            "published": {
                "value": 21,
                "unit": say("家", ""),
                "source": say("开发区简介", "Zone profile"),
                "as_of": "2024",
            },
            "computed": {"value": 21, "unit": say("家", ""), "href": "#", "as_of": date(2026, 11, 22), "demo": 4},
            "special": True,
        },
    ]


def _chain(say: Any) -> list[dict[str, Any]]:
    missing = say("缺", "missing")
    nodes = [
        (16, 56, say("特种钢材", "Special steel"), say("3 家", "3 here"), ""),
        (16, 156, say("稀土永磁", "Rare-earth magnets"), missing, "cm-gap"),
        (290, 56, say("齿轮与主轴", "Gears, spindles"), say("12 家", "12 here"), ""),
        (290, 156, say("电驱系统", "Electric drives"), say("7 家，含链主", "7, a chain leader"), "cm-leading"),
        (564, 106, say("整车", "Vehicles"), missing, "cm-gap"),
    ]
    return [{"x": x, "y": y, "name": name, "count": count, "kind": kind} for x, y, name, count, kind in nodes]
