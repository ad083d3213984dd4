"""Who may act for an enterprise in the portal: by an invitation code from staff, or by a claim with proofs.

Each proof of a claim is recorded by itself; a claim is approved with two of the three. What a member does there calls
the services of the directory and of promotion, after `must_act_for`.
"""

import datetime
import hashlib
import hmac
import secrets
from typing import Any

from django.core.files.base import File
from django.utils.translation import gettext as _

from pinghu.accounts.models import User
from pinghu.accounts.services import save_user
from pinghu.errors import DomainError
from pinghu.ledger.context import change
from pinghu.ledger.saving import save_record
from pinghu.records import PUBLIC_ID_ALPHABET
from promotion.models import EnterpriseMember, JoiningClaim, PortalInvitation
from promotion.models.base import rests_on_demo
from promotion.models.portal import acts_for
from promotion.services.evidence import checked_type, clean_name, kept_file
from promotion.services.leads import locked

#: An invitation is good for so many days, a code on the phone for so many minutes and tries.
INVITATION_DAYS = 14
PHONE_MINUTES = 30
PHONE_TRIES = 5
#: Of the three proofs so many make a claim.
PROOFS_NEEDED = 2
_CODE_LENGTH = 12


# --- invitations -----------------------------------------------------------------------------------------------------


def invite(
    enterprise: Any, *, part: str = EnterpriseMember.Part.OWNER, by: Any, door: str, at: datetime.datetime
) -> tuple[Any, str]:
    """Make an invitation; returns it and its code, which is shown once and told to the enterprise."""
    code = "".join(secrets.choice(PUBLIC_ID_ALPHABET) for _each in range(_CODE_LENGTH))
    row = PortalInvitation(
        enterprise=enterprise,
        part=part,
        code_hash=_hashed(code),
        expires_at=at + datetime.timedelta(days=INVITATION_DAYS),
        invited_by=by,
        is_demo=rests_on_demo(enterprise),
    )
    return save_record(row, by=by, door=door, verb="invited"), code


def withdraw_invitation(invitation: Any, *, by: Any, door: str, at: datetime.datetime) -> Any:
    """Take an invitation back that was not used."""
    with change(by=by, verb="withdrawn", door=door):
        row = locked(invitation)
        if row.used_at is not None:
            raise DomainError(_("Somebody joined with this invitation. End the membership instead."), code="used")
        row.withdrawn_at = row.withdrawn_at or at
        return save_record(row, fields=["withdrawn_at"], by=by, door=door, verb="withdrawn")


def join_by_code(user: Any, code: str, *, door: str, at: datetime.datetime) -> Any:
    """Join the enterprise of an invitation. Return the membership. Raises DomainError for a code that is not good."""
    with change(by=user, verb="joined", door=door):
        row = _invitation(code, at)
        membership = _join(row.enterprise, user, row.part, by=user, door=door, at=at)
        row.used_at, row.used_by = at, user
        save_record(row, fields=["used_at", "used_by"], by=user, door=door, verb="joined")
        return membership


def register_by_code(
    *, code: str, name: str, username: str, email: str, password: str, door: str, at: datetime.datetime
) -> Any:
    """Make an account and join with it, in one change. Return the person. Raises DomainError with field errors."""
    with change(by=None, verb="registered", door=door):
        _invitation(code, at)
        if User.objects.filter(username__iexact=username).exists():
            text = _("This name is taken. Choose another one, or sign in first.")
            raise DomainError(code="taken", fields={"username": [text]})
        person = User(username=username.strip(), email=email.strip(), last_name=name.strip()[:150])
        user = save_user(person, by=None, door=door, password=password)
        join_by_code(user, code, door=door, at=at)
        return user


def _invitation(code: str, at: datetime.datetime) -> Any:
    """The locked invitation of this code, if it is good now."""
    wanted = _hashed(code.replace(" ", "").replace("-", "").lower())
    row = PortalInvitation._base_manager.select_for_update().order_by().filter(code_hash=wanted).first()
    if row is None or row.used_at or row.withdrawn_at or row.expires_at < at:
        text = _("This code is not good (any more). Ask the zone for another one.")
        raise DomainError(code="bad_code", fields={"code": [text]})
    return row


def _join(enterprise: Any, user: Any, part: str, *, by: Any, door: str, at: datetime.datetime) -> Any:
    known = EnterpriseMember._base_manager.filter(enterprise=enterprise, user=user, ended_at__isnull=True).first()
    if known is not None:
        return known
    row = EnterpriseMember(enterprise=enterprise, user=user, part=part, since=at, is_demo=rests_on_demo(enterprise))
    return save_record(row, by=by, door=door, verb="joined")


def end_membership(membership: Any, *, why: str, by: Any, door: str, at: datetime.datetime) -> Any:
    """End it: the person acts for the enterprise no longer."""
    with change(by=by, verb="ended", door=door, why=why):
        row = locked(membership)
        row.ended_at = row.ended_at or at
        return save_record(row, fields=["ended_at"], by=by, door=door, verb="ended")


# --- claims ----------------------------------------------------------------------------------------------------------


def claim_enterprise(
    enterprise: Any, user: Any, *, job_title: str = "", licence: File | None = None, door: str, at: datetime.datetime
) -> Any:
    """Claim to act for an enterprise, with the licence if it is at hand. Return the claim; a second one adds to it."""
    if acts_for(user).filter(pk=enterprise.pk).exists():
        raise DomainError(_("You act for this enterprise already."), code="member_already")
    if licence is None:
        return _claimed(enterprise, user, job_title, "", "", door=door)
    name = clean_name(licence.name or "")
    checked_type(licence, name)
    with kept_file(licence, "licences", at) as stored:
        return _claimed(enterprise, user, job_title, stored, name, door=door)


