"""The roles, and how their Django groups are kept in step with what the apps declare.

Each app config declares `role_permissions = {role: {model: "view add change delete"}}`. `sync_roles()` runs after every
migration and a flush, so roles exist in every database; a permission taken away by hand comes back with the next run.
"""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a person does here."""

    PROMOTION_OFFICER = "promotion_officer", _("Promotion officer")
    PROMOTION_MANAGER = "promotion_manager", _("Promotion manager")
    SERVICE_OFFICER = "service_officer", _("Service officer")
    SERVICE_COORDINATOR = "service_coordinator", _("Service coordinator")
    DATA_STEWARD = "data_steward", _("Data steward")
    CARRIER_MANAGER = "carrier_manager", _("Carrier manager")
    SUBDISTRICT_LIAISON = "subdistrict_liaison", _("Subdistrict liaison")
    LEADER = "leader", _("Leader")
    AUDITOR = "auditor", _("Auditor")
    ADMINISTRATOR = "administrator", _("Administrator")
    ENTERPRISE_MEMBER = "enterprise_member", _("Enterprise member")


#: Everybody who works for the zone and reads its records.
STAFF_ROLES: frozenset[str] = frozenset(
    {
        Role.PROMOTION_OFFICER,
        Role.PROMOTION_MANAGER,
        Role.SERVICE_OFFICER,
        Role.SERVICE_COORDINATOR,
        Role.DATA_STEWARD,
        Role.CARRIER_MANAGER,
        Role.SUBDISTRICT_LIAISON,
        Role.LEADER,
    }
)

#: Who may sign in at the admin: staff, and the two who look after the system without reading its records.
ADMIN_ROLES: frozenset[str] = STAFF_ROLES | {Role.AUDITOR, Role.ADMINISTRATOR}


def declared_permissions() -> dict[str, set[tuple[str, str]]]:
    """What the apps declare: role → {(app label, codename)}. A role "staff" stands for every staff role."""
    from django.apps import apps

    wanted: dict[str, set[tuple[str, str]]] = {role: set() for role in Role.values}
    for config in apps.get_app_configs():
        for role, grants in getattr(config, "role_permissions", {}).items():
            targets = STAFF_ROLES if role == "staff" else {role}
            for model, verbs in grants.items():
                for target in targets:
                    wanted[target].update((config.label, f"{verb}_{model}") for verb in verbs.split())
    return wanted


def sync_roles(using: str = "default") -> None:
    """Make the groups and their permissions equal to what the apps declare. Raises KeyError for a misspelt model."""
    from django.apps import apps
    from django.contrib.auth.management import create_permissions
    from django.contrib.auth.models import Group, Permission

    for config in apps.get_app_configs():  # permissions of later apps do not exist yet at the first post_migrate
        create_permissions(config, verbosity=0, using=using)
    known = {
        (app, codename): key
        for key, app, codename in Permission.objects.using(using).values_list(
            "pk", "content_type__app_label", "codename"
        )
    }
    for role, grants in declared_permissions().items():
        group, _created = Group.objects.using(using).get_or_create(name=role)
        wanted = {known[grant] for grant in grants}
        if set(group.permissions.using(using).values_list("pk", flat=True)) != wanted:
            group.permissions.set(wanted)


def sync_roles_after_migrate(app_config: Any, using: str, **_: Any) -> None:
    """Receiver of post_migrate: acts once, on the last app's signal."""
    from django.apps import apps

    with_models = [config for config in apps.get_app_configs() if config.models_module is not None]
    if app_config is with_models[-1]:
        sync_roles(using)
