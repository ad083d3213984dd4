"""Verbs of the admin: a button that asks, then calls one service; its refusal is a message, never a 500.

Unfold's buttons above a record are plain links, so a verb that writes first shows a page that says what will happen and
takes the reason; only the POST from there calls the service.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.decorators import action as list_action
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action as unfold_action
from unfold.widgets import UnfoldAdminTextInputWidget

from pinghu.admin.looks import log_look
from pinghu.errors import DomainError


class VerbForm(forms.Form):
    """What a verb asks before it acts; a verb with more questions extends it."""

    change_reason = forms.CharField(
        label=_("Reason for this change"),
        help_text=_("Kept in the history beside what you changed."),
        required=False,
        max_length=500,
        widget=UnfoldAdminTextInputWidget,
    )


def verb(
    description: Any,
    *,
    question: Any,
    permissions: Sequence[str] = ("change",),
    url_path: str | None = None,
    form_class: type[forms.Form] = VerbForm,
    icon: str | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A button above one record: `@verb(_("Publish"), question=_("…"))` on `method(self, request, record, **answers)`.

    The method calls its service and returns the message to show (or a response). List its name in `actions_detail`.
    `question` says what will happen. `answers` are the form's cleaned data; a link may fill the form in before
    (`?text=…`). DomainError and its field errors appear on
    the page that asked.
    """

    def decorate(method: Callable[..., Any]) -> Callable[..., Any]:
        @unfold_action(description=description, permissions=permissions, url_path=url_path, icon=icon)
        @wraps(method)
        def ask_then_do(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
            record = self.get_object(request, unquote(object_id))
            if record is None:
                raise Http404
            log_look(request, record, url_path or method.__name__)
            given = {name: request.GET[name] for name in form_class.base_fields if name in request.GET}
            form = form_class(request.POST if request.method == "POST" else None, initial=given)
            if request.method == "POST" and form.is_valid():
                try:
                    done = method(self, request, record, **form.cleaned_data)
                except DomainError as error:
                    _show_on(form, error)
                else:
                    return _answered(self, request, done, self.change_url(record.pk))
            context = {
                **self.admin_site.each_context(request),
                "title": description,
                "opts": self.opts,
                "object": record,
                "question": question,
                "form": form,
                "change_url": self.change_url(record.pk),
                "media": self.media + form.media,
            }
            return TemplateResponse(request, "admin/verb.html", context)

        return ask_then_do

    return decorate


def list_verb(
    description: Any, *, permissions: Sequence[str] = ("change",)
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """An action on the ticked rows of a list: `method(self, request, queryset)` calls a service, returns a message."""

    def decorate(method: Callable[..., Any]) -> Callable[..., Any]:
        @list_action(description=description, permissions=permissions)
        @wraps(method)
        def do(self: Any, request: HttpRequest, queryset: Any) -> HttpResponse | None:
            if not all(getattr(self, f"has_{name}_permission")(request) for name in permissions):
                raise PermissionDenied
            try:
                done = method(self, request, queryset)
            except DomainError as error:
                self.message_user(request, error.message, messages.ERROR)
                return None
            if isinstance(done, HttpResponse):
                return done
            if done:
                self.message_user(request, done, messages.SUCCESS)
            return None

        return do

    return decorate


def _answered(admin: Any, request: HttpRequest, done: Any, url: str) -> HttpResponse:
    if isinstance(done, HttpResponse):
        return done
    if done:
        admin.message_user(request, done, messages.SUCCESS)
    return HttpResponseRedirect(url)


def _show_on(form: forms.Form, error: DomainError) -> None:
    for name, texts in error.fields.items():
        form.add_error(name if name in form.fields else None, [str(text) for text in texts])
    if not error.fields:
        form.add_error(None, error.message)
