from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _

_VIEW, _EDIT = "view", "view add change"
#: Rows that a guarded record carries; `visible_to` decides which, these only open the door.
_LEADS = "counterpart counterpartmember lead leadmember contact interaction leadclaim claimdispute joinrequest".split()
_PROJECTS = (
    "investmentproject projectmember projectmilestone evidence progressnote projectreview commitment capitalrecord "
    "spaceintent reservation actionitem"
).split()
_KEPT_BY_SERVICES = ("stagechange", "creditshare")
_VOCABULARIES = (
    "leadchannel promotionactivity claimpolicy stagerequirement admissionstandard promotiontarget retentionperiod"
).split()
_ALL_ROWS = [*_LEADS, *_PROJECTS, *_KEPT_BY_SERVICES, *_VOCABULARIES]


class PromotionConfig(AppConfig):
    """What we do: leads, projects and the people who run them. Staff only."""

    name = "promotion"
    verbose_name = _("Promotion")

    role_permissions = {
        "staff": dict.fromkeys(_ALL_ROWS, _VIEW),
        "promotion_officer": dict.fromkeys([*_LEADS, *_PROJECTS, "promotionactivity"], _EDIT),
        "promotion_manager": {
            **dict.fromkeys([*_LEADS, *_PROJECTS, "creditshare", *_VOCABULARIES], _EDIT),
            **dict.fromkeys(["leadmember", "counterpartmember", "projectmember"], "view add change delete"),
        },
        "service_officer": dict.fromkeys(["contact", "interaction", "lead", "leadmember"], _EDIT),
        "service_coordinator": dict.fromkeys(["contact", "interaction", "lead", "leadmember"], _EDIT),
        "subdistrict_liaison": dict.fromkeys(["contact", "interaction", "lead", "leadmember"], _EDIT),
        "carrier_manager": dict.fromkeys(["spaceintent", "reservation"], _EDIT),
        "data_steward": dict.fromkeys(_VOCABULARIES, "view add change delete"),
    }

    def ready(self) -> None:
        from directory.ports import moves_with_enterprise
        from promotion import models
        from promotion.services.vocabularies import load_vocabularies_after_migrate

        autodiscover_modules("personal_data")  # each app declares what it keeps about people in its `personal_data.py`
        post_migrate.connect(load_vocabularies_after_migrate, sender=self, dispatch_uid="promotion.vocabularies")
        for model in (
            models.Contact,
            models.Interaction,
            models.Lead,
            models.InvestmentProject,
            models.ActionItem,
            models.CapitalRecord,
        ):
            moves_with_enterprise(model)
        moves_with_enterprise(models.Lead, "referring_enterprise")
