"""What the API tells of the directory: published facts, each record with its source, day and version."""

from datetime import UTC
from typing import Any

from django.urls import reverse
from django.utils import translation
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from directory.models import Enterprise, IndustryChain, Park
from directory.presenting import country_name, local, named
from directory.querysets import About, Sheet
from directory.rules.qualifications import QualificationTerms, is_valid_on


def page_address(request: Any, name: str, *args: str) -> str:
    """The address of a record's Chinese page: the same whatever language the API answers in."""
    with translation.override("zh-hans"):
        return str(request.build_absolute_uri(reverse(name, args=args)))


class SourceSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.SerializerMethodField()

    def get_name(self, row: Any) -> str:
        return local(row)


class NamedSerializer(serializers.Serializer[Any]):
    """A row by its code, with its name in the language of the answer."""

    code = serializers.CharField()
    name = serializers.CharField()


class MatchSerializer(serializers.Serializer[Any]):
    """Why a row was found. `ranges` are half-open pairs of Unicode code points in `value`, counted from 0."""

    field = serializers.CharField()
    value = serializers.CharField()
    kind = serializers.CharField()
    ranges = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))


class RecordSerializer(serializers.Serializer[Any]):
    """What every record carries."""

    id = serializers.CharField(source="public_id", help_text="Public id: 12 characters, never changes.")
    source = SourceSerializer(allow_null=True)  # type: ignore[assignment]  # DRF's own `source` is no class attribute
    verified_on = serializers.DateField(allow_null=True)
    version = serializers.IntegerField()
    updated_at = serializers.DateTimeField(default_timezone=UTC)
    is_demo = serializers.BooleanField(help_text="Made up for a demonstration.")
    url = serializers.SerializerMethodField()

    page_name = ""
    page_key = "public_id"

    def get_url(self, row: Any) -> str:
        return page_address(self.context["request"], self.page_name, getattr(row, self.page_key))


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "An enterprise that the zone profile names",
            value={
                "id": "h3kmzq7w2x9p",
                "uscc": None,
                "name": "示例精机（样本）有限公司",
                "short_name": "示例精机",
                "name_en": "Example Precision",
                "match": {"field": "short_name", "value": "示例精机", "kind": "prefix", "ranges": [[0, 2]]},
                "relation": "unverified",
                "status": "unverified",
                "countries": [{"code": "JP", "name": "日本"}],
                "chains": [{"code": "smart-manufacturing", "name": "智能制造"}],
                "park": None,
                "qualifications": [],
                "source": {"code": "zone_profile", "name": "开发区简介"},
                "verified_on": None,
                "version": 1,
            },
            response_only=True,
        )
    ]
)
class EnterpriseSerializer(RecordSerializer):
    """One line of the list of enterprises: rows are pairs of a record and what stands beside it."""

    uscc = serializers.CharField(allow_null=True, help_text="Unified social credit code, GB 32100-2015.")
    name = serializers.SerializerMethodField(help_text="Registered name; the short name where no source states it.")
    registered_name = serializers.CharField(allow_null=True)
    short_name = serializers.CharField()
    name_en = serializers.CharField()
    relation = serializers.CharField()
    status = serializers.CharField()
    capital_origin = serializers.CharField()
    established_on = serializers.DateField(allow_null=True)
    match = serializers.SerializerMethodField(help_text="Only in a search by `q` in the order of relevance.")
    countries = serializers.SerializerMethodField()
    chains = serializers.SerializerMethodField()
    park = serializers.SerializerMethodField()
    qualifications = serializers.SerializerMethodField(help_text="Valid today.")

    page_name = "directory:enterprise_detail"

    def get_name(self, row: Enterprise) -> str:
        return row.registered_name or row.display_name

    @extend_schema_field(MatchSerializer(allow_null=True))
    def get_match(self, row: Enterprise) -> dict[str, Any] | None:
        match = self.context["view"].matches.get(row.pk)
        if match is None:
            return None
        return {
            "field": match.field,
            "value": match.value,
            "kind": match.kind,
            "ranges": [list(pair) for pair in match.ranges],
        }

    def _about(self, row: Enterprise) -> About:
        about: About = self.context["view"].about[row.pk]
        return about

    @extend_schema_field(NamedSerializer(many=True))
    def get_countries(self, row: Enterprise) -> list[dict[str, str]]:
        return [{"code": code, "name": country_name(code)} for code, _name, _english in self._about(row).countries]

    @extend_schema_field(NamedSerializer(many=True))
    def get_chains(self, row: Enterprise) -> list[dict[str, str]]:
        return [{"code": chain[0], "name": named(*chain)} for chain in self._about(row).chains]

    @extend_schema_field(NamedSerializer(many=True))
    def get_qualifications(self, row: Enterprise) -> list[dict[str, str]]:
        return [{"code": title[0], "name": named(*title)} for title in self._about(row).titles]

    @extend_schema_field(NamedSerializer(allow_null=True))
    def get_park(self, row: Enterprise) -> dict[str, str] | None:
        return _named(row.park)


