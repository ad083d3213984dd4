"""The rows below an enterprise on its form: names, holdings, places in chains, titles, roster years, tenancies."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from directory.admin.records import RowsInline
from directory.models import (
    AboveScaleRecord,
    AnnualFigures,
    ChainLeadership,
    ChainPosition,
    EnterpriseName,
    Holding,
    LegalRepresentative,
    Listing,
    Qualification,
    Tenancy,
)
from directory.sizes import Size, SizeClass, Thresholds


class NameInline(RowsInline):
    model = EnterpriseName
    fields = ("kind", "name", "valid_from", "valid_until")


class HoldingInline(RowsInline):
    model = Holding
    fields = ("investor", "investor_group", "country", "ultimate_country", "share", "since", "until")
    label_select_related = ("investor_group",)


class ChainPositionInline(RowsInline):
    model = ChainPosition
    fields = ("chain", "segment", "weight", "supplier_tier", "products")
    label_select_related = ("chain", "segment")


class ChainLeadershipInline(RowsInline):
    model = ChainLeadership
    fields = ("chain", "level", "designated_by", "year", "document")
    label_select_related = ("chain",)


class QualificationInline(RowsInline):
    model = Qualification
    fields = (
        "type",
        "batch_label",
        "certificate_no",
        "recognised_on",
        "valid_until",
        "under_review",
        "revoked_on",
        "superseded",
    )
    label_select_related = ("type",)
    select_fields = ("type",)


class ListingInline(RowsInline):
    model = Listing
    fields = ("exchange", "ticker", "listed_on", "delisted_on")
    label_select_related = ("exchange",)
    select_fields = ("exchange",)


class AboveScaleInline(RowsInline):
    model = AboveScaleRecord
    fields = ("year", "category", "entered_on", "left_on")


class TenancyInline(RowsInline):
    """Where it sits: shown here, edited at the carrier, whose space they share."""

    model = Tenancy
    fields = ("carrier", "area_m2", "part", "starts_on", "ends_on")
    readonly_fields = fields
    label_select_related = ("carrier", "tenant")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class SizeOverrideMixin:
    """Offers the four classes where a hand may set one."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name != "size_override":
            return super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        return forms.ChoiceField(
            label=db_field.verbose_name,
            choices=[("", _("By the figures")), *SizeClass.choices],
            required=False,
            widget=UnfoldAdminSelectWidget,
        )


class AnnualFiguresInline(SizeOverrideMixin, RowsInline):
    """Restricted: shown to three roles, edited by one. The size class is computed unless a hand set it."""

    model = AnnualFigures
    fields = (
        "year",
        "data_origin",
        "employees",
        "revenue",
        "output",
        "assets",
        "tax",
        "size",
        "size_override",
        "size_override_reason",
    )
    readonly_fields = ("size",)

    @cached_property
    def thresholds(self) -> Thresholds:
        """Read once for all rows of the page (an inline lives as long as its request), only where there is one."""
        return Thresholds()

    @admin.display(description=_("size class"))
    def size(self, figures: AnnualFigures) -> str:
        if figures.pk is None:
            return "–"
        industry = figures.enterprise.industry
        return size_label(self.thresholds.size_of(figures, industry.code if industry else ""))


class LegalRepresentativeInline(RowsInline):
    """Personal data: shown to three roles, edited by one."""

    model = LegalRepresentative
    fields = ("name", "since", "until")


def size_label(size: Size) -> str:
    """The class; where a hand set it, what the figures would have given."""
    if not size.value:
        return str(_("not known"))
    if not size.is_overridden:
        return str(size.label)
    return str(
        _("%(size)s, set by hand (by the figures: %(computed)s)")
        % {"size": size.label, "computed": Size(size.computed, size.computed).label or _("not known")}
    )


ENTERPRISE_ROWS = (
    NameInline,
    HoldingInline,
    ChainPositionInline,
    ChainLeadershipInline,
    QualificationInline,
    ListingInline,
    AboveScaleInline,
    TenancyInline,
    AnnualFiguresInline,
    LegalRepresentativeInline,
)
RESTRICTED_ROWS = (AnnualFigures, LegalRepresentative)
