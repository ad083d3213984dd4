"""Every column that looks like data about people is declared (`pinghu.personal_data`): a rule, a reason, or a text."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import models

from pinghu.ledger.models import HistoryRow
from pinghu.personal_data import all_kept, all_mentions, declared_fields, retention_rules
from promotion.models import Contact, RetentionPeriod

OUR_APPS = ("accounts", "ledger", "jobs", "directory", "promotion", "partners", "inbox")
#: Apps in whose texts staff write about people; the directory's are about firms and mostly public.
WRITTEN_BY_STAFF = ("promotion", "inbox", "ledger", "partners")
#: Models whose rows are people: their `name` is a person's.
PEOPLE = ("contact", "legalrepresentative")
_NAMES = re.compile(
    r"phone|mobile|telephone|fax|e_?mail|wechat|contact|person(?!al)|referr|representative|birth|identity|passport"
    r"|first_name|last_name|username|signature|ip_address|user_agent"
)
_FIRMS = frozenset({"name", "name_en", "name_key", "path", "website"})

#: Columns that look like it and are not, each with what it holds.
IMPERSONAL = {
    "directory.rowdecision": {"identity": "a firm's code or name"},
    "directory.zoneprofile": {"contact_note": "the committee's own switchboard"},
    "ledger.event": {"changed_fields": "names of columns"},
    "promotion.admissionstandard": {"source": "a document"},
    "promotion.capabilityoffer": {"specification": "of a product", "certificates": "of a firm"},
    "promotion.casefile": {"file": "a random name"},
    "promotion.caselimit": {"source": "a document"},
    "promotion.casepolicy": {"source": "a document", "escalate_after_days": "numbers"},
    "promotion.chainmatch": {"parts": "codes and words of products"},
    "promotion.claimpolicy": {"source": "a document"},
    "promotion.commitment": {"legal_basis": "a document"},
    "promotion.counterpart": {"business": "what a firm does"},
    "promotion.evidence": {"file": "a random name"},
    "promotion.chaintaskforce": {"note": "about a unit"},
    "promotion.externalunit": {"phone": "an office's", "note": "about an office"},
    "promotion.investmentproject": {"investor": "a firm", "company_name": "a firm"},
    "promotion.joiningclaim": {"phone_code_hash": "a hash of a code that is good for half an hour"},
    "promotion.lead": {"business": "what a firm does"},
    "promotion.procurementneed": {"specification": "of a product", "certificates": "of a firm"},
    "promotion.projectreview": {"waived_indicators": "codes"},
    "promotion.replytemplate": {"text": "answers what many ask"},
    "promotion.reportsubmission": {
        "headings": "of columns",
        "mapping": "codes",
        "rates": "numbers",
        "marks": "codes",
        "file_name": "of a list",
        "note": "about a list",
    },
    "promotion.reporttemplate": {
        "note": "about a list",
        "file_name": "of a list",
        "headings": "of columns",
        "mapping": "codes",
        "remembered": "codes",
    },
    "promotion.retentionperiod": {"source": "a document"},
    "promotion.servicecase": {"enterprise_name": "a firm"},
    "promotion.servicepillar": {"definition": "of a pillar", "definition_en": "of a pillar", "source": "a document"},
    "promotion.servicesystem": {
        "description": "of the system",
        "description_en": "of the system",
        "source": "a document",
        "source_quote": "from the zone's profile",
    },
    "promotion.stageagelimit": {"source": "a document"},
    "promotion.stagechange": {"skipped": "codes"},
    "promotion.stagerequirement": {"params": "codes", "source": "a document"},
}


def columns() -> Iterator[tuple[str, Any]]:
    for label in OUR_APPS:
        if label in apps.app_configs:
            for model in apps.get_app_config(label).get_models():
                if not issubclass(model, HistoryRow):
                    yield from ((model._meta.label_lower, column) for column in model._meta.concrete_fields)


def looks_personal(label: str, column: Any) -> bool:
    app, model = label.split(".")
    if column.is_relation:
        return column.related_model is Contact
    text = isinstance(column, (models.CharField, models.TextField, models.JSONField, models.FileField))
    if not text or column.choices:
        return False
    if (
        isinstance(column, models.EmailField)
        or _NAMES.search(column.name)
        or (column.name == "name" and model in PEOPLE)
    ):
        return True
    is_long = not isinstance(column, models.CharField) or (column.max_length or 0) >= 200
    return app in WRITTEN_BY_STAFF and is_long and column.name not in _FIRMS


def test_every_column_that_looks_personal_is_declared() -> None:
    """Declare it in the app's `personal_data.py`, or say above what it holds instead."""
    missing = [
        f"{label}.{column.name}"
        for label, column in columns()
        if looks_personal(label, column)
        and column.name not in declared_fields(label) | IMPERSONAL.get(label, {}).keys()
    ]

    assert missing == []


def test_nothing_is_excused_that_is_not_there() -> None:
    known = {(label, column.name) for label, column in columns()}

    assert {(label, name) for label, names in IMPERSONAL.items() for name in names} - known == set()


@pytest.mark.parametrize("declared", [*retention_rules(), *all_kept(), *all_mentions()], ids=lambda one: one.label)
def test_declaration_names_columns_that_exist(declared: Any) -> None:
    names = {column.name for column in declared.model._meta.concrete_fields}

    assert set(declared.fields) <= names


def test_column_that_is_forgotten_by_a_new_model_would_be_found() -> None:
    """What the first test looks for: a relation to a contact, an address, a text in which somebody may be named."""
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE)
    contact.name = "met"
    for name, column, found in (
        ("met", contact, True),
        ("wechat", models.CharField(max_length=40), True),
        ("remarks", models.TextField(), True),
        ("kind", models.CharField(max_length=200, choices=[("a", "A")]), False),
        ("area", models.IntegerField(), False),
    ):
        column.name = name
        assert looks_personal("promotion.visit", column) is found, name


@pytest.mark.django_db
def test_every_rule_has_its_period() -> None:
    assert {rule.code for rule in retention_rules()} == set(RetentionPeriod.objects.values_list("rule", flat=True))