def _named(row: Any) -> dict[str, str] | None:
    return None if row is None else {"code": row.code, "name": local(row)}


class EnterpriseDetailSerializer(RecordSerializer):
    """One enterprise with everything published that hangs on it."""

    uscc = serializers.CharField(allow_null=True)
    name = serializers.SerializerMethodField()
    registered_name = serializers.CharField(allow_null=True)
    short_name = serializers.CharField()
    name_en = serializers.CharField()
    name_kana = serializers.CharField()
    names = serializers.SerializerMethodField()
    relation = serializers.CharField()
    status = serializers.CharField()
    status_on = serializers.DateField(allow_null=True)
    successor = serializers.SerializerMethodField()
    legal_form = serializers.CharField()
    registration_type = serializers.SerializerMethodField()
    industry = serializers.SerializerMethodField()
    capital_origin = serializers.CharField()
    capital_origin_basis = serializers.CharField()
    holdings = serializers.SerializerMethodField()
    established_on = serializers.DateField(allow_null=True)
    registered_capital = serializers.DecimalField(max_digits=18, decimal_places=2, allow_null=True)
    registered_capital_currency = serializers.CharField()
    address = serializers.CharField()
    website = serializers.CharField()
    products = serializers.CharField()
    park = serializers.SerializerMethodField()
    group = serializers.SerializerMethodField()
    chains = serializers.SerializerMethodField()
    chain_leaderships = serializers.SerializerMethodField()
    qualifications = serializers.SerializerMethodField()
    listings = serializers.SerializerMethodField()
    rankings = serializers.SerializerMethodField()
    named_in_profile = serializers.BooleanField()
    source_quote = serializers.CharField()
    field_sources = serializers.SerializerMethodField(help_text="Fields whose value comes from another source.")

    page_name = "directory:enterprise_detail"

    @property
    def _sheet(self) -> Sheet:
        sheet: Sheet = self.context["view"].sheet
        return sheet

    def get_name(self, row: Enterprise) -> str:
        return row.registered_name or row.display_name

    def get_names(self, row: Enterprise) -> list[dict[str, Any]]:
        return [
            {"kind": one.kind, "name": one.name, "valid_from": one.valid_from, "valid_until": one.valid_until}
            for one in self._sheet.names
        ]

    def get_successor(self, row: Enterprise) -> dict[str, str] | None:
        from directory.views.facts import successor_of

        successor = successor_of(row)
        return None if successor is None else {"id": successor.public_id, "name": successor.display_name}

    def get_registration_type(self, row: Enterprise) -> dict[str, str] | None:
        kind = row.registration_type
        return None if kind is None else {"code": kind.code, "name": kind.name}

    def get_industry(self, row: Enterprise) -> dict[str, str] | None:
        industry = row.industry
        return None if industry is None else {**(_named(industry) or {}), "standard": industry.standard}

    def get_holdings(self, row: Enterprise) -> list[dict[str, Any]]:
        return [
            {
                "investor": one.investor,
                "country": one.country,
                "ultimate_country": one.ultimate_country,
                "share": None if one.share is None else str(one.share),
                "source": one.source.code if one.source else None,
            }
            for one in self._sheet.holdings
        ]

    @extend_schema_field(NamedSerializer(allow_null=True))
    def get_park(self, row: Enterprise) -> dict[str, str] | None:
        return _named(row.park)

    def get_group(self, row: Enterprise) -> dict[str, str] | None:
        return None if row.group is None else {"id": row.group.public_id, "name": str(row.group)}

    def get_chains(self, row: Enterprise) -> list[dict[str, Any]]:
        return [
            {
                **(_named(one.chain) or {}),
                "segment": _named(one.segment),
                "weight": one.weight,
                "supplier_tier": one.supplier_tier,
                "products": one.products,
            }
            for one in self._sheet.positions
        ]

    def get_chain_leaderships(self, row: Enterprise) -> list[dict[str, Any]]:
        return [
            {
                **(_named(one.chain) or {}),
                "level": one.level,
                "designated_by": one.designated_by,
                "year": one.year,
                "document": one.document,
            }
            for one in self._sheet.leaderships
        ]

    def get_qualifications(self, row: Enterprise) -> list[dict[str, Any]]:
        return [
            {
                **(_named(one.type) or {}),
                "batch": one.batch_label,
                "recognised_on": one.recognised_on,
                "valid_until": one.valid_until,
                "is_valid": is_valid_on(_terms(one), self._sheet.at),
            }
            for one in self._sheet.qualifications
        ]

    def get_listings(self, row: Enterprise) -> list[dict[str, Any]]:
        return [
            {
                "mic": one.exchange.mic,
                "ticker": one.ticker,
                "of": "enterprise" if one.enterprise_id else "group",
                "listed_on": one.listed_on,
                "delisted_on": one.delisted_on,
            }
            for one in self._sheet.listings
        ]

    def get_rankings(self, row: Enterprise) -> list[dict[str, Any]]:
        return [{**(_named(one.ranking) or {}), "year": one.year, "rank": one.rank} for one in self._sheet.rankings]

    def get_field_sources(self, row: Enterprise) -> dict[str, str]:
        return {name: source.code for name, source in self._sheet.field_sources.items()}


