"""People's data in the admin: what is kept and until when, anonymising one person, handing out what is kept of them."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextareaWidget

from directory.admin.records import DirectoryAdmin
from pinghu.accounts.roles import Role
from pinghu.admin.forms import ServiceForm
from pinghu.admin.pages import admin_page
from pinghu.admin.values import Labels
from pinghu.errors import DomainError
from pinghu.export import file_response
from pinghu.jobs.models import ScheduledRun
from pinghu.ledger.access import log_access, log_read
from pinghu.ledger.models import AccessLog, Door
from pinghu.personal_data import Rule, all_kept, all_mentions, retention_rules
from promotion.models import Contact, RetentionPeriod
from promotion.rules.working_time import local_day
from promotion.services.anonymising import anonymise, data_of, plan_anonymising
from promotion.services.retention import ManyRows, periods, save_period, visibly_due

#: Who answers for people's data: looks at what is due, anonymises, hands out.
KEEPERS = frozenset({Role.DATA_STEWARD, Role.PROMOTION_MANAGER})
READERS = KEEPERS | {Role.LEADER}
#: What falls due within so many days is said beforehand.
SOON_DAYS = 90
_EXAMPLES = 5


# --- one person -----------------------------------------------------------------------------------------------------


class PersonVerbs:
    """For the admin of contacts: name them in `actions_detail`."""

    person_verbs = ("anonymise_verb", "hand_out_verb")

    def has_keep_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.has_any_role(*KEEPERS))  # type: ignore[union-attr]

    @action(description=gettext_lazy("Anonymise"), permissions=("keep",), url_path="anonymise", icon="person_off")
    def anonymise_verb(self, request: HttpRequest, object_id: str) -> HttpResponse:
        contact = self.get_object(request, unquote(object_id))  # type: ignore[attr-defined]
        if contact is None:
            raise Http404
        return HttpResponseRedirect(reverse("admin:contact_anonymise", args=[contact.public_id]))

    @action(
        description=gettext_lazy("All that is kept, as a file"), permissions=("keep",), url_path="data", icon="download"
    )
    def hand_out_verb(self, request: HttpRequest, object_id: str) -> HttpResponse:
        contact = self.get_object(request, unquote(object_id))  # type: ignore[attr-defined]
        if contact is None:
            raise Http404
        return HttpResponseRedirect(reverse("admin:contact_data", args=[contact.public_id, "xlsx"]))


class AnonymiseForm(forms.Form):
    """Why, and the number of rows that was agreed to."""

    why = forms.CharField(
        label=gettext_lazy("why"),
        help_text=gettext_lazy("Who asked for it, and when. The person's name is taken out of this too."),
        max_length=300,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )
    rows = forms.IntegerField(widget=forms.HiddenInput)


def _contact(request: HttpRequest, public_id: str) -> Any:
    contact = Contact.objects.visible_to(request.user).filter(public_id=public_id).first()
    if contact is None:
        raise Http404
    return contact


@admin_page("contacts/<str:public_id>/anonymise/", "contact_anonymise", roles=KEEPERS)
def contact_anonymise(request: HttpRequest, public_id: str) -> HttpResponse:
    """What would be touched, by kind and number; a POST with that number does it, for good."""
    contact = _contact(request, public_id)
    change_url = reverse("admin:promotion_contact_change", args=[contact.pk])
    if contact.anonymised_at is not None:
        messages.info(request, _("This person was anonymised already."))
        return HttpResponseRedirect(change_url)
    form = AnonymiseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            touched = anonymise(
                contact,
                by=request.user,
                door=Door.ADMIN,
                at=timezone.now(),
                why=said["why"],
                expected=said["rows"],
            )
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("Anonymised, in %(rows)s rows.") % {"rows": touched})
            return HttpResponseRedirect(change_url)
    if request.method == "GET":
        log_read(contact, by=request.user, door=Door.ADMIN, page="anonymise")
    plan = plan_anonymising(contact, by=request.user)
    context = {
        **admin.site.each_context(request),
        "title": _("Anonymise"),
        "contact": contact,
        "change_url": change_url,
        "data_url": reverse("admin:contact_data", args=[contact.public_id, "xlsx"]),
        "plan": plan,
        "others": [row for row in plan.contacts if row.pk != contact.pk],
        "form": form,
    }
    return TemplateResponse(request, "admin/promotion/contact_anonymise.html", context)


@admin_page("contacts/<str:public_id>/data.<str:kind>", "contact_data", roles=KEEPERS)
def contact_data(request: HttpRequest, public_id: str, kind: str) -> HttpResponseBase:
    """All that is kept about one person, for them (PIPL, article 45), as CSV or XLSX; the access log keeps it."""
    contact = _contact(request, public_id)
    if kind not in ("csv", "xlsx"):
        raise Http404
    lines = list(data_of(contact, by=request.user, value=_reader(request)))
    log_access(
        by=request.user,
        kind=AccessLog.Kind.EXPORT,
        door=Door.ADMIN,
        subject=contact,
        rows=len(lines),
        list="promotion.personal_data",
        file=kind,
    )
    header = [_("Where"), _("Record or moment"), _("Field"), _("Value")]
    name = _("Data about one person") + f" {local_day(timezone.now()):%Y-%m-%d}"
    return file_response(kind, name, header, lines)


def _reader(request: HttpRequest) -> Any:
    """Values as people read them, related rows by their names."""
    labels = Labels(request.user, admin.site)

    def read(row: Any, column: Any) -> Any:
        value = column.value_from_object(row)
        labels.want(column, value)
        return labels.of(column, value) if value not in (None, "") else ""

    return read


# --- what is kept, and until when -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ShownRule:
    """One rule with the zone's period, and what it would forget."""

    rule: Rule
    kind: str
    columns: str
    period: Any
    period_url: str
    due: int = 0
    soon: int = 0
    examples: tuple[tuple[str, str], ...] = ()


