"""A person's text as a condition over the index, and as the steps of its order."""

from dataclasses import dataclass

from directory.models import SearchKey
from directory.rules.names import QueryPart, QueryTerms, query_terms
from directory.search_engines import All, Any_, Dialect, Node, Params, Term, all_of

Kind = SearchKey.Kind
NAME_KINDS = (Kind.FULL_NAME, Kind.SHORT_NAME, Kind.CORE_NAME, Kind.FORMER_NAME, Kind.ENGLISH, Kind.KANA)

#: The order of good hits (`tier`): the code itself, a name, its reading, a former name, the beginning of a name or
#: code, of a reading, a part of a name, anything else (products, the group's name, words apart).
CODE, NAME, READING, FORMER, NAME_PREFIX, READING_PREFIX, CONTAINED, OTHER = range(8)

#: Above every rank: a tier times this, plus the rank, is one number that sorts.
TIER_STEP = 10_000

_CODE_LENGTH = (4, 18)
AFTER = "\U0010ffff"
_SHORTEST_PREFIX = 2
#: So many codes may begin with what was typed; more say nothing.
_MOST_CODES = 200


@dataclass(frozen=True, slots=True)
class Text:
    """What a query asks for. `node` is None where no token can find it: then `start` is the beginning of a key."""

    terms: QueryTerms
    node: Node | None
    #: Beginnings that some name or reading must have (single characters, which no bigram finds).
    starts: tuple[str, ...]
    #: Whole forms to compare with whole names.
    wholes: tuple[str, ...]
    #: Pieces that must all stand in the name for it to count as part of it.
    pieces: tuple[str, ...]
    #: A credit code or its beginning, in lower case, or "".
    code: str


def read(text: str) -> Text | None:
    """Take a person's text apart; None if nothing is left to search for."""
    terms = query_terms(text)
    compact = terms.compact
    is_code = compact.isascii() and compact.isalnum() and any(map(str.isdigit, compact))
    code = compact if is_code and _CODE_LENGTH[0] <= len(compact) <= _CODE_LENGTH[1] else ""
    if not terms.has_text:
        return None
    nodes = [node for part in terms.parts if (node := _node(part))]
    node = all_of(nodes)
    if terms.joined and len(terms.joined) >= _SHORTEST_PREFIX:
        joined = Term(terms.joined, prefix=True)
        node = Any_((node, joined)) if node else joined
    starts = () if terms.joined else tuple(part.text for part in terms.parts if len(part.text) == 1)
    return Text(
        terms=terms,
        node=node,
        starts=starts,
        wholes=tuple(dict.fromkeys(form for form in (terms.whole, terms.stem, compact) if form)),
        pieces=tuple(part.text for part in terms.parts),
        code=code,
    )


def _node(part: QueryPart) -> Node | None:
    """Name bigrams or product bigrams, and every Latin run as a prefix; None for a single character."""
    if len(part.text) == 1:
        return None
    nodes: list[Node] = []
    if part.bigrams:
        names = tuple(Term(text) for text in part.bigrams)
        products = tuple(Term(f"_{text}") for text in part.bigrams)
        nodes.append(Any_((All(names), All(products))))
    # One letter beside other signs (A股) is a whole word: as a prefix it would be half the alphabet.
    nodes += [Term(run, prefix=len(run) >= _SHORTEST_PREFIX) for run in part.latin]
    return all_of(nodes)


def code_ids(text: Text, dialect: Dialect) -> tuple[str, Params]:
    """A SELECT of (id, key) whose code is or begins with the text."""
    key = f"key{dialect.by_code_point}"
    return (
        f"SELECT enterprise_id, key FROM search_key WHERE kind = %s AND {key} >= %s AND {key} < %s "
        f"ORDER BY {key} LIMIT {_MOST_CODES}",
        [int(Kind.CODE), text.code, text.code + AFTER],
    )


def started_ids(text: Text, dialect: Dialect) -> tuple[str, Params]:
    """A SELECT of the ids that have a key beginning with the text's first single character."""
    key = f"key{dialect.by_code_point}"
    kinds = (*NAME_KINDS, Kind.PINYIN, Kind.INITIALS) if text.starts[0].isascii() else NAME_KINDS
    places = ", ".join(["%s"] * len(kinds))
    start = text.starts[0]
    return (
        f"SELECT DISTINCT enterprise_id AS id FROM search_key WHERE kind IN ({places}) AND {key} >= %s AND {key} < %s",
        [*map(int, kinds), start, start + AFTER],
    )


def started(text: Text, dialect: Dialect) -> tuple[list[str], Params]:
    """Conditions on the document: some name, or reading of Latin letters, begins with each single character."""
    conditions: list[str] = []
    params: Params = []
    for start in text.starts:
        columns = ("d.names", "d.former", "d.readings") if start.isascii() else ("d.names", "d.former")
        conditions.append("(" + " OR ".join(dialect.contains(column) for column in columns) + ")")
        params += [f"|{start}"] * len(columns)
    return conditions, params


def tier(text: Text, codes: dict[int, str], dialect: Dialect) -> tuple[str, Params]:
    """The step of the order on which a document stands, as an SQL expression with parameters."""
    whens: list[str] = []
    params: Params = []

    def when(step: int, column: str, *needles: str, every: bool = False) -> None:
        condition = (" AND " if every else " OR ").join([dialect.contains(column)] * len(needles))
        whens.append(f"WHEN {condition} THEN {step}")
        params.extend(needles)

    exact = [key for key, code in codes.items() if code == text.code]
    if exact:
        whens.append(f"WHEN d.enterprise_id IN ({', '.join(map(str, exact))}) THEN {CODE}")
    whole = [f"|{form}|" for form in text.wholes]
    is_latin = text.terms.whole.isascii()
    when(NAME, "d.names", *whole)
    if is_latin:
        when(READING, "d.readings", *whole)
    when(FORMER, "d.former", *whole)
    if codes:
        whens.append(f"WHEN d.enterprise_id IN ({', '.join(map(str, codes))}) THEN {NAME_PREFIX}")
    beginnings = [f"|{form}" for form in text.wholes]
    when(NAME_PREFIX, "d.names", *beginnings)
    if is_latin:
        when(READING_PREFIX, "d.readings", *beginnings)
    when(CONTAINED, "(d.names || d.former)", *text.pieces, every=True)
    return f"CASE {' '.join(whens)} ELSE {OTHER} END", params
