"""What staff narrow the list of enterprises by; what a filter means in rows stands in `directory.querysets`."""

from typing import Any, ClassVar

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from directory import querysets
from directory.admin.filters import ChoiceFilter
from directory.figures import RULES, enterprises_of
from directory.models import AboveScaleRecord, IndustryChain, Park, QualificationType
from directory.models.base import local_name
from directory.models.enterprises import Relation, today
from directory.search import LISTED_HERE, LISTED_PARENT


class ChainFilter(ChoiceFilter):
    """Enterprises with a place in one chain, or leading it."""

    title = _("chain")
    parameter_name = "chain"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        rows = IndustryChain.objects.visible_to(request.user).only("code", "name", "name_en", "order")
        return [(chain.code, local_name(chain)) for chain in rows]

    def narrow(self, rows: Any, value: str) -> Any:
        return querysets.in_chains(rows, [value])


class ParkFilter(ChoiceFilter):
    """Enterprises in one park, or in none."""

    title = _("park")
    parameter_name = "park"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        rows = Park.objects.visible_to(request.user).only("code", "name", "name_en", "order")
        return [("-", _("No park on record")), *((park.code, local_name(park)) for park in rows)]

    def narrow(self, rows: Any, value: str) -> Any:
        return rows.filter(park__isnull=True) if value == "-" else rows.filter(park__code=value)


class QualificationFilter(ChoiceFilter):
    """Enterprises with a title valid today."""

    title = _("qualification valid today")
    parameter_name = "qualification"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        rows = QualificationType.objects.visible_to(request.user).only("code", "name", "name_en", "order")
        return [(kind.code, local_name(kind)) for kind in rows]

    def narrow(self, rows: Any, value: str) -> Any:
        return querysets.holding_titles(rows, [value], today())


class ListingFilter(ChoiceFilter):
    """Listed itself, or only its group."""

    title = _("listing")
    parameter_name = "listing"
    options: ClassVar[dict[str, Any]] = {LISTED_HERE: _("Listed itself"), LISTED_PARENT: _("Under a listed group")}

    def narrow(self, rows: Any, value: str) -> Any:
        return querysets.listed(rows, [value])


class AboveScaleFilter(ChoiceFilter):
    """On this year's statistical roster today, or not."""

    title = _("above scale this year")
    parameter_name = "above_scale"
    options: ClassVar[dict[str, Any]] = {"yes": _("On the roster"), "no": _("Not on the roster")}

    def narrow(self, rows: Any, value: str) -> Any:
        day = today()
        on_it = AboveScaleRecord.objects.filter(Q(left_on__isnull=True) | Q(left_on__gt=day), year=day.year)
        held = Q(pk__in=on_it.values("enterprise"))
        return rows.filter(held if value == "yes" else ~held)


class CreditCodeFilter(ChoiceFilter):
    """With or without a credit code on record."""

    title = _("credit code")
    parameter_name = "code"
    options: ClassVar[dict[str, Any]] = {"yes": _("On record"), "no": _("Without credit code")}

    def narrow(self, rows: Any, value: str) -> Any:
        return rows.filter(uscc__isnull=value == "no")


class PublishedFilter(ChoiceFilter):
    """Shown on the public site, hidden by staff, or outside the zone and so never shown."""

    title = _("published")
    parameter_name = "published"
    options: ClassVar[dict[str, Any]] = {"yes": _("On the public site"), "no": _("Not on the public site")}

    def narrow(self, rows: Any, value: str) -> Any:
        published = Q(is_published=True) & ~Q(relation=Relation.OUTSIDE)
        return rows.filter(published if value == "yes" else ~published)


class FigureFilter(ChoiceFilter):
    """The rows that one of the zone's figures counts today."""

    title = _("counted in")
    parameter_name = "figure"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        return [(rule.code, _LABELS[rule.code]) for rule in RULES.values() if rule.code in _LABELS]

    def narrow(self, rows: Any, value: str) -> Any:
        counted = enterprises_of(RULES[value], today())
        return rows if counted is None else rows.filter(pk__in=counted.order_by().values("pk"))


#: Rules that count enterprises, as short as a filter must say it.
_LABELS = {
    "enterprises": _("Enterprises of the zone"),
    "above_scale": _("Above scale"),
    "foreign_invested": _("Foreign-invested"),
    "foreign_invested_without_hmt": _("Foreign-invested without HMT"),
    "investor_countries": _("Investor countries"),
    "listed_here": _("Listed here"),
    "fortune_global_500": _("Fortune Global 500"),
    "automotive_top_100": _("Automotive top 100"),
    "key_little_giants": _("Key little giants"),
    "little_giants": _("Little giants"),
    "high_tech_enterprises": _("High-tech enterprises"),
    "provincial_srdi": _("Provincial SRDI enterprises"),
}
