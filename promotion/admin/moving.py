"""Where a project stands, what is missing for the next stage, and the page that moves it.

The page asks only for what is missing: a refused move comes back as a form with just those fields. Asked for with
`?_fragment=1` (a dialog on the board) it answers with the form alone.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AutocompleteSelect
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextareaWidget

from pinghu.admin.autocomplete import adopt_related_fields, visible_rows
from pinghu.admin.forms import VersionField, show_messages
from pinghu.admin.looks import log_look
from pinghu.admin.pages import pages
from pinghu.admin.verbs import list_verb
from pinghu.errors import DomainError
from pinghu.ledger.models import Door
from promotion.admin.reviews import sheet
from promotion.models import (
    Commitment,
    Contact,
    Evidence,
    Interaction,
    InvestmentProject,
    ProjectMember,
    ProjectMilestone,
    ProjectReview,
    SpaceIntent,
    StageChange,
)
from promotion.rules import stages
from promotion.rules.gates import Missing
from promotion.services.progress_notes import has_charge
from promotion.services.projects import (
    NOT_WITH_A_MOVE,
    MoveRefused,
    advance_stage,
    gate_view,
    left_out,
    may_reopen,
    missing_fields,
    missing_for_stage,
    save_project,
    targets_for,
)
from promotion.wording import missing_text, move_name, stage_name, target_name

#: "" is no value of an address.
ONWARD = "running"
#: The button that saves what was typed without moving.
KEEP = "_keep"
#: What is worth asking with a move although the gate does not.
ALSO: Mapping[str, tuple[str, ...]] = {
    stages.SIGNED: ("signing_event",),
    stages.LOST: ("competitor", "lessons"),
    stages.WITHDRAWN: ("competitor", "lessons"),
    stages.TERMINATED: ("lessons",),
}
#: Where to mend what no field of the project answers: the rows below it, and the name of their tab.
ROWS: Mapping[str, tuple[type[Any], str]] = {
    "evidence_missing": (Evidence, "evidence"),
    "review_missing": (ProjectReview, "reviews"),
    "review_not_passed": (ProjectReview, "reviews"),
    "standard_failed": (ProjectReview, "reviews"),
    "commitment_unreviewed": (Commitment, "commitments"),
    "commitment_not_passed": (Commitment, "commitments"),
}
COUNTED_ROWS: Mapping[str, tuple[type[Any], str]] = {
    "meetings": (Interaction, "interactions"),
    "contacts": (Contact, "contacts"),
    "members": (ProjectMember, "members"),
    "milestones": (ProjectMilestone, "milestones"),
    "space": (SpaceIntent, "space_intents"),
}
#: So many refused rows of a list are named one by one.
_NAMED = 20


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that is missing, in words, and where to mend it; `tab` where that is a tab of the same page."""

    text: str
    url: str = ""
    tab: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One of the eight stages on the bar: `state` is done, here, skipped or ahead."""

    name: str
    state: str
    on: datetime.date | None


@dataclass(frozen=True, slots=True)
class Choice:
    """One move that is allowed: its name, its kind in words, and its page."""

    name: str
    kind: str
    url: str


class MoveForm(forms.ModelForm):
    """The fields that are missing, the reason, and the version that was seen."""

    if_version = VersionField(required=False)
    why = forms.CharField(
        label=_("reason"), max_length=500, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields([*(name for name in self.fields if name not in ("why", "if_version")), "why", "if_version"])
        adopt_related_fields(self)


class MovePages:
    """For the projects' admin: the page that moves one, the action that moves many, the panel above the form."""

    # --- where it stands --------------------------------------------------------------------------------------------

    def standing(self, request: HttpRequest, project: Any) -> dict[str, Any]:
        """What the panel shows: the bar, the gaps before the next stage, the moves so far. 7 queries."""
        moves = list(
            StageChange.objects.visible_to(request.user).filter(project=project).select_related("by").order_by("pk")
        )
        skipped = left_out((move.kind, move.to_stage, move.skipped) for move in moves)
        following = stages.next_stage(project.position)
        view = gate_view(project, at=timezone.now(), skipped=skipped)
        may_move = self.has_change_permission(request, project)  # type: ignore[attr-defined]
        return {
            "steps": steps(project, skipped),
            "project": project,
            "next": stage_name(following) if following else "",
            "gaps": self.gaps(request, project, view.missing, here=""),
            "sheet": sheet(view),
            "move_url": self.move_url(project, following) if following and may_move else "",
            "other_url": self.move_url(project) if may_move and targets_for(project, request.user) else "",
            "follow_up_url": follow_up_url(request, project) if may_move and not project.has_ended else "",
            "note_url": page_url(request, "my_notes", project) if _writes_notes(project, request) else "",
            "give_url": page_url(request, "give_action_item", project),
            "link_url": self._link_url(project) if may_move else "",
            "merged_url": self._merged_url(request, project),
            "moves": [(move, move_name(move)) for move in reversed(moves)],
        }

    def gaps(self, request: HttpRequest, project: Any, missing: Iterable[Missing], *, here: str) -> list[Gap]:
        """Each missing thing with the place where it is mended: a field, a tab, or a page of its own. No query."""
        may_change = self.has_change_permission(request, project)  # type: ignore[attr-defined]
        below = {inline.model for inline in self.get_inline_instances(request, project)}  # type: ignore[attr-defined]
        found = []
        for one in missing:
            text, fields = missing_text(one), missing_fields([one])
            model, tab = (COUNTED_ROWS if one.code == "too_few" else ROWS).get(
                one.subject if one.code == "too_few" else one.code, (None, "")
            )
            if not may_change or (model is None and not fields):
                found.append(Gap(text))
            elif model is None:
                found.append(Gap(text, f"{here}#id_{fields[0]}", "general"))
            elif model in below:
                found.append(Gap(text, f"{here}#{tab}", tab))
            else:
                found.append(Gap(text, self._add_url(request, project, model)))
        return found

    def _add_url(self, request: HttpRequest, project: Any, model: type[Any]) -> str:
        if model is Interaction:
            return follow_up_url(request, project)
        site = self.admin_site  # type: ignore[attr-defined]
        if not site.is_registered(model) or not site.get_model_admin(model).has_add_permission(request):
            return ""
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")
        return f"{address}?project={project.pk}"

    def _link_url(self, project: Any) -> str:
        """The verb that links the enterprise, where there is what it needs."""
        needed = not project.has_ended and project.enterprise_id is None and project.company_name and project.uscc
        return reverse("admin:promotion_investmentproject_link_company", args=[project.pk]) if needed else ""

    def _merged_url(self, request: HttpRequest, project: Any) -> str:
        """The project that it was merged into, for whoever may see that one; a query where it was merged."""
        key = project.merged_into_id
        seen = key is not None and visible_rows(InvestmentProject, request.user).filter(pk=key).exists()
        return self.change_url(key) if seen else ""  # type: ignore[attr-defined]

    def move_url(self, project: Any, target: str | None = None) -> str:
        """Address of the page that moves the project, to `target` or to what is chosen there."""
        address = reverse("admin:promotion_investmentproject_move_page", args=[project.pk])
        return address if target is None else f"{address}?target={target or ONWARD}"

    # --- moving one -------------------------------------------------------------------------------------------------

    @action(description=_("Move"), url_path="move", permissions=["change"], icon="arrow_forward")
    def move_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Choose where to, fill in what is missing, give the reason; POST moves the project."""
        project = self.get_object(request, unquote(object_id))  # type: ignore[attr-defined]
        if project is None:
            raise Http404
        log_look(request, project, "move")
        asked = request.POST if request.method == "POST" else request.GET
        target = {ONWARD: stages.RUNNING}.get(asked.get("target", ""), asked.get("target") or None)
        if target is None or (request.method != "POST" and target not in targets_for(project, request.user)):
            return self._choose(request, project)
        if request.method == "POST":
            return self._move(request, project, target)
        missing = self._missing(project, target)
        names = tuple(dict.fromkeys((*missing_fields(missing), *ALSO.get(target, ()))))
        form = self._form(request, project, target, names)
        return self._ask(request, project, target, form, missing)

    def _move(self, request: HttpRequest, project: Any, target: str) -> HttpResponse:
        movable = _movable(project)
        posted = tuple(name for name in request.POST if name in movable)
        form = self._form(request, project, target, posted, data=request.POST)
        if not form.is_valid():
            return self._ask(request, project, target, form, self._missing(project, target))
        if KEEP in request.POST:
            return self._keep(request, project, target, posted, form)
        answers = form.cleaned_data
        try:
            moved = advance_stage(
                project,
                target,
                by=request.user,
                door=Door.ADMIN,
                at=timezone.now(),
                why=answers["why"],
                values={name: answers[name] for name in posted},
                merged_into=answers.get("other_project"),
                if_version=answers["if_version"],
            )
        except DomainError as error:
            return self._refused(request, project, target, posted, error)
        text = _("%(project)s: %(stage)s.") % {"project": moved, "stage": target_name(moved.side_state or moved.stage)}
        self.message_user(request, text, messages.SUCCESS)  # type: ignore[attr-defined]
        url = self._back(request) or self.change_url(moved.pk)  # type: ignore[attr-defined]
        if _is_fragment(request):
            return HttpResponse(status=204, headers={"HX-Redirect": url})
        return HttpResponseRedirect(url)

    def _keep(
        self, request: HttpRequest, project: Any, target: str, posted: Sequence[str], form: MoveForm
    ) -> HttpResponse:
        """Save what was typed, so that it is there when what others owe has come; the project stays where it stands."""
        answers = form.cleaned_data
        typed = copy(project)
        for name in posted:
            setattr(typed, name, answers[name])
        try:
            save_project(
                typed,
                fields=posted,
                by=request.user,
                door=Door.ADMIN,
                at=timezone.now(),
                if_version=answers["if_version"],
                why=answers["why"],
            )
        except DomainError as error:
            return self._refused(request, project, target, posted, error)
        self.message_user(request, _("Saved. The project was not moved."), messages.SUCCESS)  # type: ignore[attr-defined]
        url = self.move_url(project, target)
        if _is_fragment(request):
            return HttpResponse(status=204, headers={"HX-Redirect": url})
        return HttpResponseRedirect(url)

    def _refused(
        self, request: HttpRequest, project: Any, target: str, posted: Sequence[str], error: DomainError
    ) -> HttpResponse:
        """The same form with what was typed, and with the fields that turned out to be missing."""
        missing = error.missing if isinstance(error, MoveRefused) else ()
        fresh = self.get_object(request, str(project.pk))  # type: ignore[attr-defined]
        names = tuple(dict.fromkeys((*posted, *missing_fields(missing))))
        stored = self._form(request, fresh, target, names)
        data = request.POST.copy()
        for name in names:
            if name not in request.POST:
                value = stored[name].value()
                data[name] = "" if value is None else value
        # What somebody else saved meanwhile has been said below: the next try is about the project as it stands now.
        data["if_version"] = str(fresh.version)
        form = self._form(request, fresh, target, names, data=data)
        form.full_clean()
        if error.code == stages.REASON_MISSING:
            form.add_error("why", error.message)
        elif missing:
            show_messages(form, {name: texts for name, texts in error.fields.items() if name})
        elif error.fields:
            show_messages(form, {_FORM_NAMES.get(name, name): texts for name, texts in error.fields.items()})
        else:
            form.add_error(None, error.message)
        return self._ask(request, fresh, target, form, missing)

    def _missing(self, project: Any, target: str) -> tuple[Missing, ...]:
        ahead = target in stages.STAGES and stages.stage_index(target) > stages.stage_index(project.stage)
        return missing_for_stage(project, target, at=timezone.now()) if ahead else ()

    def _form(
        self, request: HttpRequest, project: Any, target: str, names: Sequence[str], *, data: Any = None
    ) -> MoveForm:
        form_class = forms.modelform_factory(
            InvestmentProject,
            form=MoveForm,
            fields=list(names),
            formfield_callback=partial(self.formfield_for_dbfield, request=request),  # type: ignore[attr-defined]
        )
        # A copy: the form writes what was typed into its instance, and nothing of it is the project's yet.
        form: Any = form_class(data, instance=copy(project), initial={"if_version": project.version})
        form.fields["why"].help_text = _("Needed for this move.") if _needs_reason(project, target, request) else ""
        if target == stages.MERGED:
            others = visible_rows(InvestmentProject, request.user).exclude(pk=project.pk)
            column = InvestmentProject._meta.get_field("merged_into")
            form.fields["other_project"] = forms.ModelChoiceField(
                label=_("merged into"),
                queryset=others,
                required=False,
                widget=AutocompleteSelect(column, self.admin_site),  # type: ignore[attr-defined]
            )
            form.order_fields(["other_project"])
        return form  # type: ignore[no-any-return]

    # --- the pages --------------------------------------------------------------------------------------------------

    def _choose(self, request: HttpRequest, project: Any) -> HttpResponse:
        choices = [
            Choice(
                target_name(target), _kind_name(project, target, request), self._target_url(request, project, target)
            )
            for target in targets_for(project, request.user)
        ]
        return self._page(request, project, title=_("Move"), choices=choices)

    def _target_url(self, request: HttpRequest, project: Any, target: str) -> str:
        """The move to `target`, from where the person goes back to where they came from."""
        url, back = self.move_url(project, target), self._back(request)
        return f"{url}&{urlencode({'next': back})}" if back else url

    def _ask(
        self, request: HttpRequest, project: Any, target: str, form: MoveForm, missing: Sequence[Missing]
    ) -> HttpResponse:
        change_url = self.change_url(project.pk)  # type: ignore[attr-defined]
        beside = [one for one in missing if not set(missing_fields([one])) & set(form.fields)]
        return self._page(
            request,
            project,
            title=_kind_name(project, target, request),
            form=form,
            target=target or ONWARD,
            target_name=target_name(target),
            skipped=[stage_name(stage) for stage in _skipped(project, target)],
            gaps=self.gaps(request, project, beside, here=change_url),
            fields_missing=len(missing) > len(beside),
            may_keep=bool(beside) and any(name in form.fields for name in _movable(project)),
            back=self._back(request),
            move_url=self.move_url(project),
            media=self.media + form.media,  # type: ignore[attr-defined]
        )

    def _page(self, request: HttpRequest, project: Any, **context: Any) -> TemplateResponse:
        fragment = _is_fragment(request)
        return TemplateResponse(
            request,
            f"admin/promotion/project_move{'_form' if fragment else ''}.html",
            {
                **self.admin_site.each_context(request),  # type: ignore[attr-defined]
                "opts": self.opts,  # type: ignore[attr-defined]
                "object": project,
                "change_url": self.change_url(project.pk),  # type: ignore[attr-defined]
                "choose_url": self.move_url(project),
                "is_fragment": fragment,
                "media": self.media,  # type: ignore[attr-defined]
                **context,
            },
        )

    def _back(self, request: HttpRequest) -> str:
        """Where the person came from, if it is a page of ours."""
        asked = request.POST.get("next") or request.GET.get("next") or ""
        safe = url_has_allowed_host_and_scheme(
            asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )
        return asked if safe else ""

    # --- moving many ------------------------------------------------------------------------------------------------

    @list_verb(_("Move on to the next stage"))
    def move_on(self, request: HttpRequest, queryset: Any) -> str:
        """Each project through its own gate and in its own transaction; those refused are named with the reason."""
        moved, refused = 0, []
        for project in queryset:
            target = stages.next_stage(project.position)
            try:
                if target is None:
                    raise DomainError(str(_("There is no next stage for it.")))
                advance_stage(project, target, by=request.user, door=Door.ADMIN, at=timezone.now())
                moved += 1
            except DomainError as error:
                refused.append((project, error.message))
        for project, text in refused[:_NAMED]:
            line = format_html(
                '<a class="message-link" href="{}">{}</a> {}',
                self.change_url(project.pk),  # type: ignore[attr-defined]
                project.number,
                text,
            )
            self.message_user(request, line, messages.WARNING)  # type: ignore[attr-defined]
        if len(refused) > _NAMED:
            more = _("Further projects that were not moved: %(count)s.") % {"count": len(refused) - _NAMED}
            self.message_user(request, more, messages.WARNING)  # type: ignore[attr-defined]
        return str(_("Projects moved on: %(count)s.") % {"count": moved}) if moved else ""


#: What the service calls otherwise than the form.
_FORM_NAMES = {"merged_into": "other_project"}


def _movable(project: Any) -> set[str]:
    """The fields that may be filled in together with a move."""
    return {field.name for field in project._meta.concrete_fields if field.editable} - NOT_WITH_A_MOVE


def follow_up_url(request: HttpRequest, project: Any) -> str:
    """The page that logs a follow-up of the project, for those who may open it."""
    return page_url(request, "follow_up", project)


def page_url(request: HttpRequest, name: str, project: Any) -> str:
    """A page of the admin about the project, for those who may open it."""
    may_open = any(page.name == name and page.may_open(request.user) for page in pages())
    return f"{reverse(f'admin:{name}')}?project={project.public_id}" if may_open else ""


def _writes_notes(project: Any, request: HttpRequest) -> bool:
    return not project.has_ended and has_charge(project, request.user)


def steps(project: Any, skipped: frozenset[str]) -> list[Step]:
    """The eight stages as the project stands; days of stages ahead of it do not count and are not shown."""
    here = stages.stage_index(project.stage)
    found = []
    for place, stage in enumerate(stages.STAGES):
        state = "here" if place == here else "ahead" if place > here else "skipped" if stage in skipped else "done"
        reached = state in ("done", "here")
        found.append(Step(stage_name(stage), state, getattr(project, project.STAGE_DATES[stage]) if reached else None))
    return found


def _verdict(project: Any, target: str, request: HttpRequest, reason: str = "asked") -> stages.Verdict:
    move = stages.Move(target, reason, project, may_reopen(request.user))
    return stages.judge_move(project.position, move, project.track)


def _needs_reason(project: Any, target: str, request: HttpRequest) -> bool:
    return _verdict(project, target, request, reason="").refusal == stages.REASON_MISSING


def _skipped(project: Any, target: str) -> tuple[str, ...]:
    return stages.stages_between(project.stage, target) if target in stages.STAGES else ()


def _kind_name(project: Any, target: str, request: HttpRequest) -> str:
    names = {
        stages.FORWARD: _("Move on"),
        stages.SKIP: _("Skip"),
        stages.BACK: _("Move back"),
        stages.ASIDE: _("Set aside"),
        stages.RESUME: _("Take up again"),
        stages.REOPEN: _("Reopen"),
    }
    return str(names[_verdict(project, target, request).kind])


def _is_fragment(request: HttpRequest) -> bool:
    return "_fragment" in request.GET or "_fragment" in request.POST
