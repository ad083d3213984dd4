"""My day: what is overdue, due, promised and waiting; the same as counts on the overview; handing over work."""

import datetime
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from pinghu.accounts.models import User
from pinghu.accounts.roles import STAFF_ROLES, Role
from pinghu.admin.agenda import Waiting, agenda
from pinghu.admin.forms import show_messages
from pinghu.admin.pages import admin_page
from pinghu.errors import DomainError
from pinghu.ledger.models import Door
from promotion.admin.case_pages import SECTIONS, SERVICE_ROLES, case_card
from promotion.admin.claims import officers
from promotion.admin.follow_ups import record_url
from promotion.admin.quick_visit import visit_url
from promotion.admin.reviews import WAITING
from promotion.admin.service_drill import figure_code
from promotion.models import ActionItem, Counterpart, InvestmentProject, Lead
from promotion.my_day import ESCALATE_AFTER, LIMIT, PROMISE, Step, my_day, open_items, waiting_counts
from promotion.rules import periods
from promotion.rules.working_time import local_day
from promotion.scopes import MINE
from promotion.service_statistics import NOT_VISITED
from promotion.services.claims import OWNER_ROLES
from promotion.services.follow_ups import answer_action_item
from promotion.services.handing_over import hand_over, work_of

MANAGERS = frozenset({Role.PROMOTION_MANAGER})
#: Sections of cases that the day has beside those of the desks.
_MORE_SECTIONS = {
    "supervised": gettext_lazy("Under supervision: a written reply is due"),
    "due_today": gettext_lazy("Due today"),
}


@admin_page("my-day/", "my_day", title=gettext_lazy("My day"), icon="today", roles=STAFF_ROLES)
def my_day_page(request: HttpRequest) -> HttpResponse:
    """One page for the morning and for the pocket: cards with one tap to the record and to the next follow-up."""
    now = timezone.now()
    day = my_day(request.user, now)
    sections = [
        ("overdue", _("Overdue"), day.overdue),
        ("today", _("Today"), day.due_today),
        ("promised", _("Promised for the next days"), day.promised),
        ("paused", _("Paused, without a next step"), day.paused),
    ]
    context = {
        **admin.site.each_context(request),
        "title": _("My day"),
        "day": day,
        "sections": [
            {"code": code, "title": title, "steps": [(step, _step_url(step)) for step in steps]}
            for code, title, steps in sections
            if steps
        ],
        "items": [(item, _item_url(item)) for item in day.action_items],
        "cases": [
            {
                "code": code,
                "title": {**SECTIONS, **_MORE_SECTIONS}[code],
                "cards": [case_card(case, now, day.calendar) for case in cases],
            }
            for code, cases in day.cases
        ],
        "may_see_desk": bool(SERVICE_ROLES & request.user.role_codes),  # type: ignore[union-attr]
        "unvisited_url": _unvisited_url(day.today),
        "limit": LIMIT,
        "escalate_after": ESCALATE_AFTER,
        "visit_url": visit_url(request.user),
        "may_follow_up": bool(OWNER_ROLES & request.user.role_codes),  # type: ignore[union-attr]
    }
    return TemplateResponse(request, "admin/promotion/my_day.html", context)


def _step_url(step: Step) -> str:
    if step.kind == PROMISE:
        return reverse("admin:promotion_engagementpromise_change", args=[step.pk])
    return record_url(step.kind, step.pk)


def _unvisited_url(today: datetime.date) -> str:
    """The list of one's enterprises that nobody visited this month."""
    code = figure_code(NOT_VISITED, periods.period_of(periods.MONTH, today), MINE)
    return f"{reverse('admin:directory_enterprise_changelist')}?{urlencode({'liaison': code})}"


def _item_url(item: Any) -> str:
    """What an action item is about; "" where it stands alone."""
    for kind in ("lead", "project", "enterprise"):
        if (pk := getattr(item, f"{kind}_id")) is not None:
            return record_url(kind, pk)
    return ""


@admin_page("my-day/answer/<int:item>/", "my_day_answer", roles=STAFF_ROLES)
@require_POST
def my_day_answer(request: HttpRequest, item: int) -> HttpResponse:
    """Answer one action item of one's own; what is somebody else's, hidden or answered is not there (404)."""
    row = open_items(request.user).filter(pk=item).first()
    if row is None:
        raise Http404
    answer = request.POST.get("answer", "")
    try:
        answer_action_item(row, answer=answer, by=request.user, door=Door.ADMIN, at=timezone.now())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Answered."))
    return HttpResponseRedirect(f"{reverse('admin:my_day')}#items")


