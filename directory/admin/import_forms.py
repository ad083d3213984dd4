"""What the import pages ask: the file, then which column means what, then what a person decides."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from directory.models import DataSource, Exchange, ImportRun, IndustryChain, Park, QualificationType, RankingList
from directory.services.importing import kinds_for
from directory.services.importing.kinds import kind_of
from directory.services.importing.kinds.base import Kind

_OPTIONS: dict[str, tuple[Any, str]] = {
    "park": (Park, "code"),
    "chain": (IndustryChain, "code"),
    "exchange": (Exchange, "mic"),
    "ranking": (RankingList, "code"),
    "type": (QualificationType, "code"),
}


class UploadForm(forms.Form):
    """The file and where it comes from."""

    kind = forms.ChoiceField(label=_("What the rows are"), widget=UnfoldAdminSelectWidget)
    source = forms.ModelChoiceField(
        label=_("Where it comes from"),
        queryset=DataSource.objects.none(),
        empty_label=None,
        help_text=_("Decides whose values win, and how the columns were mapped last time."),
        widget=UnfoldAdminSelectWidget,
    )
    file = forms.FileField(
        label=_("File"),
        help_text=_("XLSX, XLS or CSV (UTF-8 or GB18030); title rows above the headings do no harm."),
        allow_empty_file=True,
        # Unfold's script writes a chosen file's name into the first text box near it: this widget brings that box along.
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".xlsx,.xls,.csv,.txt"}),
    )
    sheet = forms.CharField(
        label=_("Sheet"),
        help_text=_("Empty: the first one with rows."),
        required=False,
        max_length=100,
        widget=UnfoldAdminTextInputWidget,
    )
    header_row = forms.IntegerField(
        label=_("Headings in row"),
        help_text=_("Empty: found by itself."),
        required=False,
        min_value=1,
        max_value=1000,
        widget=UnfoldAdminTextInputWidget,
    )
    again = forms.BooleanField(
        label=_("Import it again although this file was applied before"), required=False, widget=UnfoldBooleanWidget
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = kinds_for(user)  # type: ignore[attr-defined]
        field = self.fields["source"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = DataSource.objects.exclude(code__in=["demo", "verified", "staff"])
        field.initial = DataSource.objects.filter(code="bureau").first()


class MappingForm(forms.Form):
    """A field for each column, and values for every row; names are `column-<place>` and `fixed-<field>`."""

    is_complete = forms.BooleanField(
        label=_("The list is complete"),
        help_text=_("Enterprises of ours that it does not hold are proposed for a status check; nothing is changed."),
        required=False,
        widget=UnfoldBooleanWidget,
    )

    def __init__(self, *args: Any, run: ImportRun, samples: dict[str, list[str]], **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"is_complete": run.is_complete})
        super().__init__(*args, **kwargs)
        self.run = run
        self.kind = kind_of(run.kind)
        self.samples = samples
        if type(self.kind).absent is Kind.absent:
            del self.fields["is_complete"]
        choices = [("", _("(leave out)")), *((field.name, field.label) for field in self.kind.mappable)]
        for place, header in enumerate(run.headers):
            self.fields[f"column-{place}"] = forms.ChoiceField(
                label=header,
                choices=choices,
                initial=run.mapping.get(header, ""),
                required=False,
                widget=UnfoldAdminSelectWidget,
            )
        for name in self.kind.fixable:
            self.fields[f"fixed-{name}"] = self._fixed(name)

    def _fixed(self, name: str) -> forms.Field:
        field = self.kind.by_name[name]
        initial = self.run.fixed_values.get(name, "")
        options: list[tuple[str, Any]] = list(field.choices)
        if field.options is not None:
            options = list(field.options())
        if name in _OPTIONS:
            model, code = _OPTIONS[name]
            options = [(getattr(row, code), row) for row in model.objects.all()]
        if not options:
            return forms.CharField(
                label=field.label, initial=initial, required=False, max_length=100, widget=UnfoldAdminTextInputWidget
            )
        if initial and initial not in dict(options):
            options.append((initial, initial))
        return forms.ChoiceField(
            label=field.label,
            choices=[("", "—"), *options],
            initial=initial,
            required=False,
            widget=UnfoldAdminSelectWidget,
        )

    def columns(self) -> list[dict[str, Any]]:
        """Heading, its select, and the first values below it."""
        return [
            {"header": header, "field": self[f"column-{place}"], "samples": self.samples.get(header, [])}
            for place, header in enumerate(self.run.headers)
        ]

    def kept(self) -> list[tuple[Any, str]]:
        """Values for every row that were set elsewhere and stay: the command line knows more fields."""
        rest = {name: value for name, value in self.run.fixed_values.items() if name not in self.kind.fixable}
        return [(self.kind.by_name[name].label if name in self.kind.by_name else name, rest[name]) for name in rest]

    def fixed_fields(self) -> list[Any]:
        return [self[f"fixed-{name}"] for name in self.kind.fixable]

    @property
    def mapping(self) -> dict[str, str]:
        return {
            header: name
            for place, header in enumerate(self.run.headers)
            if (name := self.cleaned_data.get(f"column-{place}"))
        }

    @property
    def fixed(self) -> dict[str, str]:
        own = {name: value for name in self.kind.fixable if (value := self.cleaned_data.get(f"fixed-{name}"))}
        # What was set elsewhere (`kept`) stays, unless a column gives it now.
        stays = {
            n: v for n, v in self.run.fixed_values.items() if n not in (*self.kind.fixable, *self.mapping.values())
        }
        return {**stays, **own}

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if wrong := self._misfits():
            self.add_error(
                None,
                _("This form does not fit the file (%(names)s). Open the page again.") % {"names": ", ".join(wrong)},
            )
        seen: dict[str, str] = {}
        for place, header in enumerate(self.run.headers):
            name = data.get(f"column-{place}")
            if name and name in seen:
                self.add_error(f"column-{place}", _("“%(other)s” is this field already.") % {"other": seen[name]})
            elif name:
                seen[name] = header
        for name in self.kind.fixable:
            if data.get(f"fixed-{name}") and name in seen:
                self.add_error(
                    f"fixed-{name}",
                    _("The column “%(column)s” gives this field already. Leave one of the two empty.")
                    % {"column": seen[name]},
                )
        return data

    def _misfits(self) -> list[str]:
        """Names that an outdated page or a hand-made request sends, sends twice or leaves out."""
        sent = {name for name in self.data if name.startswith(("column-", "fixed-"))}
        twice = {name for name in sent if len(self.data.getlist(name)) > 1}
        missing = {name for name in self.fields if name.startswith("column-")} - sent
        return sorted({name[:40] for name in (sent - set(self.fields)) | twice | missing})[:5]
