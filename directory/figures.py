"""The figures computed from the rows, each by a dated rule, to stand beside the published ones."""

import datetime
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, Count, F, Max, Q, Value
from django.utils.translation import gettext_lazy as _

from directory.models import Enterprise, Holding, Park, PublishedFigure, RankingEntry
from directory.models.enterprises import CapitalOrigin
from directory.models.parks import Park as ParkModel

FORTUNE = "fortune_global_500"
AUTOMOTIVE_LISTS = "automotive_top_100"

Rows = Any


@dataclass(frozen=True, slots=True)
class FigureRule:
    """How a figure is counted, since when this way, and which rows it counts on a day."""

    code: str
    says: Any  #: the rule in one sentence, translatable
    effective_from: datetime.date
    rows: Callable[[datetime.date], Rows]
    #: counts something else than enterprises: the expression over `rows` and the page that shows the rows
    distinct: str = ""
    page: str = "enterprises"


@dataclass(frozen=True, slots=True)
class ComputedFigure:
    """A published figure and what the rows say on a day. `value` is None where no rule computes it."""

    figure: PublishedFigure
    rule: FigureRule | None
    value: int | None
    demo: int
    at: datetime.date

    @property
    def difference(self) -> Any:
        """Computed less published; None where one of them is missing."""
        return None if self.value is None else self.value - self.figure.value


def _counted(at: datetime.date) -> Rows:
    # Published ones: a figure that counted hidden rows would betray them, and its rows could not be shown.
    return Enterprise.objects.counted().published()


def _above_scale(at: datetime.date) -> Rows:
    on_roster = Q(above_scale_records__year=at.year) & (
        Q(above_scale_records__left_on__isnull=True) | Q(above_scale_records__left_on__gt=at)
    )
    return _counted(at).filter(on_roster).distinct()


def _foreign(at: datetime.date) -> Rows:
    return _counted(at).filter(capital_origin__in=[CapitalOrigin.FOREIGN, CapitalOrigin.HMT, CapitalOrigin.MIXED])


def _foreign_without_hmt(at: datetime.date) -> Rows:
    return _counted(at).filter(capital_origin__in=[CapitalOrigin.FOREIGN, CapitalOrigin.MIXED])


def _listed_here(at: datetime.date) -> Rows:
    return _counted(at).filter(listings__delisted_on__isnull=True, listings__exchange__is_listing=True).distinct()


def ranked(list_code: str, year: int | None = None) -> Rows:
    """Enterprises whose group stands on a list, in one list year (the newest on record unless given)."""
    entries = RankingEntry.objects.filter(ranking__code__startswith=list_code)
    if year is None:
        year = entries.aggregate(newest=Max("year"))["newest"]
    return Enterprise.objects.counted().published().filter(group__in=entries.filter(year=year).values("group"))


def _with(*codes: str) -> Callable[[datetime.date], Rows]:
    def rows(at: datetime.date) -> Rows:
        from directory.models import Qualification

        held = Qualification.objects.valid_on(at).filter(type__code__in=codes)
        return _counted(at).filter(pk__in=held.values("enterprise"))

    return rows


def _investor_countries(at: datetime.date) -> Rows:
    return Holding.objects.filter(enterprise__in=_counted(at), until__isnull=True).exclude(country="CN")


def _country_parks(at: datetime.date) -> Rows:
    return Park.objects.filter(kind=ParkModel.Kind.COUNTRY_PARK)


_2026 = datetime.date(2026, 1, 1)

