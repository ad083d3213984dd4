"""Whom we talk to: counterparts with their people, contacts, and the activities where leads are met."""

import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from directory.admin.filters import ChoiceFilter, DemoFilter
from directory.admin.names import names_of
from directory.admin.records import DirectoryAdmin, RowsInline
from pinghu.admin.verbs import verb
from pinghu.ledger.models import Door
from promotion.admin.leads import FollowUpInline, LevelForm
from promotion.admin.personal_data import PersonVerbs
from promotion.models import Contact, Counterpart, CounterpartMember, Lead, PromotionActivity
from promotion.rules.working_time import local_day
from promotion.services.counterparts import save_counterpart
from promotion.services.leads import set_confidentiality

#: Days after an activity at whose end its results are looked at.
_RESULT_DAYS = (30, 90)


class MemberInline(RowsInline):
    """Who works with it besides the officer in charge."""

    model = CounterpartMember
    fields = ("person", "part")


class ContactInline(RowsInline):
    """Its people."""

    model = Contact
    fields = ("name", "job_title", "phone", "email", "language")


class ContactOfFilter(ChoiceFilter):
    """Contacts by what they hang on."""

    title = _("belongs to")
    parameter_name = "of"
    options: ClassVar[dict[str, Any]] = {
        "counterpart": _("counterpart"),
        "lead": _("lead"),
        "project": _("project"),
        "enterprise": _("enterprise"),
        "group": _("group"),
    }

    def narrow(self, rows: Any, value: str) -> Any:
        return rows.filter(**{f"{value}__isnull": False})


@admin.register(Counterpart)
class CounterpartAdmin(DirectoryAdmin):
    """The zone's memory of investors, intermediaries, chambers and funds outside it."""

    save_service = staticmethod(save_counterpart)
    list_display = ("who", "kind", "country", "business", "owner")
    list_select_related = ("owner", "unit")
    list_filter = (
        ("kind", ChoicesDropdownFilter),
        ("unit", RelatedDropdownFilter),
        ("confidentiality", ChoicesDropdownFilter),
        DemoFilter,
    )
    list_filter_submit = True
    search_fields = ("number", "name", "name_en", "business", "uscc")
    ordering = ("name", "pk")
    form_select_related = ("owner", "unit", "group")
    fieldsets = (
        (None, {"fields": (("name", "name_en"), ("kind", "country"), ("business", "uscc"), ("group", "website"))}),
        (
            _("Whose it is, and who may see it"),
            {"fields": (("number", "owner", "unit"), ("confidentiality", "code_name"), "note", "is_demo")},
        ),
    )
    readonly_fields = ("number",)
    inlines = (ContactInline, FollowUpInline, MemberInline)
    actions_detail = ("set_level",)

    def call_service(self, request: HttpRequest, form: Any, record: Any, **kwargs: Any) -> Any:
        return super().call_service(request, form, record, at=timezone.now(), **kwargs)

    @display(description=_("counterpart"), ordering="name", header=True)
    def who(self, row: Counterpart) -> list[str]:
        first, other = names_of(row)
        second = [other or row.name_en, row.number, str(row.unit or "")]
        if row.is_demo:
            second.append(str(_("demo row")))
        return [first, " · ".join(part for part in second if part and part != first)]

    @verb(
        _("Change who may see it"),
        question=_("A higher level hides it from more people. A lower one shows it to more and needs a reason."),
        url_path="level",
        form_class=LevelForm,
        icon="visibility",
    )
    def set_level(
        self, request: HttpRequest, row: Counterpart, level: str, code_name: str, is_publication: bool, why: str
    ) -> str:
        set_confidentiality(
            row,
            level=level,
            code_name=code_name,
            is_publication=is_publication,
            why=why,
            by=request.user,
            door=Door.ADMIN,
        )
        return str(_("Level set."))


@admin.register(Contact)
class ContactAdmin(PersonVerbs, DirectoryAdmin):
    """People in their business role. Seen by whoever sees all that they hang on; who was anonymised stays so."""

    list_display = ("name", "job_title", "organisation", "of", "phone", "last_contact_on")
    list_select_related = ("counterpart", "lead", "project", "enterprise", "group")
    list_filter = (("purpose", ChoicesDropdownFilter), ContactOfFilter, DemoFilter)
    list_filter_submit = True
    search_fields = ("name", "job_title", "organisation", "phone", "email")
    ordering = ("name", "pk")
    form_select_related = ("group",)
    fieldsets = (
        (
            None,
            {
                "fields": (("name", "job_title"), "organisation", ("phone", "email"), ("language", "purpose")),
                "description": _("In their business role only: no private address, birthday or identity number."),
            },
        ),
        (_("Works for"), {"fields": (("counterpart", "lead"), ("project", "enterprise"), "group")}),
        (_("State"), {"fields": (("last_contact_on", "anonymised_at"), "is_demo")}),
    )
    readonly_fields = ("last_contact_on", "anonymised_at")
    actions_detail = PersonVerbs.person_verbs

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.anonymised_at is None)

    @admin.display(description=_("belongs to"))
    def of(self, contact: Contact) -> Any:
        return contact.project or contact.lead or contact.counterpart or contact.enterprise or contact.group


@admin.register(PromotionActivity)
class PromotionActivityAdmin(DirectoryAdmin):
    """A fair, presentation or delegation, with what came of it as far as the person sees the leads."""

    list_display = ("name", "kind", "place", "starts_on", "ends_on", "unit")
    list_select_related = ("unit",)
    list_filter = (("kind", ChoicesDropdownFilter), ("unit", RelatedDropdownFilter), DemoFilter)
    list_filter_submit = True
    search_fields = ("name", "place")
    ordering = ("-starts_on", "name", "pk")
    form_select_related = ("unit",)
    fieldsets = (
        (None, {"fields": ("name", ("kind", "unit"), ("starts_on", "ends_on"), ("place", "country"))}),
        (_("Cost and note"), {"fields": (("cost", "currency"), "note", "is_demo")}),
        (_("What came of it"), {"fields": ("results",)}),
    )
    readonly_fields = ("results",)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is not None:
            obj.results = self._results(request, obj)
        return super().get_form(request, obj, change=change, **kwargs)

    @admin.display(description=_("leads and projects"))
    def results(self, activity: Any) -> str:
        return getattr(activity, "results", "–")

    def _results(self, request: HttpRequest, activity: Any) -> str:
        """One query: leads met there, and how many became projects until 30 and 90 days after its end."""
        counts: dict[str, Any] = {"leads": Count("pk"), "projects": Count("project")}
        for days in _RESULT_DAYS:
            until = activity.ends_on + datetime.timedelta(days=days)
            counts[f"in_{days}"] = Count("pk", filter=Q(project__negotiating_since__lte=until))
        found = Lead.objects.visible_to(request.user).filter(activity=activity).order_by().aggregate(**counts)
        parts = [_("Leads: %(count)s") % {"count": found["leads"]}]
        today = local_day(timezone.now())
        for days in _RESULT_DAYS:
            if today >= activity.ends_on + datetime.timedelta(days=days):
                parts.append(
                    _("projects after %(days)s days: %(count)s") % {"days": days, "count": found[f"in_{days}"]}
                )
        parts.append(_("projects so far: %(count)s") % {"count": found["projects"]})
        return " · ".join(str(part) for part in parts)
