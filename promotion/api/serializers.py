"""What the API tells of leads and projects, and what it takes. Fields are listed one by one: none appears by itself.

Rows that a record refers to are shown as far as the reader may see them; of others there is nothing, not even a name.
"""

from datetime import UTC
from typing import Any, ClassVar

from django.urls import reverse
from django_countries import countries
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from directory.api.serializers import NamedSerializer
from directory.models import ChainSegment, CorporateGroup, Enterprise, IndustryChain, IndustryClass, Park
from directory.presenting import local
from pinghu.accounts.models import Department, User
from pinghu.api.writing import RowField, StrictBody
from promotion.models import Counterpart, InvestmentProject, Lead, LeadChannel, Level, PromotionActivity, Track
from promotion.models.base import CURRENCIES
from promotion.services import leads, projects
from promotion.services.projects import targets_for

#: In the address of a move: what going on again is called, which has no stage of its own.
ONWARD = "running"


class RefSerializer(serializers.Serializer[Any]):
    """A row by its public id, with what it is called."""

    id = serializers.CharField()
    name = serializers.CharField()


def ref(row: Any) -> dict[str, str] | None:
    return None if row is None else {"id": row.public_id, "name": str(row)}


def coded(row: Any) -> dict[str, str] | None:
    return None if row is None else {"code": row.code, "name": local(row)}


@extend_schema_field(RefSerializer(allow_null=True))
class RefField(serializers.Field[Any, Any, Any, Any]):
    """The row that a column refers to, by its public id and name."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, **options)

    def to_representation(self, value: Any) -> dict[str, str] | None:
        return ref(value)


@extend_schema_field(NamedSerializer(allow_null=True))
class NamedField(RefField):
    """The same for rows that have a code of their own."""

    def to_representation(self, value: Any) -> dict[str, str] | None:
        return coded(value)


def segment_code(segment: Any) -> str:
    return f"{segment.chain.code}/{segment.code}"


# --- read ------------------------------------------------------------------------------------------------------------


class GuardedSerializer(serializers.Serializer[Any]):
    """What leads and projects share. The view's `seen` holds the guarded rows beside them that the reader sees."""

    id = serializers.CharField(source="public_id", help_text="Public id: 12 characters, never changes.")
    number = serializers.CharField()
    name = serializers.CharField()
    name_en = serializers.CharField()
    counterpart = serializers.SerializerMethodField()
    group = RefField()
    enterprise = RefField()
    chain = NamedField()
    segment = serializers.SerializerMethodField(help_text="Its code is `chain/segment`.")
    owner = RefField()
    unit = NamedField()
    confidentiality = serializers.CharField()
    code_name = serializers.CharField()
    next_step = serializers.CharField()
    next_on = serializers.DateField(allow_null=True)
    last_contact_at = serializers.DateTimeField(allow_null=True, default_timezone=UTC)
    is_demo = serializers.BooleanField(help_text="Made up for a demonstration.")
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField(default_timezone=UTC)
    updated_at = serializers.DateTimeField(default_timezone=UTC)

    def seen(self, kind: str, key: Any) -> dict[str, str] | None:
        return self.context["view"].seen[kind].get(key)  # type: ignore[no-any-return]

    @extend_schema_field(RefSerializer(allow_null=True))
    def get_counterpart(self, row: Any) -> dict[str, str] | None:
        return self.seen("counterpart", row.counterpart_id)

    @extend_schema_field(NamedSerializer(allow_null=True))
    def get_segment(self, row: Any) -> dict[str, str] | None:
        return None if row.segment is None else {"code": segment_code(row.segment), "name": local(row.segment)}


class LeadSerializer(GuardedSerializer):
    """First information about somebody who may invest."""

    uscc = serializers.CharField(help_text="Unified social credit code, GB 32100-2015.")
    origin = serializers.CharField()
    country = serializers.CharField()
    business = serializers.CharField()
    status = serializers.CharField(help_text="new, screened, converted or closed: set by verbs.")
    channel = NamedField()
    activity = RefField()
    referrer = serializers.CharField()
    referring_enterprise = RefField()
    intended_investment = serializers.DecimalField(max_digits=18, decimal_places=2, allow_null=True)
    currency = serializers.CharField()
    space_kind = serializers.CharField()
    space_m2 = serializers.DecimalField(max_digits=12, decimal_places=2, allow_null=True)
    detail = serializers.CharField()
    is_long_term = serializers.BooleanField()
    complete_at = serializers.DateTimeField(
        allow_null=True, default_timezone=UTC, help_text="When what a first report needs was filled in."
    )
    screened_on = serializers.DateField(allow_null=True)
    screening_note = serializers.CharField()
    closed_on = serializers.DateField(allow_null=True)
    close_reason = serializers.CharField()
    close_note = serializers.CharField()
    project = serializers.SerializerMethodField(help_text="What it became, if you see it.")

    @extend_schema_field(RefSerializer(allow_null=True))
    def get_project(self, row: Lead) -> dict[str, str] | None:
        return self.seen("project", row.pk)


