"""The directory's models, by subject."""

from directory.models.base import DataSource, FieldSource
from directory.models.chains import (
    ChainLeadership,
    ChainPosition,
    ChainSegment,
    IndustryChain,
    IndustrySystem,
    SegmentEdge,
)
from directory.models.enterprises import (
    AboveScaleRecord,
    AnnualFigures,
    Enterprise,
    EnterpriseName,
    Holding,
    LegalRepresentative,
)
from directory.models.groups import CorporateGroup, GroupName, Listing, RankingEntry, RankingList
from directory.models.imports import ImportRow, ImportRun, RowDecision, SavedMapping, StatusCheck
from directory.models.merging import Correction, MergeRecord, NotDuplicate
from directory.models.parks import Carrier, Park, Tenancy
from directory.models.qualifications import Qualification, QualificationType
from directory.models.reference import (
    Exchange,
    ExchangeRate,
    IndustryClass,
    RegistrationType,
    SizeThreshold,
    WorkCalendar,
)
from directory.models.search import FindDoc, SearchDoc, SearchKey
from directory.models.zone import (
    Amenity,
    Claim,
    Cluster,
    Honour,
    LocationAdvantage,
    Milestone,
    PublishedFigure,
    ZonePlace,
    ZoneProfile,
)

__all__ = [
    "AboveScaleRecord",
    "Amenity",
    "AnnualFigures",
    "Carrier",
    "ChainLeadership",
    "ChainPosition",
    "ChainSegment",
    "Claim",
    "Cluster",
    "CorporateGroup",
    "Correction",
    "DataSource",
    "Enterprise",
    "EnterpriseName",
    "Exchange",
    "ExchangeRate",
    "FieldSource",
    "FindDoc",
    "GroupName",
    "Holding",
    "Honour",
    "ImportRow",
    "ImportRun",
    "IndustryChain",
    "IndustryClass",
    "IndustrySystem",
    "LegalRepresentative",
    "Listing",
    "LocationAdvantage",
    "MergeRecord",
    "Milestone",
    "NotDuplicate",
    "Park",
    "PublishedFigure",
    "Qualification",
    "QualificationType",
    "RankingEntry",
    "RankingList",
    "RegistrationType",
    "RowDecision",
    "SavedMapping",
    "SearchDoc",
    "SearchKey",
    "SegmentEdge",
    "SizeThreshold",
    "StatusCheck",
    "Tenancy",
    "WorkCalendar",
    "ZonePlace",
    "ZoneProfile",
]
