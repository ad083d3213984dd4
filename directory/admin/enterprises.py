"""Enterprises in the admin: the product's own search, what is asked before one is added, and the pages beside it."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ORDER_VAR
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from directory.admin.duplicates import AddEnterpriseForm
from directory.admin.enterprise_filters import (
    AboveScaleFilter,
    ChainFilter,
    CreditCodeFilter,
    FigureFilter,
    ListingFilter,
    ParkFilter,
    PublishedFilter,
    QualificationFilter,
)
from directory.admin.enterprise_rows import ENTERPRISE_ROWS, RESTRICTED_ROWS
from directory.admin.filters import DemoFilter, VerifiedFilter
from directory.admin.merge_pages import MergePages
from directory.admin.names import names_of
from directory.admin.records import SourcedAdmin
from directory.models import Enterprise, FieldSource
from directory.models.enterprises import today
from directory.ports import enterprise_filters
from directory.search import ranked
from directory.services.merging import mark_not_duplicate, survivor_of
from directory.services.verifying import mark_verified
from pinghu.admin.forms import ServiceForm
from pinghu.admin.service_admin import without_fields
from pinghu.admin.verbs import verb
from pinghu.formats import to_whole
from pinghu.ledger.access import log_access
from pinghu.ledger.context import change
from pinghu.ledger.models import AccessLog, Door


@admin.register(Enterprise)
class EnterpriseAdmin(MergePages, SourcedAdmin):
    """Who is here, how it stands to the zone, and everything that hangs on it."""

    form = AddEnterpriseForm
    change_form_template = "admin/directory/enterprise/change_form.html"
    list_display = ("name", "uscc", "relation", "status", "capital_origin", "park", "verified_on")
    list_select_related = ("park",)
    list_filter: ClassVar[Any] = (
        ("relation", ChoicesDropdownFilter),
        ("status", ChoicesDropdownFilter),
        ("capital_origin", ChoicesDropdownFilter),
        ChainFilter,
        ParkFilter,
        QualificationFilter,
        ListingFilter,
        AboveScaleFilter,
        CreditCodeFilter,
        PublishedFilter,
        VerifiedFilter,
        ("source", RelatedDropdownFilter),
        FigureFilter,
        DemoFilter,
    )
    list_filter_submit = True
    search_help_text = _("Name, short or former name, English, pinyin or initials, credit code, products")
    ordering = ("short_name", "registered_name", "pk")
    public_page = ("directory:enterprise_detail", "public_id")
    form_select_related = ("registration_type", "industry", "group", "park", "source")
    fieldsets = (
        (
            _("Names and code"),
            {
                "fields": (
                    ("registered_name", "short_name"),
                    ("name_en", "name_kana"),
                    ("uscc", "legacy_registration_no"),
                    ("name_pinyin", "public_id"),
                )
            },
        ),
        (
            _("Relation and status"),
            {
                "fields": (
                    ("relation", "status"),
                    ("status_on", "successor"),
                    ("is_published", "named_in_profile"),
                )
            },
        ),
        (
            _("What it is"),
            {
                "fields": (
                    ("legal_form", "head_office"),
                    ("registration_type", "industry"),
                    ("group", "origin_and_basis"),
                    "established_on",
                    ("registered_capital", "registered_capital_currency"),
                    ("products", "products_en"),
                    ("description", "description_en"),
                )
            },
        ),
        (_("Where it is"), {"fields": ("park", ("address", "address_en"), "website")}),
        (
            _("Source"),
            {"fields": (("source", "verified_on"), "source_quote", "source_note", "field_sources", "is_demo")},
        ),
    )
    readonly_fields = ("public_id", "origin_and_basis", "field_sources", "is_demo")
    export_fields = (
        "public_id", "uscc", "legacy_registration_no", "registered_name", "short_name", "name_en", "name_kana",
        "relation", "status", "status_on", "successor", "is_published", "named_in_profile", "legal_form",
        "registration_type", "industry", "group", "capital_origin", "capital_origin_basis", "park", "established_on",
        "registered_capital", "registered_capital_currency", "address", "website", "products", "source",
        "verified_on", "is_demo",
    )  # fmt: skip
    inlines = ENTERPRISE_ROWS
    actions_detail = ("verify", "duplicates_page", "merge_page")

    # --- the list ---------------------------------------------------------------------------------------------------

    def search(self, request: HttpRequest, queryset: Any, term: str) -> Any:
        """What was found, in the order of relevance until somebody sorts by a column."""
        rows = ranked(queryset, term)
        if "search_order" in rows.query.annotations and not request.GET.get(ORDER_VAR):
            rows = rows.order_by("search_order", "pk")
        return rows

    @display(description=_("enterprise"), ordering="short_name", header=True)
    def name(self, enterprise: Enterprise) -> list[str]:
        first, other = names_of(enterprise)
        second = [other, enterprise.registered_name] if enterprise.registered_name != first else [other]
        if enterprise.is_demo:
            second.append(str(_("demo row")))
        return [first, " · ".join(str(part) for part in dict.fromkeys(second) if part)]

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return [*super().get_list_filter(request), *enterprise_filters()]

    # --- the form ---------------------------------------------------------------------------------------------------

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if change:
            kwargs["form"] = ServiceForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj else without_fields(fieldsets, {"public_id", "origin_and_basis", "field_sources"})

    def call_service(self, request: HttpRequest, form: Any, record: Any, **kwargs: Any) -> Any:
        acknowledged = getattr(form, "acknowledged", ())
        if not acknowledged:
            return super().call_service(request, form, record, **kwargs)
        with change(by=request.user, verb="created", door=Door.ADMIN, why=kwargs["why"]):
            saved = super().call_service(request, form, record, **kwargs)
            for other in acknowledged:
                mark_not_duplicate(saved, other, by=request.user, door=Door.ADMIN, why=kwargs["why"])
        return saved

    @admin.display(description=_("origin of capital"))
    def origin_and_basis(self, enterprise: Enterprise) -> str:
        """Derived, so never typed: the rule's answer and what it rests on."""
        return str(
            _("%(origin)s (by: %(basis)s)")
            % {
                "origin": enterprise.get_capital_origin_display(),
                "basis": enterprise.get_capital_origin_basis_display(),
            }
        )

    @admin.display(description=_("where values come from"))
    def field_sources(self, enterprise: Enterprise) -> Any:
        """Fields whose value a source loaded and nobody changed since; others were typed by staff."""
        found = self._loaded_fields(enterprise)
        if not found:
            return "–"
        return format_html_join("\n", "<div>{}: {}</div>", ((name, ", ".join(names)) for name, names in found.items()))

    def _loaded_fields(self, enterprise: Any) -> dict[str, list[str]]:
        """Source → labels of the fields it loaded; asked once, the theme renders a field several times."""
        if not hasattr(enterprise, "_loaded_fields"):
            labels = {column.name: column.verbose_name for column in Enterprise._meta.concrete_fields}
            rows = FieldSource.objects.filter(
                subject_type=Enterprise._meta.model_name, subject_id=enterprise.public_id, field__in=labels
            )
            found: dict[str, list[str]] = {}
            for row in rows.select_related("source").order_by("source__code", "field"):
                found.setdefault(str(row.source), []).append(str(labels[row.field]))
            enterprise._loaded_fields = found
        return enterprise._loaded_fields  # type: ignore[no-any-return]

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        """A merged enterprise answers with the one that stands for it today."""
        if getattr(request.user, "has_staff_role", False):
            row = Enterprise.objects.filter(pk=to_whole(object_id), merged_into__isnull=False).first()
            if row is not None:
                self.message_user(request, _("This enterprise was merged: here is the one that stands for it."))
                return HttpResponseRedirect(self.change_url(survivor_of(row).pk))
        return super()._get_obj_does_not_exist_redirect(request, opts, object_id)

    # --- restricted rows: who read them -----------------------------------------------------------------------------

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        shown = {
            part.formset.model._meta.model_name
            for part in context["inline_admin_formsets"]
            if part.formset.model in RESTRICTED_ROWS and part.formset.initial_form_count()
        }
        if shown and request.method == "GET":
            log_access(
                by=request.user,
                kind=AccessLog.Kind.READ,
                door=Door.ADMIN,
                subject=context["original"],
                what=sorted(shown),
            )
        return super().render_change_form(request, context, *args, **kwargs)

    # --- verbs ------------------------------------------------------------------------------------------------------

    @verb(
        _("Mark as verified today"),
        question=_("You compared this record with its source, and it is right as it stands."),
        url_path="verify",
        icon="task_alt",
    )
    def verify(self, request: HttpRequest, enterprise: Enterprise, change_reason: str = "") -> str:
        mark_verified(enterprise, today(), by=request.user, door=Door.ADMIN, why=change_reason)
        return str(_("Verified today."))