def _claimed(enterprise: Any, user: Any, job_title: str, stored: str, name: str, *, door: str) -> Any:
    with change(by=user, verb="claimed", door=door):
        pending = JoiningClaim._base_manager.filter(enterprise=enterprise, user=user, state=JoiningClaim.State.PENDING)
        row = pending.select_for_update().order_by().first() or JoiningClaim(
            enterprise=enterprise, user=user, is_demo=rests_on_demo(enterprise)
        )
        row.job_title = job_title.strip() or row.job_title
        if stored:
            row.licence, row.licence_name, row.licence_checked_at = stored, name, None
        return save_record(row, by=user, door=door, verb="claimed")


def proofs_of(claim: Any) -> tuple[str, ...]:
    """Codes of the proofs that stand."""
    found = {
        "licence": claim.licence_checked_at,
        "phone": claim.phone_confirmed_at,
        "staff": claim.staff_checked_at,
    }
    return tuple(code for code, at in found.items() if at is not None)


def check_licence(claim: Any, *, by: Any, door: str, at: datetime.datetime) -> Any:
    """Staff looked at the licence, and it is this enterprise's."""
    with change(by=by, verb="licence_checked", door=door):
        row = _pending(claim)
        if not row.licence:
            raise DomainError(_("No licence was uploaded."), code="no_licence")
        row.licence_checked_at = at
        return save_record(row, fields=["licence_checked_at"], by=by, door=door, verb="licence_checked")


def give_phone_code(claim: Any, *, by: Any, door: str, at: datetime.datetime) -> str:
    """A code that staff read out on the phone that is on record; returns it once."""
    with change(by=by, verb="phone_code_given", door=door):
        row = _pending(claim)
        code = f"{secrets.randbelow(10**6):06d}"
        row.phone_code_hash, row.phone_code_sent_at, row.phone_code_tries = _hashed(f"{row.pk}:{code}"), at, 0
        save_record(
            row,
            fields=["phone_code_hash", "phone_code_sent_at", "phone_code_tries"],
            by=by,
            door=door,
            verb="phone_code_given",
        )
        return code


def confirm_phone(claim: Any, code: str, *, by: Any, door: str, at: datetime.datetime) -> Any:
    """The claimant types the code that was read out. Return the claim. Raises DomainError; tries are counted."""
    with change(by=by, verb="phone_tried", door=door):
        row = _pending(claim)
        if row.user_id != by.pk:
            raise DomainError(_("There is no such claim."), code="gone")
        is_late = row.phone_code_sent_at is None or at > row.phone_code_sent_at + datetime.timedelta(
            minutes=PHONE_MINUTES
        )
        is_right = hmac.compare_digest(row.phone_code_hash or "-", _hashed(f"{row.pk}:{code.strip()}"))
        is_good = is_right and not is_late and row.phone_code_tries < PHONE_TRIES
        if is_good:
            row.phone_confirmed_at, row.phone_code_hash = at, ""
        row.phone_code_tries += 1
        saved = save_record(
            row,
            fields=["phone_confirmed_at", "phone_code_hash", "phone_code_tries"],
            by=by,
            door=door,
            verb="phone_confirmed" if is_good else "phone_tried",
        )
    if not is_good:
        text = _("This is not the code, or its time is over. Ask the zone to call again.")
        raise DomainError(code="bad_code", fields={"code": [text]})
    return saved


def check_in_person(claim: Any, *, note: str, by: Any, door: str, at: datetime.datetime) -> Any:
    """Staff know or checked the person; how is kept."""
    with change(by=by, verb="staff_checked", door=door, why=note):
        row = _pending(claim)
        if not note.strip():
            raise DomainError(code="reason_missing", fields={"note": [_("Say how you checked.")]})
        row.staff_checked_at, row.staff_check_note = at, note.strip()[:300]
        return save_record(row, fields=["staff_checked_at", "staff_check_note"], by=by, door=door, verb="staff_checked")


def decide_claim(claim: Any, *, approve: bool, reason: str = "", by: Any, door: str, at: datetime.datetime) -> Any:
    """Approve a claim with two proofs (the person joins), or deny it with a reason. Return the claim."""
    with change(by=by, verb="decided", door=door, why=reason):
        row = _pending(claim)
        if approve and len(proofs_of(row)) < PROOFS_NEEDED:
            raise DomainError(_("Two of the three proofs are needed before a claim is approved."), code="proofs")
        if not approve and not reason.strip():
            raise DomainError(code="reason_missing", fields={"reason": [_("Say why.")]})
        row.state = JoiningClaim.State.APPROVED if approve else JoiningClaim.State.DENIED
        row.decided_at, row.decided_by, row.decision = at, by, reason.strip()[:300]
        fields = ["state", "decided_at", "decided_by", "decision"]
        saved = save_record(row, fields=fields, by=by, door=door, verb=row.state)
        if approve:
            _join(saved.enterprise, saved.user, EnterpriseMember.Part.OWNER, by=by, door=door, at=at)
        return saved


def _pending(claim: Any) -> Any:
    row = locked(claim)
    if row.state != JoiningClaim.State.PENDING:
        raise DomainError(_("This was decided already."), code="already_decided")
    return row


# --- acting for an enterprise ----------------------------------------------------------------------------------------


def must_act_for(user: Any, enterprise: Any) -> None:
    """Raises DomainError `gone` unless the person is a member of the enterprise today."""
    if not acts_for(user).filter(pk=enterprise.pk).exists():
        raise DomainError(_("There is no such enterprise."), code="gone")


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
