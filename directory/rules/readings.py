"""Pinyin of names: joined syllables and initials, every reading of the polyphones that stand in enterprise names.

The default reading comes from pypinyin's phrases (重庆, 长城, 银行 come out right), the others from the table
below, which holds the readings met in names and leaves out rare and literary ones. Read the *unfolded* name: 乾坤
is qiankun.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice, product

from directory.rules.characters import CJK_CLASS, JAPANESE_EXTRA, KANA, compatible, fold, is_cjk, squash

#: At most so many readings of one name; the default comes first and the first characters vary before the last.
MAX_READINGS = 16
#: A polyphone further back than this keeps its default reading: the brand stands in front.
_VARYING_LENGTH = 4
MAX_KEY_LENGTH = 64

_UNIT = re.compile(f"[{CJK_CLASS}]|[0-9a-z]+")

_READINGS = """
长chang,zhang 重zhong,chong 行xing,hang 乐le,yue 单dan,shan 曾zeng,ceng 朝chao,zhao 会hui,kuai 都du,dou
车che,ju 厦xia,sha 传chuan,zhuan 调diao,tiao 降jiang,xiang 强qiang,jiang 藏cang,zang 盛sheng,cheng 石shi,dan
省sheng,xing 宿su,xiu 仇qiu,chou 查cha,zha 解jie,xie 区qu,ou 尉wei,yu 万wan,mo 卜bu,bo 种zhong,chong 翟zhai,di
柏bai,bo 薄bo,bao 参can,shen 弹dan,tan 度du,duo 阿a,e 艾ai,yi 奇qi,ji 蔚wei,yu 角jiao,jue 觉jue,jiao
校xiao,jiao 轧zha,ya 模mo,mu 粘nian,zhan 铅qian,yan 壳ke,qiao 缩suo,su 扁bian,pian 便bian,pian 泊bo,po 浒hu,xu
蚌bang,beng 六liu,lu 枞zong,cong 涡wo,guo 莞guan,wan 番fan,pan 氏shi,zhi 莘xin,shen 句ju,gou 镐gao,hao 给gei,ji
系xi,ji 率lv,shuai 露lu,lou 陆lu,liu 落luo,lao 络luo,lao 秘mi,bi 泌mi,bi 弄nong,long 娜na,nuo 仔zai,zi
择ze,zhai 扎zha,za 着zhe,zhuo 属shu,zhu 数shu,shuo 识shi,zhi 什shi,shen 食shi,si 似si,shi 伺si,ci 汤tang,shang
拓tuo,ta 提ti,di 叶ye,xie 洗xi,xian 铣xi,xian 巷xiang,hang 血xue,xie 殷yin,yan 员yuan,yun 曝pu,bao 朴pu,piao
屏ping,bing 咖ka,ga 卡ka,qia 楷kai,jie 佛fo,fu 伽jia,qie,ga 贾jia,gu 夹jia,ga 茄qie,jia 颈jing,geng 劲jin,jing
龟gui,jun 合he,ge 和he,huo 核he,hu 虹hong,jiang 红hong,gong 还huan,hai 桧gui,hui 枸gou,ju 谷gu,yu 盖gai,ge
大da,dai 丁ding,zheng 敦dun,dui 繁fan,po 磅bang,pang 堡bao,bu,pu 禅chan,shan 澄cheng,deng 乘cheng,sheng
称cheng,chen 匙chi,shi 畜chu,xu 兹zi,ci 无wu,mo 圩wei,xu 栖qi,xi 稽ji,qi 期qi,ji 圈quan,juan 券quan,xuan
塞sai,se 色se,shai 杉shan,sha 折zhe,she 沈shen,chen 莎sha,suo 屯tun,zhun 纤xian,qian 削xue,xiao 信xin,shen
钥yao,yue 召zhao,shao 爪zhao,zhua 琢zhuo,zuo 综zong,zeng 术shu,zhu 斗dou 脉mai,mo 嚼jiao,jue 剥bo,bao 辟pi,bi
否fou,pi 给gei,ji 囤tun,dun 咽yan,ye 炮pao,bao 臂bi,bei
"""
_POLYPHONES = {entry[0]: tuple(entry[1:].split(",")) for entry in _READINGS.split()}


@lru_cache(maxsize=65536)
def _default_syllable(character: str) -> str:
    from pypinyin import lazy_pinyin

    syllable = lazy_pinyin(character, errors="ignore")
    return squash(syllable[0]) if syllable else ""


@lru_cache(maxsize=65536)
def _syllables(character: str) -> tuple[str, ...]:
    """Every reading of one ideograph, its default first; empty when nobody knows one."""
    default = _default_syllable(character)
    simplified = fold(character)
    readings = [default] if default else []
    known = _POLYPHONES.get(simplified, ())
    # A merged character (著 and 着, 乾 and 干) lends its readings only when they share one. A Japanese form (浜) is
    # read as people read the character they know it by (滨).
    if simplified != character and _default_syllable(simplified) not in readings and not _is_traditional(character):
        readings.append(_default_syllable(simplified))
    if not default or default in known:
        readings.extend(known)
    # 绿 and 吕 are typed lv as well as lu.
    readings.extend([reading.replace("v", "u") for reading in readings if "v" in reading])
    return tuple(dict.fromkeys(reading for reading in readings if reading))


def _is_traditional(character: str) -> bool:
    """Whether this is a traditional form rather than a Japanese one: Big5 has it and no Japanese meaning is listed."""
    if character in JAPANESE_EXTRA:
        return False
    try:
        character.encode("big5")
    except UnicodeEncodeError:
        return False
    return True


# The readings of one unit of a name as (syllable, initial) pairs; a Latin run is its own syllable and initial.
Column = tuple[tuple[str, str], ...]


def _columns(squashed: str) -> list[Column]:
    """Return the readings unit by unit, the reading that the phrase gives standing first."""
    columns: list[Column] = []
    polyphonic = False
    for unit in _UNIT.findall(squashed):
        if not is_cjk(unit):
            columns.append(((unit, unit),))
        elif readings := _syllables(unit):
            polyphonic = polyphonic or len(readings) > 1
            columns.append(tuple((reading, reading[0]) for reading in readings))
    if polyphonic and len(columns) == len(squashed):
        # Only a name of ideographs alone, with a polyphone in it, pays for the phrase dictionary.
        from pypinyin import lazy_pinyin

        by_phrase = [squash(syllable) for syllable in lazy_pinyin(squashed)]
        if len(by_phrase) == len(columns):
            columns = [
                tuple(sorted(column, key=lambda pair, first=syllable: pair[0] != first))  # type: ignore[misc]
                for syllable, column in zip(by_phrase, columns, strict=True)
            ]
    return columns


@lru_cache(maxsize=8192)
def spelled(squashed: str) -> tuple[list[str], list[str]]:
    """Return (joined pinyin, initials) of a squashed, unfolded name, the default first; empty for kana or pure Latin.

    At most ``MAX_READINGS`` of each; early characters vary before late ones.
    """
    if squashed.isascii() or KANA.search(squashed):
        return [], []
    columns = _columns(squashed)
    is_short = len(columns) <= _VARYING_LENGTH + 2
    varied = [column if is_short or n < _VARYING_LENGTH else column[:1] for n, column in enumerate(columns)]
    joined: dict[str, None] = {}
    initials: dict[str, None] = {}
    for backwards in islice(product(*reversed(varied)), MAX_READINGS):
        joined["".join([pair[0] for pair in reversed(backwards)])[:MAX_KEY_LENGTH]] = None
        initials["".join([pair[1] for pair in reversed(backwards)])[:MAX_KEY_LENGTH]] = None
    return [key for key in joined if key], [key for key in initials if key]


def pinyin_keys(name: str) -> list[str]:
    """Return the joined full pinyin of a name in every reading (at most 16), the default reading first."""
    return spelled(squash(compatible(name)))[0]


def initials_keys(name: str) -> list[str]:
    """Return the initials of a name's pinyin in every reading (at most 16), the default reading first."""
    return spelled(squash(compatible(name)))[1]