class ProjectSerializer(GuardedSerializer):
    """One investment into the zone."""

    track = serializers.CharField()
    stage = serializers.CharField(help_text="Moved by `move` alone.")
    side_state = serializers.CharField(help_text="Empty while it runs; moved by `move` alone.")
    stage_since = serializers.DateTimeField(
        allow_null=True,
        default_timezone=UTC,
        help_text="Since when it stands so: in this stage and side state. Pausing and going on are moves as well.",
    )
    may_move_to = serializers.SerializerMethodField(
        help_text="Where you may move it, once what the stage asks is there; `running` is going on again."
    )
    lead = serializers.SerializerMethodField(help_text="Where it came from, if you see it.")
    merged_into = serializers.SerializerMethodField()
    investor = serializers.CharField()
    investor_country = serializers.CharField()
    industry = NamedField()
    park = NamedField()
    content = serializers.CharField()
    currency = serializers.CharField()
    total_investment = serializers.DecimalField(max_digits=18, decimal_places=2, allow_null=True)
    fixed_assets = serializers.DecimalField(max_digits=18, decimal_places=2, allow_null=True)
    foreign_capital = serializers.DecimalField(max_digits=18, decimal_places=2, allow_null=True)
    foreign_share = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    land_m2 = serializers.DecimalField(max_digits=12, decimal_places=2, allow_null=True)
    floor_m2 = serializers.DecimalField(max_digits=12, decimal_places=2, allow_null=True)
    yearly_output = serializers.DecimalField(max_digits=18, decimal_places=2, allow_null=True)
    yearly_tax = serializers.DecimalField(max_digits=18, decimal_places=2, allow_null=True)
    energy_tce = serializers.DecimalField(max_digits=12, decimal_places=2, allow_null=True)
    jobs = serializers.IntegerField(allow_null=True)
    negotiating_since = serializers.DateField(allow_null=True)
    reviewed_on = serializers.DateField(allow_null=True)
    agreement_no = serializers.CharField()
    signed_on = serializers.DateField(allow_null=True)
    signed_amount = serializers.DecimalField(max_digits=18, decimal_places=2, allow_null=True)
    signing_event = serializers.CharField()
    company_name = serializers.CharField()
    uscc = serializers.CharField()
    registered_capital = serializers.DecimalField(max_digits=18, decimal_places=2, allow_null=True)
    registered_on = serializers.DateField(allow_null=True)
    filing_code = serializers.CharField()
    filed_on = serializers.DateField(allow_null=True)
    started_on = serializers.DateField(allow_null=True)
    completed_on = serializers.DateField(allow_null=True)
    first_output_on = serializers.DateField(allow_null=True)
    full_capacity_on = serializers.DateField(allow_null=True)
    competitor = serializers.CharField()
    lessons = serializers.CharField()
    note = serializers.CharField()

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_may_move_to(self, row: InvestmentProject) -> list[str]:
        return [target or ONWARD for target in targets_for(row, self.context["request"].user)]

    @extend_schema_field(RefSerializer(allow_null=True))
    def get_lead(self, row: InvestmentProject) -> dict[str, str] | None:
        return self.seen("lead", row.lead_id)

    @extend_schema_field(RefSerializer(allow_null=True))
    def get_merged_into(self, row: InvestmentProject) -> dict[str, str] | None:
        return self.seen("project", row.merged_into_id)


class StageChangeSerializer(serializers.Serializer[Any]):
    """One move of a project, as it was written down."""

    id = serializers.CharField(source="public_id")
    kind = serializers.CharField(help_text="created, forward, skip, back, aside, resume or reopen")
    from_stage = serializers.CharField()
    from_side = serializers.CharField()
    to_stage = serializers.CharField()
    to_side = serializers.CharField()
    skipped = serializers.ListField(child=serializers.CharField())
    by = RefField()
    at = serializers.DateTimeField(default_timezone=UTC)
    why = serializers.CharField()
    door = serializers.CharField()


# --- written ---------------------------------------------------------------------------------------------------------


def _text(length: int | None = None) -> serializers.CharField:
    return serializers.CharField(max_length=length, required=False, allow_blank=True)


def _amount(digits: int = 18) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=digits, decimal_places=2, required=False, allow_null=True, min_value=0)