RULES: dict[str, FigureRule] = {
    rule.code: rule
    for rule in (
        FigureRule(
            "enterprises",
            _(
                "Enterprises registered or operating here, and those that the profile names; no branches, individual "
                "businesses or cooperatives; none that closed or moved away."
            ),
            _2026,
            _counted,
        ),
        FigureRule("above_scale", _("Of these, those on the statistical roster of this year."), _2026, _above_scale),
        FigureRule(
            "foreign_invested",
            _(
                "Of these, those with any foreign, Hong Kong, Macao or Taiwan share; by holdings, else by registration "
                "type. Reinvestment by foreign-invested firms is counted apart."
            ),
            _2026,
            _foreign,
        ),
        FigureRule(
            "foreign_invested_without_hmt",
            _("As before, without Hong Kong, Macao and Taiwan."),
            _2026,
            _foreign_without_hmt,
        ),
        FigureRule(
            "investor_countries",
            _("Countries and regions of investors with a current holding, without mainland China."),
            _2026,
            _investor_countries,
            distinct="country",
            page="enterprises",
        ),
        FigureRule(
            "listed_here",
            _("Of these, those listed themselves today; a listed parent does not count."),
            _2026,
            _listed_here,
        ),
        FigureRule(
            "fortune_global_500",
            _("Of these, those whose group is on the Fortune Global 500 of the newest list year on record."),
            _2026,
            lambda at: ranked(FORTUNE),
        ),
        FigureRule(
            "automotive_top_100",
            _(
                "Of these, those whose group is on a list of the 100 largest automotive suppliers, newest year on record."
            ),
            _2026,
            lambda at: ranked(AUTOMOTIVE_LISTS),
        ),
        FigureRule(
            "key_little_giants",
            _("Of these, holders of a key little giant title valid today."),
            _2026,
            _with("key_little_giant"),
        ),
        FigureRule(
            "little_giants", _("Of these, holders of a little giant title valid today."), _2026, _with("little_giant")
        ),
        FigureRule(
            "high_tech_enterprises",
            _("Of these, high-tech enterprises with a certificate valid today."),
            _2026,
            _with("high_tech_enterprise"),
        ),
        FigureRule(
            "provincial_srdi",
            _("Of these, holders of the provincial SRDI title valid today."),
            _2026,
            _with("srdi_provincial"),
        ),
        FigureRule("country_parks", _("Parks of the kind “country park”."), _2026, _country_parks, page="parks"),
    )
}


def compute(rule: FigureRule, at: datetime.date) -> tuple[int, int]:
    """The value on a day, and how much of it demo rows make up; one query."""
    rows = rule.rows(at)
    column = rule.distinct or "pk"
    demo = Q(enterprise__is_demo=True) if rule.distinct else Q(is_demo=True)
    real = ~demo
    found = rows.aggregate(value=Count(column, distinct=True), real=Count(F(column), filter=real, distinct=True))
    return found["value"], found["value"] - found["real"]


def compute_many(rules: Collection[FigureRule], at: datetime.date) -> dict[str, tuple[int, int]]:
    """What `compute` says of each rule, by its code, in one query for all (and one where a rule asks for a year)."""
    parts = []
    for rule in rules:
        rows = rule.rows(at).order_by()
        column = rule.distinct or "pk"
        real = ~(Q(enterprise__is_demo=True) if rule.distinct else Q(is_demo=True))
        parts.append(
            rows.annotate(rule_code=Value(rule.code, output_field=CharField()))
            .values("rule_code")
            .annotate(value=Count(column, distinct=True), real=Count(F(column), filter=real, distinct=True))
            .values_list("rule_code", "value", "real")
        )
    counted = {code: (value, value - real) for code, value, real in parts[0].union(*parts[1:], all=True)}
    # A rule without rows has no line.
    return {rule.code: counted.get(rule.code, (0, 0)) for rule in rules}


def enterprises_of(rule: FigureRule, at: datetime.date) -> Rows | None:
    """The enterprises behind a figure on a day; None where it counts something else."""
    if rule.page != "enterprises":
        return None
    rows = rule.rows(at)
    return Enterprise.objects.filter(pk__in=rows.values("enterprise")) if rule.distinct else rows


def figures(at: datetime.date, *, headline: bool = False) -> list[ComputedFigure]:
    """Every published figure beside the computed one. One query for the list and one for each rule."""
    wanted = PublishedFigure.objects.published()
    if headline:
        wanted = wanted.filter(is_headline=True)
    result = []
    for figure in wanted.select_related("source"):
        rule = RULES.get(figure.rule)
        value, demo = compute(rule, at) if rule else (None, 0)
        result.append(ComputedFigure(figure, rule, value, demo, at))
    return result


def ranking_counts(list_code: str = FORTUNE) -> list[dict[str, int]]:
    """By list year: how many groups on the list have an enterprise here, and how many enterprises those are."""
    counted = Enterprise.objects.counted().published()
    return list(
        RankingEntry.objects.filter(ranking__code=list_code, group__enterprises__in=counted)
        .values("year")
        .annotate(
            groups=Count("group", distinct=True),
            enterprises=Count("group__enterprises", distinct=True, filter=Q(group__enterprises__in=counted)),
        )
        .order_by("-year")
    )
