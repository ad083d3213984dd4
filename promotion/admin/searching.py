"""Leads, projects, counterparts, contacts and service cases in the search box of the admin.

What a person sees whole is found by every name, its pinyin, number and code. What they know under its code name alone is
found by what they are shown of it and by nothing else: typing the real name must not lead to the code name.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.admin.names import names_of
from directory.search.records import find_known, find_records
from pinghu.admin.searching import Found, Hit, search_source
from promotion.admin.quick_add import ROLES as REPORTERS
from promotion.find_words import CASE, CONTACT, COUNTERPART, LEAD, PROJECT
from promotion.models import Contact, Counterpart, InvestmentProject, Lead, Level, ServiceCase


@search_source(LEAD, gettext_lazy("Leads"), icon="tips_and_updates", order=20, model="promotion.lead")
def find_leads(request: HttpRequest, text: str, limit: int) -> Found:
    def whole(row: Any) -> Hit:
        second = (row.number, str(row.get_status_display()), str(row.unit or ""), *_level(row), row.business)
        first, other = names_of(row)
        return Hit(first, (other, *second), reverse("admin:promotion_lead_change", args=[row.pk]))

    def masked(row: Any) -> Hit:
        may_ask = row.is_open and bool(REPORTERS & request.user.role_codes)
        action = (_("Ask to join"), reverse("admin:quick_add_join", args=[row.pk])) if may_ask else None
        return _masked(row, str(row.get_status_display()), action)

    return _found(request, text, limit, LEAD, Lead, whole, masked)


@search_source(PROJECT, gettext_lazy("Projects"), icon="rocket_launch", order=30, model="promotion.investmentproject")
def find_projects(request: HttpRequest, text: str, limit: int) -> Found:
    def standing(row: Any) -> str:
        return " · ".join(str(one) for one in (row.get_stage_display(), row.get_side_state_display()) if one)

    def whole(row: Any) -> Hit:
        second = (row.number, standing(row), str(row.unit or ""), *_level(row))
        first, other = names_of(row)
        return Hit(first, (other, *second), reverse("admin:promotion_investmentproject_change", args=[row.pk]))

    return _found(
        request, text, limit, PROJECT, InvestmentProject, whole, lambda row: _masked(row, standing(row))
    )  # fmt: skip


@search_source(COUNTERPART, gettext_lazy("Counterparts"), icon="handshake", order=40, model="promotion.counterpart")
def find_counterparts(request: HttpRequest, text: str, limit: int) -> Found:
    def whole(row: Any) -> Hit:
        second = (row.number, str(row.get_kind_display()), str(row.unit or ""), *_level(row), row.business)
        return Hit(str(row), second, reverse("admin:promotion_counterpart_change", args=[row.pk]))

    return _found(
        request, text, limit, COUNTERPART, Counterpart, whole, lambda row: _masked(row, str(row.get_kind_display()))
    )  # fmt: skip


@search_source(CONTACT, gettext_lazy("Contacts"), icon="contacts", order=50, model="promotion.contact")
def find_contacts(request: HttpRequest, text: str, limit: int) -> Found:
    """By name, firm, business phone or mail; each with what they belong to, which the person sees too."""
    contacts = Contact.objects.few_visible_to(request.user)
    keys, has_more = find_records(CONTACT, contacts, text, limit=limit)
    rows = contacts.select_related("counterpart", "lead", "project", "enterprise", "group").in_bulk(keys)
    return Found([_contact(rows[key]) for key in keys if key in rows], has_more)


def _contact(row: Any) -> Hit:
    of = row.project or row.lead or row.counterpart or row.enterprise or row.group
    second = (row.job_title, row.organisation, str(of or ""))
    return Hit(row.name, second, reverse("admin:promotion_contact_change", args=[row.pk]))


@search_source(CASE, gettext_lazy("Service cases"), icon="support_agent", order=45, model="promotion.servicecase")
def find_cases(request: HttpRequest, text: str, limit: int) -> Found:
    def whole(row: Any) -> Hit:
        whose = str(row.enterprise or row.enterprise_name or row.group or "")
        second = (row.number, str(row.get_state_display()), whose, str(row.unit or ""), *_level(row))
        return Hit(row.title, second, reverse("admin:promotion_servicecase_change", args=[row.pk]))

    def masked(row: Any) -> Hit:
        return _masked(row, str(row.get_state_display()))

    return _found(request, text, limit, CASE, ServiceCase, whole, masked, "unit", "enterprise", "group")


def _found(
    request: HttpRequest,
    text: str,
    limit: int,
    subject: str,
    model: Any,
    whole: Callable[[Any], Hit],
    masked: Callable[[Any], Hit],
    *related: str,
) -> Found:
    """What is seen whole first, then what is known by its code name; two queries for each of the two with hits."""
    seen, known = model.objects.visible_to(request.user), model.objects.masked_to(request.user)
    keys, has_more = find_records(subject, seen, text, limit=limit)
    hits = [whole(row) for row in _in_order(seen, keys, *related)]
    if not has_more:
        # One more than there is room for, so that a full list still says that there are others.
        others, has_more = find_known(subject, known, text, limit=limit - len(hits) + 1)
        has_more = has_more or len(hits) + len(others) > limit
        hits += [masked(row) for row in _in_order(known, others[: limit - len(hits)])]
    return Found(hits, has_more)


def _in_order(rows: Any, keys: list[int], *related: str) -> list[Any]:
    found = rows.select_related(*(related or ("unit",))).in_bulk(keys)
    return [found[key] for key in keys if key in found]


def _masked(row: Any, standing: str, action: tuple[str, str] | None = None) -> Hit:
    return Hit(row.code_name or row.number, (standing, str(row.unit or "")), is_masked=True, action=action)


def _level(row: Any) -> list[str]:
    """A level that keeps the row from others is worth a word."""
    guarded = row.confidentiality in (Level.RESTRICTED, Level.CONFIDENTIAL)
    return [str(row.get_confidentiality_display())] if guarded else []