def _date() -> serializers.DateField:
    return serializers.DateField(required=False, allow_null=True)


class CountryField(serializers.CharField):
    """ISO 3166-1 alpha-2, or empty."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=2, required=False, allow_blank=True, help_text="ISO 3166-1 alpha-2", **kwargs)

    def to_internal_value(self, data: Any) -> str:
        code = super().to_internal_value(data).upper()
        if code and code not in countries:
            self.fail("invalid")
        return code


class SegmentField(RowField):
    """A segment as `chain/segment`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(ChainSegment, help_text="`chain/segment`", **kwargs)

    def find(self, rows: Any, text: str) -> Any:
        chain, _slash, code = text.partition("/")
        return rows.filter(chain__code=chain, code=code).first()


class GuardedBody(StrictBody):
    """What leads and projects share."""

    name = serializers.CharField(max_length=200)
    name_en = _text(200)
    counterpart = RowField(Counterpart)
    group = RowField(CorporateGroup)
    enterprise = RowField(Enterprise)
    chain = RowField(IndustryChain, key="code")
    segment = SegmentField()
    owner = RowField(User)
    unit = RowField(Department, key="code")
    confidentiality = serializers.ChoiceField(choices=Level.choices, required=False)
    code_name = _text(60)
    currency = serializers.ChoiceField(choices=CURRENCIES, required=False)


_NEVER_TYPED = frozenset({"id", "public_id", "version", "created_at", "updated_at", "is_demo"})


class LeadBody(GuardedBody):
    """A lead as it is entered or changed."""

    kept: ClassVar[frozenset[str]] = leads.KEPT | _NEVER_TYPED | {"project"}

    uscc = _text(40)
    origin = _text(100)
    country = CountryField()
    business = _text(300)
    channel = RowField(LeadChannel, key="code")
    activity = RowField(PromotionActivity)
    referrer = _text(120)
    referring_enterprise = RowField(Enterprise)
    intended_investment = _amount()
    space_kind = serializers.ChoiceField(choices=Lead.SpaceKind.choices, required=False)
    space_m2 = _amount(12)
    detail = _text()
    is_long_term = serializers.BooleanField(required=False)
    confirmed = serializers.BooleanField(
        required=False, help_text="It is none of what was shown as possibly the same. Never passes the same code."
    )


class ConvertBody(StrictBody):
    """What a lead becomes."""

    track = serializers.ChoiceField(choices=Track.choices)
    name = serializers.CharField(max_length=200, required=False, allow_blank=True, help_text="Empty: that of the lead.")


class ProjectBody(GuardedBody):
    """A project as it is entered or changed. Its stage is moved, never written."""

    kept: ClassVar[frozenset[str]] = projects.KEPT | _NEVER_TYPED | {"may_move_to"}

    track = serializers.ChoiceField(choices=Track.choices)
    investor = _text(200)
    investor_country = CountryField()
    industry = RowField(IndustryClass, key="code")
    park = RowField(Park, key="code")
    content = _text()
    total_investment = _amount()
    fixed_assets = _amount()
    foreign_capital = _amount()
    foreign_share = serializers.DecimalField(
        max_digits=5, decimal_places=2, required=False, allow_null=True, min_value=0, max_value=100
    )
    land_m2 = _amount(12)
    floor_m2 = _amount(12)
    yearly_output = _amount()
    yearly_tax = _amount()
    energy_tce = _amount(12)
    jobs = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=2_147_483_647)
    negotiating_since = _date()
    reviewed_on = _date()
    agreement_no = _text(60)
    signed_on = _date()
    signed_amount = _amount()
    signing_event = _text(120)
    company_name = _text(200)
    uscc = _text(40)
    registered_capital = _amount()
    registered_on = _date()
    filing_code = _text(40)
    filed_on = _date()
    started_on = _date()
    completed_on = _date()
    first_output_on = _date()
    full_capacity_on = _date()
    competitor = _text(120)
    lessons = _text()
    note = _text()


class MoveBody(StrictBody):
    """Where a project moves, why, and what is filled in together with it."""

    to = serializers.CharField(
        max_length=20, help_text="A stage, a side state (paused, lost, withdrawn, merged, terminated) or `running`."
    )
    why = serializers.CharField(max_length=500, required=False, allow_blank=True)
    values = serializers.DictField(required=False, help_text="Members of the project, as in PATCH.")
    merged_into = RowField(InvestmentProject)


# --- refused ---------------------------------------------------------------------------------------------------------


def record_url(name: str, record: Any) -> str:
    """The address of a record in this API."""
    return reverse(f"api:{name}", args=[record.public_id])
