"""What groups and parks are found by in the search box."""

from collections import defaultdict
from collections.abc import Collection, Iterator

from directory.models import CorporateGroup, GroupName, Park
from directory.ports import Findable, Words, findable

GROUP, PARK = "group", "park"


def group_words(groups: Collection[int]) -> Iterator[Words]:
    """Names of groups, those that they bore and those under which lists write them; two queries."""
    others: dict[int, dict[bool, list[str]]] = defaultdict(lambda: defaultdict(list))
    names = GroupName.objects.filter(group__in=groups).order_by("pk").values_list("group_id", "kind", "name")
    for group, kind, name in names:
        others[group][kind == GroupName.Kind.FORMER].append(name)
    rows = CorporateGroup.objects.filter(pk__in=groups).values_list("pk", "name", "name_en", "industry_text")
    for key, name, name_en, industry in rows:
        yield Words(
            key,
            names=(name, name_en, *others[key][False]),
            former=tuple(others[key][True]),
            matter=(industry,),
        )


def park_words(parks: Collection[int]) -> Iterator[Words]:
    """Names and codes of parks; one query."""
    for key, name, name_en, code in Park.objects.filter(pk__in=parks).values_list("pk", "name", "name_en", "code"):
        yield Words(key, names=(name, name_en), codes=(code,))


def plug_in() -> None:
    """Called once the app is ready."""
    findable(Findable(GROUP, CorporateGroup, group_words, {GroupName: "group"}))
    findable(Findable(PARK, Park, park_words))
