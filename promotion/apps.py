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
#: What is done for the enterprises that are here; steps of a case are asked of its service.
_SERVICE = (
    "servicecase casemember capabilityoffer procurementneed chainmatch liaisonassignment visit visitmember "
    "headquartersplan headquartersengagement engagementmember engagementpromise intentsignal signalmember"
).split()
_CASE_ROWS = ("casehandler clocksegment caseevent caseextension caserating supervision escalationstep casefile").split()
_SERVICE_VOCABULARIES = (
    "servicesystem servicepillar casekind caselimit casepolicy officehours externalunit chaintaskforce replytemplate"
).split()
_KEPT_BY_SERVICES = ("stagechange", "creditshare", "closedperiod", "closedrow")
_VOCABULARIES = (
    "leadchannel promotionactivity claimpolicy stagerequirement stageagelimit admissionstandard promotiontarget "
    "retentionperiod"
).split()
_REPORTS = ("reporttemplate", "reportsubmission")
_PORTAL = ("enterprisemember", "portalinvitation", "joiningclaim")
_ALL_ROWS = [
    *_LEADS, *_PROJECTS, *_KEPT_BY_SERVICES, *_VOCABULARIES, *_REPORTS, *_PORTAL, *_SERVICE, *_CASE_ROWS, *_SERVICE_VOCABULARIES,
]  # fmt: skip


class PromotionConfig(AppConfig):
    """What we do: leads, projects and the people who run them. Staff only."""

    name = "promotion"
    verbose_name = _("Promotion")

    role_permissions = {
        "staff": dict.fromkeys(_ALL_ROWS, _VIEW),
        "promotion_officer": {
            **dict.fromkeys([*_LEADS, *_PROJECTS, "promotionactivity", *_REPORTS, *_SERVICE], _EDIT),
            "commitment": "view add change delete",
        },
        "promotion_manager": {
            **dict.fromkeys([*_LEADS, *_PROJECTS, "creditshare", *_VOCABULARIES, *_REPORTS, *_SERVICE], _EDIT),
            **dict.fromkeys(
                ["leadmember", "counterpartmember", "projectmember", "commitment"], "view add change delete"
            ),
        },
        "service_officer": dict.fromkeys(["contact", "interaction", "lead", "leadmember", *_SERVICE, *_PORTAL], _EDIT),
        "service_coordinator": {
            **dict.fromkeys(["contact", "interaction", "lead", "leadmember", *_SERVICE, *_PORTAL], _EDIT),
            **dict.fromkeys([*_SERVICE_VOCABULARIES], _EDIT),
            "casemember": "view add change delete",
        },
        "subdistrict_liaison": dict.fromkeys(
            ["contact", "interaction", "lead", "leadmember", *_SERVICE, *_PORTAL], _EDIT
        ),
        "carrier_manager": dict.fromkeys(["spaceintent", "reservation"], _EDIT),
        "leader": {"actionitem": _EDIT},
        "data_steward": dict.fromkeys([*_VOCABULARIES, *_SERVICE_VOCABULARIES], "view add change delete"),
    }

    def ready(self) -> None:
        from directory.ports import holds_space, imports_too, moves_with_enterprise
        from promotion import find_words, models
        from promotion.services import case_clock, case_telling  # noqa: F401 (register what follows from saved rows)
        from promotion.services.importing import imported_kinds
        from promotion.services.report_examples import load_report_templates_after_migrate
        from promotion.services.vocabularies import load_vocabularies_after_migrate

        autodiscover_modules("personal_data")  # each app declares what it keeps about people in its `personal_data.py`
        post_migrate.connect(load_vocabularies_after_migrate, sender=self, dispatch_uid="promotion.vocabularies")
        post_migrate.connect(load_report_templates_after_migrate, sender=self, dispatch_uid="promotion.reports")
        find_words.plug_in()
        for model in (
            models.Contact,
            models.Interaction,
            models.Lead,
            models.InvestmentProject,
            models.ActionItem,
            models.CapitalRecord,
            models.ServiceCase,
            models.CapabilityOffer,
            models.ProcurementNeed,
            models.LiaisonAssignment,
            models.Visit,
            models.IntentSignal,
            models.EnterpriseMember,
            models.PortalInvitation,
            models.JoiningClaim,
        ):
            moves_with_enterprise(model)
        moves_with_enterprise(models.Lead, "referring_enterprise")
        holds_space(lambda: models.Reservation.objects.standing())
        for kind in imported_kinds():
            imports_too(kind)