@admin_page(
    "personal-data/",
    "personal_data",
    title=gettext_lazy("People's data"),
    icon="privacy_tip",
    roles=READERS,
)
def personal_data(request: HttpRequest) -> HttpResponse:
    """What is kept about people, why, until when, and what goes next; counted are rows that the reader sees."""
    known, day = periods(), local_day(timezone.now())
    rules = [_shown(request, rule, known.get(rule.code), day) for rule in retention_rules()]
    context = {
        **admin.site.each_context(request),
        "title": _("People's data"),
        "day": day,
        "soon_days": SOON_DAYS,
        "rules": sorted(rules, key=lambda one: (-one.due, -one.soon)),
        "kept": [(_kind(one), _columns(one), one) for one in all_kept()],
        "mentions": [(_kind(one), _columns(one)) for one in all_mentions()],
        "run": ScheduledRun.objects.filter(name="retention", ok=True).order_by("-slot").first(),
    }
    return TemplateResponse(request, "admin/promotion/personal_data.html", context)


def _shown(request: HttpRequest, rule: Rule, period: Any, day: datetime.date) -> ShownRule:
    """At most four queries."""
    shown = {"rule": rule, "kind": _kind(rule), "columns": _columns(rule), "period": period}
    if period is None:
        return ShownRule(**shown, period_url="")
    found = visibly_due(rule, period.months, day, user=request.user)
    soon = visibly_due(rule, period.months, day + datetime.timedelta(days=SOON_DAYS), user=request.user)
    count = found.count()
    return ShownRule(
        **shown,
        period_url=reverse("admin:promotion_retentionperiod_change", args=[period.pk]),
        due=count,
        soon=soon.count() - count,
        examples=tuple(_examples(found)),
    )


def _examples(found: Any) -> Iterator[tuple[str, str]]:
    meta = found.model._meta
    for row in found[:_EXAMPLES]:
        try:
            yield str(row), reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
        except NoReverseMatch:
            yield str(row), ""


def _kind(declared: Any) -> str:
    return str(capfirst(str(declared.model._meta.verbose_name_plural)))


def _columns(declared: Any) -> str:
    """What the columns hold: as the declaration says, else by their names."""
    if said := getattr(declared, "data", ""):
        return str(said)
    columns = (declared.model._meta.get_field(name) for name in declared.fields)
    comma = "、" if (get_language() or "").startswith("zh") else ", "
    return comma.join(str(column.verbose_name) for column in columns)


# --- periods --------------------------------------------------------------------------------------------------------


class PeriodForm(ServiceForm):
    """Asks with the number of rows where a period makes some of them due tonight."""

    #: The number that was agreed to: another one must be asked about anew.
    confirmed = forms.IntegerField(required=False)
    asked: int | None = None

    def full_clean(self) -> None:
        super().full_clean()
        error = getattr(self.request, "_domain_error", None)
        self.asked = error.rows if self.is_bound and isinstance(error, ManyRows) else None


@admin.register(RetentionPeriod)
class RetentionPeriodAdmin(DirectoryAdmin):
    """After how many months each rule forgets. The rules themselves are the software's."""

    form = PeriodForm
    change_form_template = "admin/promotion/retention_period_form.html"
    save_service = staticmethod(save_period)
    list_display = ("kind", "months", "is_active", "source")
    list_filter = ("is_active",)
    search_fields = ("rule", "source")
    ordering = ("rule",)
    fieldsets = ((None, {"fields": ("kind", "counted_from", "effect", ("months", "is_active"), "source")}),)
    readonly_fields = ("kind", "counted_from", "effect")
    export_fields = ("rule", "months", "is_active", "source")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def call_service(self, request: HttpRequest, form: Any, record: Any, **kwargs: Any) -> Any:
        given = {"at": timezone.now(), "confirmed": form.cleaned_data.get("confirmed")}
        return super().call_service(request, form, record, **given, **kwargs)

    @admin.display(description=gettext_lazy("data"), ordering="rule")
    def kind(self, row: RetentionPeriod) -> str:
        return f"{capfirst(str(row))}: {_columns(row.declared)}" if row.declared else row.rule

    @admin.display(description=gettext_lazy("counted from"))
    def counted_from(self, row: RetentionPeriod) -> Any:
        return row.declared.counted_from if row.declared else "–"

    @admin.display(description=gettext_lazy("what happens then"))
    def effect(self, row: RetentionPeriod) -> Any:
        return row.declared.effect if row.declared else "–"
