"""What leads, projects, counterparts, contacts and service cases are found by in the search box.

Who may see them is asked with every search, never kept here. A code name is a name like another for whoever sees the
record whole; whoever knows the code name alone finds it by that, or by its number where it has none.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from directory.models import Enterprise
from directory.ports import Findable, Words, findable
from directory.services.find_index import index_records
from pinghu.ledger.context import current_change
from pinghu.ledger.saving import after_save
from promotion.models import CaseState, Contact, Counterpart, InvestmentProject, Lead, ServiceCase
from promotion.rules import stages

LEAD, PROJECT, COUNTERPART, CONTACT, CASE = "lead", "project", "counterpart", "contact", "case"
#: Of what was asked so much is found by its words.
_MATTER = 300


def lead_words(leads: Collection[int]) -> Iterator[Words]:
    """One query."""
    columns = ("pk", "number", "name", "name_en", "code_name", "uscc", "business", "status")
    for key, number, name, name_en, code_name, uscc, business, status in _rows(Lead, leads, columns):
        yield Words(
            key,
            names=(name, name_en, code_name),
            codes=(number, uscc),
            matter=(business,),
            known_as=code_name or number,
            has_ended=status not in Lead.OPEN,
        )


def project_words(projects: Collection[int]) -> Iterator[Words]:
    """One query. Its investor and the company it becomes are names of it too."""
    columns = (
        "pk", "number", "code_name", "name", "name_en", "investor", "company_name", "uscc", "agreement_no",
        "filing_code", "side_state",
    )  # fmt: skip
    for key, number, code_name, *names, uscc, agreement, filing, side in _rows(InvestmentProject, projects, columns):
        yield Words(
            key,
            names=(*names, code_name),
            codes=(number, uscc, agreement, filing),
            known_as=code_name or number,
            has_ended=side in stages.ENDED,
        )


def counterpart_words(counterparts: Collection[int]) -> Iterator[Words]:
    """One query."""
    columns = ("pk", "number", "name", "name_en", "code_name", "uscc", "business")
    for key, number, name, name_en, code_name, uscc, business in _rows(Counterpart, counterparts, columns):
        yield Words(
            key,
            names=(name, name_en, code_name),
            codes=(number, uscc),
            matter=(business,),
            known_as=code_name or number,
        )


def contact_words(contacts: Collection[int]) -> Iterator[Words]:
    """One query. Name, firm, business phone and mail; of whoever was anonymised what is left on the row."""
    columns = ("pk", "name", "organisation", "phone", "email")
    for key, name, organisation, phone, email in _rows(Contact, contacts, columns):
        yield Words(key, names=(name, organisation), codes=(phone, email))


def case_words(cases: Collection[int]) -> Iterator[Words]:
    """One query. By number, what it is about, and the enterprise as it was given or as the directory calls it."""
    columns = (
        "pk", "number", "text", "state", "code_name", "title", "enterprise_name", "enterprise__registered_name",
        "enterprise__short_name", "enterprise__name_en",
    )  # fmt: skip
    for key, number, text, state, code_name, *names in _rows(ServiceCase, cases, columns):
        yield Words(
            key,
            names=(*(name or "" for name in names), code_name),
            codes=(number,),
            matter=(text[:_MATTER],),
            known_as=code_name or number,
            has_ended=state in (CaseState.CLOSED, CaseState.REJECTED),
        )


def follow_enterprises(rows: Sequence[Any]) -> None:
    """An enterprise's cases are found by its name of today. One query, and those of the index where there are cases."""
    cases = ServiceCase._base_manager.filter(enterprise__in=[row.pk for row in rows])
    if keys := list(cases.order_by().values_list("pk", flat=True)):
        current_change().later(_index_cases, keys, stage=1)


def _index_cases(keys: Collection[int]) -> None:
    index_records(_CASES, keys)


def _rows(model: Any, keys: Collection[int], columns: tuple[str, ...]) -> Iterable[tuple[Any, ...]]:
    rows: Iterable[tuple[Any, ...]] = model._base_manager.filter(pk__in=keys).order_by().values_list(*columns)
    return rows


_CASES = Findable(CASE, ServiceCase, case_words)


def plug_in() -> None:
    """Called once the app is ready."""
    findable(Findable(LEAD, Lead, lead_words))
    findable(Findable(PROJECT, InvestmentProject, project_words))
    findable(Findable(COUNTERPART, Counterpart, counterpart_words))
    findable(Findable(CONTACT, Contact, contact_words))
    findable(_CASES)
    after_save(Enterprise)(follow_enterprises)