def _terms(row: Any) -> QualificationTerms:
    return QualificationTerms(
        row.recognised_on, row.valid_until, row.type.default_validity_months, row.under_review, row.revoked_on,
        row.superseded,
    )  # fmt: skip


class ChainSerializer(RecordSerializer):
    code = serializers.CharField()
    name = serializers.CharField()
    name_en = serializers.CharField()
    tier = serializers.ChoiceField(choices=IndustryChain.Tier.choices)
    parent = serializers.CharField(  # type: ignore[assignment]  # DRF sets its own `parent` on the instance
        source="parent.code", allow_null=True, help_text="Code of the one it is part of."
    )

    page_name, page_key = "directory:chain_detail", "code"


class SegmentSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    name_en = serializers.CharField()
    position = serializers.CharField()
    gap = serializers.CharField()
    is_demo = serializers.BooleanField()
    feeds = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_feeds(self, row: Any) -> list[str]:
        """Codes of the segments that this one feeds, as `chain/segment`."""
        return [f"{edge.downstream.chain.code}/{edge.downstream.code}" for edge in row.feeds.all()]


class ChainDetailSerializer(ChainSerializer):
    segments = SegmentSerializer(many=True)


class ParkSerializer(RecordSerializer):
    code = serializers.CharField()
    name = serializers.CharField()
    name_en = serializers.CharField()
    kind = serializers.ChoiceField(choices=Park.Kind.choices)
    parent = serializers.CharField(  # type: ignore[assignment]  # DRF sets its own `parent` on the instance
        source="parent.code", allow_null=True, help_text="Code of the one it is part of."
    )
    partner_country = serializers.CharField()
    partner_region = serializers.CharField()
    address = serializers.CharField()

    page_name, page_key = "directory:park_detail", "code"


class GroupSerializer(RecordSerializer):
    name = serializers.CharField()
    name_en = serializers.CharField()
    country = serializers.CharField()
    ultimate_country = serializers.CharField()

    page_name = "directory:group_detail"


class FigureSerializer(RecordSerializer):
    """A published figure; beside it what the rows give today, where a rule computes it."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # as `source` above
    label_en = serializers.CharField()
    value = serializers.DecimalField(max_digits=16, decimal_places=4)
    unit = serializers.CharField()
    unit_en = serializers.CharField()
    qualifier = serializers.CharField()
    as_of_year = serializers.IntegerField(allow_null=True)
    source_quote = serializers.CharField()
    computed = serializers.SerializerMethodField()

    page_name, page_key = "directory:figure_detail", "key"

    @extend_schema_field(serializers.DictField(allow_null=True))
    def get_computed(self, row: Any) -> dict[str, Any] | None:
        one = self.context["view"].computed.get(row.pk)
        if one is None or one.rule is None:
            return None
        return {
            "value": one.value,
            "demo": one.demo,
            "difference": str(one.difference.normalize()) if one.difference is not None else None,
            "rule": one.rule.code,
            "says": str(one.rule.says),
            "effective_from": one.rule.effective_from,
            "at": one.at,
        }
