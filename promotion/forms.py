"""Forms of promotion's public pages."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from directory.models import ChainSegment, Enterprise
from directory.rules import uscc as credit_code
from promotion.models import CaseKind, CaseRating, ServiceCase, WareVisibility


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


# --- the portal ------------------------------------------------------------------------------------------------------


class CodeForm(forms.Form):
    """A code that somebody was told."""

    code = forms.CharField(label=_("Code"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"}))


class RegisterForm(CodeForm):
    """An invitation's code and a new account."""

    name = forms.CharField(label=_("Your name"), max_length=80)
    username = forms.CharField(label=_("Name to sign in with"), max_length=60)
    email = forms.EmailField(label=_("Business e-mail"), required=False)
    password = forms.CharField(
        label=_("Password"),
        max_length=128,
        help_text=_("Ten characters or more, not only digits."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class ClaimForm(forms.Form):
    """A claim to act for an enterprise."""

    job_title = forms.CharField(label=_("Your position there"), max_length=80)
    licence = forms.FileField(
        label=_("Business licence"), required=False, max_length=250, help_text=_("A photo or PDF, up to 20 MB.")
    )


class MemberRequestForm(forms.Form):
    """A request of an enterprise that is signed in."""

    kind = forms.ModelChoiceField(label=_("Subject"), queryset=CaseKind.objects.none(), required=False)
    title = forms.CharField(label=_("In one line"), max_length=120)
    text = forms.CharField(
        label=_("What happened, and what you need"), max_length=4000, widget=forms.Textarea(attrs={"rows": 6})
    )
    client_key = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"client_key": str(uuid.uuid4())})
        super().__init__(*args, **kwargs)
        kinds: Any = self.fields["kind"]
        kinds.queryset = CaseKind.objects.published().filter(is_active=True)
        kinds.empty_label = _("I do not know")

    def case(self, enterprise: Enterprise) -> ServiceCase:
        said = self.cleaned_data
        kind = said["kind"]
        return ServiceCase(
            title=said["title"],
            text=said["text"],
            kind=kind,
            complexity=kind.default_complexity
            if kind is not None
            else ServiceCase._meta.get_field("complexity").default,
            enterprise=enterprise,
            intake=ServiceCase.Intake.PORTAL,
        )


class CorrectionForm(forms.Form):
    """One field of one's entry, and what it should say."""

    field = forms.ChoiceField(label=_("What is wrong"))
    value = forms.CharField(label=_("What it should say"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    proof = forms.CharField(label=_("Where that can be seen"), max_length=500, required=False)

    def offer(self, enterprise: Enterprise, names: Any) -> None:
        """The fields open to suggestions, with what they say now."""
        choice: Any = self.fields["field"]
        columns: dict[str, Any] = {name: enterprise._meta.get_field(name) for name in names}
        choice.choices = [
            (name, f"{column.verbose_name}: {str(getattr(enterprise, name) or '–')[:40]}")
            for name, column in columns.items()
        ]


class WareForm(forms.Form):
    """An offer or a need."""

    product = forms.CharField(label=_("Product"), max_length=120)
    specification = forms.CharField(label=_("Specification"), max_length=300, required=False)
    segment = forms.ModelChoiceField(label=_("Chain segment"), queryset=ChainSegment.objects.none(), required=False)
    quantity = forms.DecimalField(
        label=_("Quantity a year"), min_value=0, max_digits=14, decimal_places=2, required=False
    )
    unit = forms.CharField(label=_("Unit of quantity"), max_length=20, required=False)
    certificates = forms.CharField(
        label=_("Certificates"),
        max_length=200,
        required=False,
        help_text=_("Separated by commas: IATF 16949, ISO 13485."),
    )
    valid_until = forms.DateField(
        label=_("Valid until"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    visibility = forms.ChoiceField(label=_("Who may read it"), choices=WareVisibility.choices)
    is_active = forms.BooleanField(label=_("It stands"), required=False)

    def __init__(self, *args: Any, row: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {name: getattr(row, name) for name in self.base_fields})
        super().__init__(*args, **kwargs)

    def segments(self, rows: Any) -> None:
        choice: Any = self.fields["segment"]
        choice.queryset = rows.select_related("chain").order_by("chain__order", "order", "pk")
