"""Who may act for an enterprise in the portal, and how they came to it: an invitation, or a claim with its proofs."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from directory.models import Enterprise
from pinghu.ledger.history import tracked
from promotion.models.base import PromotionQuerySet, PromotionRecord, person_field


class EnterpriseMemberQuerySet(PromotionQuerySet):
    def current(self) -> Self:
        return self.filter(ended_at__isnull=True)


class EnterpriseMember(PromotionRecord):
    """A person who may act for an enterprise in the portal, until it ends."""

    class Part(models.TextChoices):
        OWNER = "owner", _("Administrator of the enterprise")
        EDITOR = "editor", _("Colleague")

    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.PROTECT, related_name="portal_members", verbose_name=_("enterprise")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="enterprise_memberships",
        verbose_name=_("person"),
    )
    part = models.CharField(_("acts as"), max_length=6, choices=Part.choices, default=Part.EDITOR)
    since = models.DateTimeField(_("member since"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    objects = EnterpriseMemberQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("member of an enterprise")
        verbose_name_plural = _("members of enterprises")
        ordering = ["enterprise", "part", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "user"],
                condition=Q(ended_at__isnull=True),
                name="enterprisemember_once",
                violation_error_message=_("This person acts for the enterprise already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.enterprise}"


class PortalInvitation(PromotionRecord):
    """A code from staff with which a person joins an enterprise; used once, within its days. Only its hash is kept."""

    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.PROTECT, related_name="portal_invitations", verbose_name=_("enterprise")
    )
    part = models.CharField(
        _("acts as"), max_length=6, choices=EnterpriseMember.Part.choices, default=EnterpriseMember.Part.OWNER
    )
    code_hash = models.CharField(max_length=64, unique=True, editable=False)
    expires_at = models.DateTimeField(_("valid until"))
    invited_by = person_field(_("invited by"), editable=False)
    used_at = models.DateTimeField(_("used at"), null=True, blank=True, editable=False)
    used_by = person_field(_("used by"), editable=False)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True, editable=False)

    history = tracked(excluded_fields=["created_at", "updated_at", "code_hash"])

    class Meta:
        verbose_name = _("invitation to the portal")
        verbose_name_plural = _("invitations to the portal")
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return str(self.enterprise)


class JoiningClaim(PromotionRecord):
    """A person's claim to act for an enterprise, with each proof recorded by itself (licence, phone code, staff check)."""

    class State(models.TextChoices):
        PENDING = "pending", _("Waits for a decision")
        APPROVED = "approved", _("Approved")
        DENIED = "denied", _("Denied")
        REVOKED = "revoked", _("Revoked")

    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.PROTECT, related_name="joining_claims", verbose_name=_("enterprise")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("person")
    )
    job_title = models.CharField(_("job title"), max_length=80, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.PENDING, editable=False)
    licence = models.FileField(_("business licence"), upload_to="licences/%Y/%m", blank=True)
    licence_name = models.CharField(max_length=200, blank=True, editable=False)
    licence_checked_at = models.DateTimeField(_("licence checked at"), null=True, blank=True, editable=False)
    phone_code_hash = models.CharField(max_length=64, blank=True, editable=False)
    phone_code_sent_at = models.DateTimeField(_("code given at"), null=True, blank=True, editable=False)
    phone_code_tries = models.PositiveSmallIntegerField(default=0, editable=False)
    phone_confirmed_at = models.DateTimeField(_("phone confirmed at"), null=True, blank=True, editable=False)
    staff_checked_at = models.DateTimeField(_("checked by staff at"), null=True, blank=True, editable=False)
    staff_check_note = models.CharField(_("how staff checked"), max_length=300, blank=True, editable=False)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True, editable=False)
    decided_by = person_field(_("decided by"), editable=False)
    decision = models.CharField(_("reason"), max_length=300, blank=True, editable=False)

    history = tracked(excluded_fields=["created_at", "updated_at", "phone_code_hash"])

    class Meta:
        verbose_name = _("claim to act for an enterprise")
        verbose_name_plural = _("claims to act for enterprises")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "user"],
                condition=Q(state="pending"),
                name="joiningclaim_once",
                violation_error_message=_("Your claim waits for a decision already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.enterprise}"


def acts_for(user: Any) -> Any:
    """The enterprises that this person may act for in the portal; none for the anonymous."""
    if not getattr(user, "is_authenticated", False):
        return Enterprise.objects.none()
    mine = EnterpriseMember._base_manager.filter(user=user, ended_at__isnull=True).order_by().values("enterprise")
    return Enterprise.objects.filter(pk__in=mine)
