from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

_ALL = "view add change delete"
_REFERENCE = ("industryclass", "registrationtype", "sizethreshold", "exchange", "exchangerate", "workcalendar")
_FACTS = (
    "enterprise enterprisename holding abovescalerecord corporategroup groupname rankinglist rankingentry listing "
    "qualificationtype qualification industrysystem industrychain chainsegment segmentedge chainposition "
    "chainleadership park carrier tenancy zoneprofile milestone publishedfigure honour cluster claim "
    "locationadvantage amenity zoneplace datasource"
).split()
_WORK = ("importrun", "savedmapping", "statuscheck", "mergerecord", "notduplicate", "correction")
_RESTRICTED = ("legalrepresentative", "annualfigures")


class DirectoryConfig(AppConfig):
    """What exists: enterprises, groups, chains, parks, qualifications, figures."""

    name = "directory"
    verbose_name = _("Directory")

    role_permissions = {
        # In the directory every staff role sees all rows; annual figures and legal representatives three roles only.
        "staff": dict.fromkeys([*_FACTS, *_REFERENCE, "notduplicate", "correction", "statuscheck"], "view"),
        "data_steward": dict.fromkeys([*_FACTS, *_REFERENCE, *_WORK, *_RESTRICTED], _ALL),
        # What they may import are the rows that they may add; which runs they see, `visible_to` says.
        "promotion_officer": {"importrun": "view add change"},
        "promotion_manager": {
            "importrun": "view add change",
            **dict.fromkeys(_RESTRICTED, "view"),
            **dict.fromkeys(["industrychain", "chainsegment", "segmentedge", "chainposition"], "view add change"),
        },
        "carrier_manager": dict.fromkeys(["park", "carrier", "tenancy"], "view add change"),
        "leader": dict.fromkeys([*_RESTRICTED, "importrun", "mergerecord"], "view"),
    }

    def ready(self) -> None:
        # Imported for what they register: what follows a saved row, whichever door it came through.
        from directory import find_words
        from directory.search_engines import ensure_index_after_migrate
        from directory.services import deriving, find_index, indexing  # noqa: F401
        from directory.services.vocabularies import load_vocabularies_after_migrate

        self._register_relations()
        find_words.plug_in()
        # First, because what follows writes rows that the index must follow.
        post_migrate.connect(ensure_index_after_migrate, sender=self, dispatch_uid="directory.search")
        post_migrate.connect(load_vocabularies_after_migrate, sender=self, dispatch_uid="directory.vocabularies")

    @staticmethod
    def _register_relations() -> None:
        """Every foreign key to an enterprise whose rows a merge moves; a test holds this list to the models."""
        from directory import models
        from directory.ports import moves_with_enterprise

        for model in (
            models.EnterpriseName,
            models.Holding,
            models.LegalRepresentative,
            models.AboveScaleRecord,
            models.AnnualFigures,
            models.Qualification,
            models.Listing,
            models.ChainPosition,
            models.ChainLeadership,
            models.Correction,
        ):
            moves_with_enterprise(model)
        moves_with_enterprise(models.Tenancy, "tenant")
        moves_with_enterprise(models.Carrier, "owner_enterprise")
        moves_with_enterprise(models.Enterprise, "successor")
        moves_with_enterprise(models.Enterprise, "head_office")
