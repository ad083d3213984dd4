"""Forms of promotion's public pages."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from directory.models import Enterprise
from directory.rules import uscc as credit_code
from promotion.models import CaseKind, CaseRating, ServiceCase


class CaseRequestForm(forms.Form):
    """What an enterprise asks for, without an account. `website` is for robots alone: people do not see it."""

    enterprise_name = forms.CharField(label=_("Enterprise"), max_length=200)
    uscc = forms.CharField(
        label=_("Credit code"), max_length=40, required=False, help_text=_("18 characters, on the business licence.")
    )
    kind = forms.ModelChoiceField(label=_("Subject"), queryset=CaseKind.objects.none(), required=False)
    title = forms.CharField(label=_("In one line"), max_length=120)
    text = forms.CharField(
        label=_("What happened, and what you need"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("No identity numbers, home addresses or state secrets."),
    )
    reporter_name = forms.CharField(label=_("Your name"), max_length=80)
    reporter_phone = forms.CharField(label=_("Business phone"), max_length=40, required=False)
    reporter_email = forms.EmailField(label=_("Business e-mail"), required=False)
    website = forms.CharField(required=False, widget=forms.HiddenInput)
    client_key = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"client_key": str(uuid.uuid4())})
        super().__init__(*args, **kwargs)
        kinds: Any = self.fields["kind"]
        kinds.queryset = CaseKind.objects.published().filter(is_active=True)
        kinds.empty_label = _("I do not know")

    def clean_uscc(self) -> str:
        code = credit_code.normalise(self.cleaned_data["uscc"])
        if code and credit_code.problem(code):
            raise forms.ValidationError(_("This is no credit code. Compare it with the licence, or leave it empty."))
        return code

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not (said.get("reporter_phone") or said.get("reporter_email")):
            self.add_error("reporter_phone", _("Give a phone or an e-mail, so that we can ask back."))
        return said

    @property
    def is_robot(self) -> bool:
        return bool(self.data.get("website"))

    def case(self) -> ServiceCase:
        """The case as it was asked for; an enterprise is linked by its credit code alone."""
        said = self.cleaned_data
        enterprise = Enterprise.objects.published().filter(uscc=said["uscc"]).first() if said["uscc"] else None
        kind = said["kind"]
        return ServiceCase(
            title=said["title"],
            text=said["text"],
            kind=kind,
            complexity=kind.default_complexity
            if kind is not None
            else ServiceCase._meta.get_field("complexity").default,
            enterprise=enterprise,
            enterprise_name=said["enterprise_name"],
            reporter_name=said["reporter_name"],
            reporter_phone=said["reporter_phone"],
            reporter_email=said["reporter_email"],
            intake=ServiceCase.Intake.WEB,
        )


class FollowForm(forms.Form):
    """The number and the secret that came with it."""

    number = forms.CharField(label=_("Number"), max_length=20, help_text=_("For example B2026-0001."))
    secret = forms.CharField(label=_("Secret"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"}))


class EnterpriseAnswerForm(forms.Form):
    answer = forms.CharField(label=_("Your answer"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4}))


class RatingForm(forms.Form):
    grade = forms.TypedChoiceField(
        label=_("How content are you?"), choices=CaseRating.Grade.choices, coerce=int, widget=forms.RadioSelect
    )
    is_solved = forms.TypedChoiceField(
        label=_("Was it solved?"),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        coerce=lambda value: value == "yes",
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )
    comment = forms.CharField(label=_("What should be better"), max_length=500, required=False)
