"""What leads, projects, counterparts and contacts are found by in the search box.

Who may see them is asked with every search, never kept here. A code name is a name like another for whoever sees the
record whole; whoever knows the code name alone finds it by that, or by its number where it has none.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from directory.ports import Findable, Words, findable
from promotion.models import Contact, Counterpart, InvestmentProject, Lead
from promotion.rules import stages

LEAD, PROJECT, COUNTERPART, CONTACT = "lead", "project", "counterpart", "contact"


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


def _rows(model: Any, keys: Collection[int], columns: tuple[str, ...]) -> Iterable[tuple[Any, ...]]:
    rows: Iterable[tuple[Any, ...]] = model._base_manager.filter(pk__in=keys).order_by().values_list(*columns)
    return rows


def plug_in() -> None:
    """Called once the app is ready."""
    findable(Findable(LEAD, Lead, lead_words))
    findable(Findable(PROJECT, InvestmentProject, project_words))
    findable(Findable(COUNTERPART, Counterpart, counterpart_words))
    findable(Findable(CONTACT, Contact, contact_words))
