"""The search index follows every change, in the same transaction.

`index_enterprises` is the one writer. A fixed number of queries a batch, whatever the number of enterprises: bulk
writers (import, merge, a rebuild) hand it all their ids at once. What a row says is decided in `indexed_rows`, from the
rows alone, so that an index built from nothing equals the one that followed the changes.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from directory.models import (
    AboveScaleRecord,
    ChainLeadership,
    ChainPosition,
    CorporateGroup,
    Enterprise,
    EnterpriseName,
    Exchange,
    GroupName,
    Holding,
    IndustryClass,
    Listing,
    Qualification,
    QualificationType,
    RankingEntry,
    SearchDoc,
    SearchKey,
)
from directory.models.enterprises import COUNTED_RELATIONS, ENDED_STATUSES, Relation, today
from directory.rules.importance import PublicFacts, importance, rank
from directory.rules.names import TOKENS_VERSION, initials_keys, name_forms, normalise, pinyin_keys, tokens
from directory.search.results import LISTED_HERE, LISTED_PARENT
from directory.search.tokens import (
    PUBLIC_TOKEN,
    capital_origin_token,
    chain_token,
    country_token,
    listing_token,
    park_token,
    qualification_token,
    ranking_token,
    relation_token,
    section_token,
    split_products,
    status_token,
)
from directory.services import deriving  # noqa: F401 (the origin of capital is derived before it is indexed)
from pinghu.ledger.context import current_change
from pinghu.ledger.saving import after_save

Kind = SearchKey.Kind
#: Enterprise, kind, text.
Key = tuple[int, int, str]
BATCH = 500
_KEY_LENGTH = 200


@dataclass(slots=True)
class _About:
    """What other rows say about one enterprise."""

    names: list[tuple[str, str]] = field(default_factory=list)
    group_names: list[str] = field(default_factory=list)
    products: list[str] = field(default_factory=list)
    facets: set[str] = field(default_factory=set)
    national_titles: int = 0
    other_titles: int = 0
    is_chain_leader: bool = False
    is_backbone: bool = False
    is_above_scale: bool = False
    is_ranked: bool = False
    is_listed: bool = False
    has_listed_parent: bool = False


def index_enterprises(ids: Iterable[int]) -> int:
    """Write the index rows of these enterprises, in the caller's transaction; returns how many stand in it now.

    A merged or deleted enterprise loses its rows. Some twelve queries for each 500 enterprises.
    """
    keys = sorted({key for key in ids if key is not None})
    written = 0
    with transaction.atomic():
        for batch in batches(keys, BATCH):
            written += _write(batch)
    return written


def _write(batch: Sequence[int]) -> int:
    # Two changes of one enterprise (its own and its group's) would else each leave their keys; what follows is read
    # after the lock is held.
    list(Enterprise.objects.select_for_update(no_key=True).filter(pk__in=batch).order_by("pk").values_list("pk"))
    docs, keys = indexed_rows(batch)
    gone = set(batch) - {doc.pk for doc in docs}
    if gone:
        SearchDoc.objects.filter(pk__in=gone).delete()
    SearchKey.objects.filter(enterprise__in=batch).delete()
    columns = [column.name for column in SearchDoc._meta.concrete_fields if not column.primary_key]
    SearchDoc.objects.bulk_create(docs, update_conflicts=True, unique_fields=["enterprise"], update_fields=columns)
    with connection.cursor() as cursor:
        # A dozen a row: model instances would cost more than the writing.
        cursor.executemany("INSERT INTO search_key (enterprise_id, kind, key) VALUES (%s, %s, %s)", keys)
    return len(docs)


def indexed_rows(ids: Collection[int]) -> tuple[list[SearchDoc], list[Key]]:
    """What the index must say of these enterprises, in order of their ids; nothing is written."""
    rows = list(
        Enterprise.objects.current()
        .filter(pk__in=ids)
        .order_by("pk")
        .values(
            "pk",
            "registered_name",
            "short_name",
            "name_en",
            "name_kana",
            "name_pinyin",
            "uscc",
            "legacy_registration_no",
            "relation",
            "status",
            "is_published",
            "named_in_profile",
            "capital_origin",
            "industry__section",
            "group_id",
            "park_id",
            "registered_capital",
            "is_demo",
            "products",
            "products_en",
        )
    )
    about = _gather(rows)
    docs: list[SearchDoc] = []
    keys: list[Key] = []
    for row in rows:
        doc, own = _indexed(row, about[row["pk"]])
        docs.append(doc)
        keys.extend(own)
    return docs, keys


def _gather(rows: list[dict[str, Any]]) -> dict[int, _About]:
    """Read all that hangs on these enterprises: one query a kind of row."""
    about: dict[int, _About] = defaultdict(_About)
    ids = [row["pk"] for row in rows]
    at = today()
    for key, kind, name in (
        EnterpriseName.objects.filter(enterprise__in=ids).order_by("pk").values_list("enterprise_id", "kind", "name")
    ):
        about[key].names.append((kind, name))
    for key, country, ultimate in Holding.objects.filter(
        Q(until__isnull=True) | Q(until__gte=at), enterprise__in=ids
    ).values_list("enterprise_id", "country", "ultimate_country"):
        # Both: an investor filed under Germany whose parent is Japanese is looked for under either.
        about[key].facets.update(country_token(code) for code in (country, ultimate) if code)
    for key, chain, weight, products in (
        ChainPosition.objects.filter(enterprise__in=ids)
        .order_by("pk")
        .values_list("enterprise_id", "chain_id", "weight", "products")
    ):
        about[key].facets.add(chain_token(chain))
        about[key].is_backbone |= weight == ChainPosition.Weight.BACKBONE
        about[key].products.append(products)
    for key, chain in ChainLeadership.objects.filter(enterprise__in=ids).values_list("enterprise_id", "chain_id"):
        about[key].facets.add(chain_token(chain))
        about[key].is_chain_leader = True
    for key, kind, level in (
        Qualification.objects.valid_on(at)
        .filter(enterprise__in=ids)
        .order_by()
        .values_list("enterprise_id", "type_id", "type__level")
        .distinct()
    ):
        about[key].facets.add(qualification_token(kind))
        if level == QualificationType.Level.NATIONAL:
            about[key].national_titles += 1
        else:
            about[key].other_titles += 1
    for key in AboveScaleRecord.objects.filter(enterprise__in=ids, left_on__isnull=True).values_list(
        "enterprise_id", flat=True
    ):
        about[key].is_above_scale = True
    for key in Listing.objects.current().filter(enterprise__in=ids).values_list("enterprise_id", flat=True):
        about[key].facets.add(listing_token(LISTED_HERE))
        about[key].is_listed = True
    _gather_groups(rows, about)
    return about


def _gather_groups(rows: list[dict[str, Any]], about: dict[int, _About]) -> None:
    members: dict[int, list[_About]] = defaultdict(list)
    for row in rows:
        if row["group_id"]:
            members[row["group_id"]].append(about[row["pk"]])
    if not members:
        return
    groups = list(members)
    names = CorporateGroup.objects.filter(pk__in=groups).values_list("pk", "name", "name_en")
    for key, name, name_en in names:
        for member in members[key]:
            member.group_names += [text for text in (name, name_en) if text]
    for key, name in GroupName.objects.filter(group__in=groups).order_by("pk").values_list("group_id", "name"):
        for member in members[key]:
            member.group_names.append(name)
    for key, ranking in RankingEntry.objects.filter(group__in=groups).values_list("group_id", "ranking_id"):
        for member in members[key]:
            member.facets.add(ranking_token(ranking))
            member.is_ranked = True
    for key in Listing.objects.current().filter(group__in=groups).values_list("group_id", flat=True):
        for member in members[key]:
            member.facets.add(listing_token(LISTED_PARENT))
            member.has_listed_parent = True


class _Keys:
    """The keys of one enterprise, each once."""

    def __init__(self) -> None:
        self.found: dict[tuple[int, str], None] = {}

    def add(self, kind: int, *texts: str) -> None:
        for text in texts:
            if text:
                self.found[kind, text[:_KEY_LENGTH]] = None

    def of(self, *kinds: int) -> str:
        """The keys of these kinds between bars, each once."""
        texts = dict.fromkeys(text for kind, text in self.found if kind in kinds)
        return f"|{'|'.join(texts)}|" if texts else ""


_ALIASES = {EnterpriseName.Kind.ALIAS, EnterpriseName.Kind.BRAND}
_FORMER = {EnterpriseName.Kind.FORMER, EnterpriseName.Kind.FORMER_SHORT}


def _indexed(row: dict[str, Any], about: _About) -> tuple[SearchDoc, list[Key]]:
    keys = _Keys()
    _add_names(keys, row, about)
    readable = [text for text in (row["short_name"], row["registered_name"]) if text]
    readable += [name for kind, name in about.names if kind in _ALIASES]
    for text in readable:
        written_core = name_forms(text).written_core
        for shape in dict.fromkeys([written_core, text] if text == row["short_name"] else [written_core]):
            keys.add(Kind.PINYIN, *pinyin_keys(shape))
            keys.add(Kind.INITIALS, *initials_keys(shape))
    if syllables := normalise(row["name_pinyin"]).split():
        keys.add(Kind.PINYIN, "".join(syllables))
        keys.add(Kind.INITIALS, "".join(syllable[0] for syllable in syllables))
    own_readings = [key for kind, key in keys.found if kind in (Kind.PINYIN, Kind.INITIALS)]
    found = tokens(
        [*readable, row["name_en"], row["name_kana"], *(name for _, name in about.names)],
        [*split_products(row["products"], row["products_en"], *about.products)],
    )
    found += tokens(about.group_names, readings=False)
    is_active = row["status"] not in ENDED_STATUSES and row["relation"] != Relation.MOVED_OUT
    value = importance(
        PublicFacts(
            named_in_profile=row["named_in_profile"],
            is_chain_leader=about.is_chain_leader,
            is_ranked=about.is_ranked,
            is_listed=about.is_listed,
            has_listed_parent=about.has_listed_parent,
            national_titles=about.national_titles,
            other_titles=about.other_titles,
            is_above_scale=about.is_above_scale,
            is_backbone=about.is_backbone,
            is_of_the_zone=row["relation"] in COUNTED_RELATIONS,
            registered_capital=row["registered_capital"],
            is_demo=row["is_demo"],
        )
    )
    is_public = row["is_published"] and row["relation"] != Relation.OUTSIDE
    facets = about.facets | _own_facets(row)
    if is_public:
        facets.add(PUBLIC_TOKEN)
    doc = SearchDoc(
        enterprise_id=row["pk"],
        names=keys.of(Kind.FULL_NAME, Kind.SHORT_NAME, Kind.CORE_NAME, Kind.ENGLISH, Kind.KANA),
        former=keys.of(Kind.FORMER_NAME),
        readings=keys.of(Kind.PINYIN, Kind.INITIALS),
        tokens=" ".join(dict.fromkeys([*found, *(key[:64] for key in own_readings)])),
        facets=" ".join(sorted(facets)),
        is_public=is_public,
        rank=rank(value, is_active=is_active),
        sort_name=_sort_name(row, own_readings),
        rules_version=TOKENS_VERSION,
    )
    return doc, [(row["pk"], int(kind), key) for kind, key in keys.found]


def _sort_name(row: dict[str, Any], readings: list[str]) -> str:
    """What the order by name compares: the pinyin of the name shown, its default reading."""
    shown = row["short_name"] or row["registered_name"] or row["name_en"]
    return (pinyin_keys(shown) or readings[:1] or [normalise(shown)])[0][:64]


def _add_names(keys: _Keys, row: dict[str, Any], about: _About) -> None:
    keys.add(Kind.CODE, (row["uscc"] or "").lower(), row["legacy_registration_no"].lower())
    if row["registered_name"]:
        forms = name_forms(row["registered_name"])
        keys.add(Kind.FULL_NAME, forms.normalised, forms.stem)
        keys.add(Kind.CORE_NAME, forms.core)
        if forms.places and not forms.core.isascii():
            # 津上精密(浙江) is also typed 浙江津上精密.
            keys.add(Kind.CORE_NAME, forms.places[-1] + forms.core)
    for text in [row["short_name"], *(name for kind, name in about.names if kind in _ALIASES)]:
        if text:
            forms = name_forms(text)
            keys.add(Kind.SHORT_NAME, forms.normalised, forms.stem, forms.core)
    for text in [row["name_en"], *(name for kind, name in about.names if kind == EnterpriseName.Kind.ENGLISH)]:
        if text:
            forms = name_forms(text)
            shapes = (forms.normalised, forms.stem, forms.core)
            keys.add(Kind.ENGLISH, *shapes, *(shape.replace(" ", "") for shape in shapes))
    for text in [row["name_kana"], *(name for kind, name in about.names if kind == EnterpriseName.Kind.KANA)]:
        if text:
            forms = name_forms(text)
            keys.add(Kind.KANA, forms.normalised, forms.stem, forms.core)
    for kind, text in about.names:
        if kind in _FORMER:
            forms = name_forms(text)
            keys.add(Kind.FORMER_NAME, forms.normalised, forms.stem, forms.core)


def _own_facets(row: dict[str, Any]) -> set[str]:
    facets = {
        relation_token(row["relation"]),
        status_token(row["status"]),
        capital_origin_token(row["capital_origin"]),
    }
    if row["park_id"]:
        facets.add(park_token(row["park_id"]))
    if row["industry__section"]:
        facets.add(section_token(row["industry__section"]))
    return facets


def batches(keys: Iterable[int], size: int) -> Iterator[list[int]]:
    """The keys in lists of so many."""
    iterator = iter(keys)
    while batch := list(islice(iterator, size)):
        yield batch


# --- what follows a saved row ---------------------------------------------------------------------------------------


def _index_later(keys: Iterable[int]) -> None:
    """Index once at the end of the change, after what is derived: a form with ten inlines costs one indexing."""
    current_change().later(index_enterprises, keys, stage=1)


@after_save(Enterprise)
def _of_enterprises(rows: Sequence[Any]) -> None:
    _index_later(row.pk for row in rows)


@after_save(EnterpriseName)
@after_save(Holding)
@after_save(ChainPosition)
@after_save(ChainLeadership)
@after_save(Qualification)
@after_save(AboveScaleRecord)
def _of_children(rows: Sequence[Any]) -> None:
    _index_later(row.enterprise_id for row in rows)


@after_save(CorporateGroup)
def _of_groups(rows: Sequence[Any]) -> None:
    _index_groups(row.pk for row in rows)


@after_save(GroupName)
@after_save(RankingEntry)
def _of_group_children(rows: Sequence[Any]) -> None:
    _index_groups(row.group_id for row in rows)


@after_save(Listing)
def _of_listings(rows: Sequence[Any]) -> None:
    _index_later(row.enterprise_id for row in rows if row.enterprise_id)
    _index_groups(row.group_id for row in rows if row.group_id)


@after_save(Exchange)
def _of_exchanges(rows: Sequence[Any]) -> None:
    listings = Listing.objects.filter(exchange__in=[row.pk for row in rows])
    _of_listings(list(listings))


@after_save(QualificationType)
def _of_qualification_types(rows: Sequence[Any]) -> None:
    _index_later(
        Qualification.objects.filter(type__in=[row.pk for row in rows]).values_list("enterprise_id", flat=True)
    )


@after_save(IndustryClass)
def _of_industries(rows: Sequence[Any]) -> None:
    _index_later(Enterprise.objects.filter(industry__in=[row.pk for row in rows]).values_list("pk", flat=True))


def _index_groups(groups: Iterable[int]) -> None:
    _index_later(Enterprise.objects.filter(group__in=set(groups)).values_list("pk", flat=True))