@agenda
def promotion_work(request: HttpRequest) -> Iterable[Waiting]:
    """What waits for whoever has leads, projects or answers to give. One query beside those for role and units."""
    user: Any = request.user
    if not user.has_staff_role:
        return
    now = timezone.now()
    counts = waiting_counts(user, now)
    page = reverse("admin:my_day")
    yield Waiting(
        _("Cases in your hands"),
        counts["cases"],
        f"{page}#cases",
        _("Overdue, due today, soon due, new, or supervised."),
    )
    yield Waiting(_("Cases to accept, dispatch or decide"), counts["decisions"], f"{page}#cases")
    due = counts["leads"] + counts["projects"]
    yield Waiting(_("Next steps due or overdue"), due, page, _("Of your leads and projects."))
    yield Waiting(_("Promises to headquarters due"), counts["promises"], page)
    yield Waiting(_("Enterprises of yours not visited this month"), counts["visits"], _unvisited_url(local_day(now)))
    yield Waiting(_("Action items to answer"), counts["action_items"], f"{page}#items")
    yield Waiting(_("Colleagues who ask to join your leads"), counts["join_requests"], f"{page}#requests")
    yield Waiting(_("Disputes to decide"), counts["disputes"], f"{page}#disputes")
    yield Waiting(
        _("Leads nobody has talked about for long"),
        counts["silent"],
        f"{page}#silent",
        _("Talk to them, or give the lead to somebody who will."),
    )
    waiting = urlencode({WAITING: "me"})
    yield Waiting(
        _("Reviews to decide"),
        counts["reviews"],
        f"{reverse('admin:promotion_projectreview_changelist')}?{waiting}",
        _("Prepared by those who run the project; somebody else enters the result."),
    )
    yield Waiting(
        _("Promises of ours to review"),
        counts["commitments"],
        f"{reverse('admin:promotion_commitment_changelist')}?{waiting}",
        _("The project cannot be signed before their fair-competition review is passed."),
    )
    yield Waiting(
        _("Leads and projects of people who have left"),
        counts["left_behind"],
        reverse("admin:hand_over"),
        _("Hand them over to somebody who works here."),
    )


# --- handing over ----------------------------------------------------------------------------------------------------


class HandOverForm(forms.Form):
    """From whom to whom, and why."""

    from_person = forms.ModelChoiceField(
        label=gettext_lazy("from whom"), queryset=User.objects.none(), widget=UnfoldAdminSelectWidget
    )
    to_person = forms.ModelChoiceField(
        label=gettext_lazy("to whom"), queryset=User.objects.none(), widget=UnfoldAdminSelectWidget
    )
    why = forms.CharField(
        label=gettext_lazy("why"),
        required=False,
        max_length=300,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["from_person"].queryset = _people_with_work(user)  # type: ignore[attr-defined]
        self.fields["to_person"].queryset = officers()  # type: ignore[attr-defined]


def _people_with_work(user: Any) -> Any:
    """Who has something in hand that this manager sees, those who have left included."""
    rows: tuple[Any, ...] = (
        Lead.objects.visible_to(user).open(),
        InvestmentProject.objects.visible_to(user).running(),
        Counterpart.objects.visible_to(user),
    )
    has_work = Q(memberships__role__in=OWNER_ROLES)
    for each in rows:
        has_work |= Q(pk__in=each.filter(owner__isnull=False).order_by().values("owner"))
    items = ActionItem.objects.visible_to(user).filter(answered_at__isnull=True)
    has_work |= Q(pk__in=items.order_by().values("person"))
    return User.objects.filter(has_work).distinct().order_by("last_name", "first_name", "username")


@admin_page("hand-over/", "hand_over", title=gettext_lazy("Hand over work"), icon="swap_horiz", roles=MANAGERS)
def hand_over_page(request: HttpRequest) -> HttpResponse:
    """Choose two people, look at what would move, give a reason, move it."""
    if request.method == "POST":
        form = HandOverForm(request.POST, user=request.user)
        if form.is_valid():
            given = form.cleaned_data
            try:
                moved = hand_over(**given, by=request.user, door=Door.ADMIN, at=timezone.now())
            except DomainError as error:
                show_messages(form, error.fields or {"": [error.message]})
            else:
                text = _("Handed over from %(from)s to %(to)s: %(count)s records.")
                words = {"from": given["from_person"], "to": given["to_person"], "count": moved}
                messages.success(request, text % words)
                if left := work_of(given["from_person"], by=request.user).left:
                    text = _("Not handed over, because you know no more than the code name: %(names)s.")
                    messages.warning(request, text % {"names": ", ".join(one.name for one in left)})
                return HttpResponseRedirect(reverse("admin:hand_over"))
    else:
        form = HandOverForm(request.GET or None, user=request.user)
        form.is_valid()
    giver = getattr(form, "cleaned_data", {}).get("from_person")
    taker = getattr(form, "cleaned_data", {}).get("to_person")
    context = {
        **admin.site.each_context(request),
        "title": _("Hand over work"),
        "form": form,
        "giver": giver,
        "taker": taker,
        "work": work_of(giver, by=request.user) if giver is not None else None,
    }
    return TemplateResponse(request, "admin/promotion/my_day_hand_over.html", context)
