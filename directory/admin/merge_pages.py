"""Two pages beside an enterprise: those that may be the same, and merging one of them into it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AutocompleteSelect
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from directory.admin.duplicates import alike
from directory.models import Enterprise
from directory.services.merging import MergePreview, mark_not_duplicate, merge, preview_merge
from pinghu.admin.autocomplete import visible_rows
from pinghu.admin.values import Labels
from pinghu.errors import DomainError
from pinghu.formats import to_whole
from pinghu.ledger.models import Door


class OtherForm(forms.Form):
    """Which other enterprise is the same."""

    def __init__(self, *args: Any, request: HttpRequest, admin_site: Any, exclude: Enterprise, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["other"] = forms.ModelChoiceField(
            label=_("The other enterprise"),
            help_text=_("By name, pinyin or credit code"),
            queryset=visible_rows(Enterprise, request.user).exclude(pk=exclude.pk),
            widget=AutocompleteSelect(Enterprise._meta.get_field("successor"), admin_site),
        )


class ConfirmForm(forms.Form):
    """Whose value is kept in each column that differs, the versions that were compared, and why they are one."""

    why = forms.CharField(
        label=_("Why they are the same"),
        help_text=_("Kept in the history of both."),
        max_length=300,
        widget=UnfoldAdminTextInputWidget,
    )

    def __init__(self, *args: Any, preview: MergePreview, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.preview = preview
        for row in (preview.survivor, preview.absorbed):
            self.fields[f"version_{row.pk}"] = forms.IntegerField(initial=row.version, widget=forms.HiddenInput)
        for choice in preview.choices:
            self.fields[f"take_{choice.name}"] = forms.ChoiceField(
                choices=[("survivor", ""), ("absorbed", "")], initial=choice.default, required=False
            )

    @property
    def taken(self) -> list[str]:
        """Columns whose value comes from the absorbed row."""
        names = (choice.name for choice in self.preview.choices)
        return [name for name in names if self.cleaned_data.get(f"take_{name}") == "absorbed"]

    @property
    def versions(self) -> dict[int, int]:
        pair = (self.preview.survivor, self.preview.absorbed)
        return {row.pk: self.cleaned_data[f"version_{row.pk}"] for row in pair}


class MergePages:
    """For the enterprise's admin."""

    def has_merge_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self.has_change_permission(request) and request.user.has_perm("directory.add_mergerecord")  # type: ignore[attr-defined]

    def _record(self, request: HttpRequest, object_id: str) -> Enterprise:
        record: Enterprise | None = self.get_object(request, unquote(object_id))  # type: ignore[attr-defined]
        if record is None:
            raise Http404
        return record

    def _page(self, request: HttpRequest, template: str, record: Enterprise, **context: Any) -> TemplateResponse:
        return TemplateResponse(
            request,
            f"admin/directory/enterprise/{template}.html",
            {
                **self.admin_site.each_context(request),  # type: ignore[attr-defined]
                "opts": self.opts,  # type: ignore[attr-defined]
                "object": record,
                "change_url": self.change_url(record.pk),  # type: ignore[attr-defined]
                "may_merge": self.has_merge_permission(request),
                **context,
            },
        )

    # --- possible duplicates ----------------------------------------------------------------------------------------

    @action(description=_("Possible duplicates"), url_path="duplicates", permissions=["view"], icon="content_copy")
    def duplicates_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Enterprises like this one, with reasons; POST says that one of them is not the same."""
        record = self._record(request, object_id)
        if request.method == "POST" and self.has_merge_permission(request):
            other = visible_rows(Enterprise, request.user).filter(pk=to_whole(request.POST.get("other"))).first()
            if other is None:
                raise Http404
            mark_not_duplicate(
                record, other, by=request.user, door=Door.ADMIN, why=request.POST.get("why", "").strip()[:300]
            )
            text = _("%(one)s and %(other)s are remembered as different.") % {"one": record, "other": other}
            self.message_user(request, text, messages.SUCCESS)  # type: ignore[attr-defined]
            return HttpResponseRedirect(request.path)
        names = (record.registered_name, record.short_name, record.name_en)
        found = alike(names, record.uscc, user=request.user, exclude=record.pk, limit=10)
        return self._page(
            request,
            "duplicates",
            record,
            title=_("Possible duplicates"),
            found=found,
            merge_url=reverse("admin:directory_enterprise_merge_page", args=[record.pk]),
        )

    # --- merging ----------------------------------------------------------------------------------------------------

    @action(description=_("Merge with another"), url_path="merge", permissions=["merge"], icon="merge")
    def merge_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Choose the other (`?other=`), compare the two, confirm with a reason."""
        record = self._record(request, object_id)
        # What is no key is as good as nothing chosen: the widget would look for its row.
        chosen = to_whole(request.GET.get("other"))
        asked = OtherForm(
            {"other": chosen or ""} if "other" in request.GET else None,
            request=request,
            admin_site=self.admin_site,  # type: ignore[attr-defined]
            exclude=record,
        )
        if not asked.is_valid():
            names = (record.registered_name, record.short_name, record.name_en)
            found = alike(names, record.uscc, user=request.user, exclude=record.pk)
            media = self.media + asked.media  # type: ignore[attr-defined]
            return self._page(
                request, "merge_choose", record, title=_("Merge with another"), form=asked, found=found, media=media
            )
        other = asked.cleaned_data["other"]
        preview = preview_merge(record, other, user=request.user)
        form = ConfirmForm(request.POST if request.method == "POST" else None, preview=preview)
        if request.method == "POST" and form.is_valid():
            try:
                done = merge(
                    record,
                    other,
                    by=request.user,
                    door=Door.ADMIN,
                    why=form.cleaned_data["why"],
                    take_absorbed=form.taken,
                    versions=form.versions,
                )
            except DomainError as error:
                # Compared anew: the person sees the rows as they stand now, and their own choices.
                record = self._record(request, object_id)
                other.refresh_from_db()
                preview = preview_merge(record, other, user=request.user)
                answers = request.POST.copy()
                for row in (record, other):
                    answers[f"version_{row.pk}"] = str(row.version)
                form = ConfirmForm(answers, preview=preview)
                form.is_valid()
                form.add_error(None, error.message)
            else:
                undo = reverse("admin:directory_mergerecord_change", args=[done.pk])
                text = format_html(
                    '{} <a class="message-link" href="{}">{}</a>',
                    _("%(absorbed)s is now part of %(survivor)s.") % {"absorbed": other, "survivor": record},
                    undo,
                    _("What moved, and how to undo it"),
                )
                self.message_user(request, text, messages.SUCCESS)  # type: ignore[attr-defined]
                return HttpResponseRedirect(self.change_url(record.pk))  # type: ignore[attr-defined]
        return self._page(
            request,
            "merge_confirm",
            record,
            title=_("Merge %(other)s into %(record)s") % {"other": other, "record": record},
            other=other,
            form=form,
            rows=_comparison(preview, form, request.user, self.admin_site),  # type: ignore[attr-defined]
            moving=sorted(preview.moving.items()),
            swap_url=f"{reverse('admin:directory_enterprise_merge_page', args=[other.pk])}?other={record.pk}",
        )


def _comparison(preview: MergePreview, form: ConfirmForm, user: Any, admin_site: Any) -> list[dict[str, Any]]:
    """Each differing column: its label, both values as people read them, and which is chosen."""
    labels = Labels(user, admin_site)
    columns: dict[str, Any] = {choice.name: Enterprise._meta.get_field(choice.name) for choice in preview.choices}
    pair = (preview.survivor, preview.absorbed)
    for column in columns.values():
        labels.want(column, *(column.value_from_object(row) for row in pair))
    rows = []
    for choice in preview.choices:
        column = columns[choice.name]
        ours, theirs = (labels.of(column, column.value_from_object(row)) for row in pair)
        name = f"take_{choice.name}"
        chosen = form[name].value() or choice.default
        rows.append({"name": name, "label": choice.label, "ours": ours, "theirs": theirs, "chosen": chosen})
    return rows
