"""The demo's cast: a visibly made-up person in each role (two promotion officers, who compete), in departments marked as demo rows."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from pinghu.accounts.models import Department, Membership, User
from pinghu.accounts.roles import Role
from pinghu.demo import Out, demo_step
from pinghu.errors import DomainError
from pinghu.ledger.models import Door
from pinghu.ledger.saving import delete_record, save_record
from pinghu.records import PUBLIC_ID_ALPHABET

#: code → Chinese and English name. Names of things are data, so they are not translated.
DEPARTMENTS = {
    "demo-promotion": ("招商部门（演示）", "Promotion (demo)"),
    "demo-outpost": ("驻沪招商组（演示）", "Shanghai outpost (demo)"),
    "demo-service": ("企业服务部门（演示）", "Enterprise service (demo)"),
    "demo-subdistrict": ("街道（演示）", "Subdistrict (demo)"),
    "demo-office": ("综合部门（演示）", "Office (demo)"),
    "demo-enterprise": ("入驻企业（演示）", "Enterprise (demo)"),
}


@dataclass(frozen=True, slots=True)
class Person:
    """One member of the cast."""

    username: str
    title: str
    role: Role
    department: str


CAST = (
    Person("officer", "招商专员", Role.PROMOTION_OFFICER, "demo-promotion"),
    Person("colleague", "驻沪专员", Role.PROMOTION_OFFICER, "demo-outpost"),
    Person("manager", "招商主管", Role.PROMOTION_MANAGER, "demo-promotion"),
    Person("service", "服务专员", Role.SERVICE_OFFICER, "demo-service"),
    Person("coordinator", "服务协调", Role.SERVICE_COORDINATOR, "demo-service"),
    Person("steward", "数据管理", Role.DATA_STEWARD, "demo-office"),
    Person("carrier", "载体管理", Role.CARRIER_MANAGER, "demo-promotion"),
    Person("subdistrict", "街道联络", Role.SUBDISTRICT_LIAISON, "demo-subdistrict"),
    Person("leader", "领导", Role.LEADER, "demo-office"),
    Person("auditor", "审计", Role.AUDITOR, "demo-office"),
    Person("administrator", "系统管理", Role.ADMINISTRATOR, "demo-office"),
    Person("member", "企业成员", Role.ENTERPRISE_MEMBER, "demo-enterprise"),
)


@dataclass(frozen=True, slots=True)
class Credential:
    """A password in clear, known only to who asked for it at this moment."""

    username: str
    password: str
    role: Role


def new_password() -> str:
    """Three groups of four characters that can be read aloud (59 bits)."""
    letters = "".join(secrets.choice(PUBLIC_ID_ALPHABET) for _ in range(12))
    return "-".join((letters[:4], letters[4:8], letters[8:]))


def load_cast(*, reset_passwords: bool = False) -> list[Credential]:
    """Make whoever of the cast is missing; returns the passwords made now.

    Somebody who is there keeps password and changes, unless `reset_passwords`. A user of that name who is not one of
    the demo's (no membership in a demo department) is left alone.
    """
    departments = {code: _department(code, *names) for code, names in DEPARTMENTS.items()}
    made: list[Credential] = []
    for person in CAST:
        user = User.objects.filter(username=person.username).first()
        if user is not None and not (reset_passwords and _is_of_the_demo(user)):
            continue
        password = new_password()
        user = user or User(username=person.username, last_name="演示", first_name=person.title)
        user.set_password(password)  # slow by design, so before the transaction
        with transaction.atomic():
            user = save_record(user, fields=["password"], by=None, door=Door.COMMAND, why="demo")
            if not user.memberships.filter(role=person.role).exists():
                membership = Membership(user=user, department=departments[person.department], role=person.role)
                save_record(membership, by=None, door=Door.COMMAND, why="demo")
        made.append(Credential(person.username, password, person.role))
    return made


@transaction.atomic
def remove_cast() -> list[str]:
    """Remove the demo's people and departments; returns the names of those who had to stay.

    Who left traces in the ledger cannot be deleted: that person stays without password, role or access. A department
    that somebody real was added to, or that other records refer to, stays too.
    """
    kept: list[str] = []
    for user in User.objects.filter(memberships__department__is_demo=True).distinct():
        if not _is_of_the_demo(user):
            continue
        for membership in user.memberships.filter(department__is_demo=True):
            delete_record(membership, by=None, door=Door.COMMAND, why="demo removed")
        try:
            with transaction.atomic():
                user.delete()
        except ProtectedError:
            user.refresh_from_db()
            user.set_unusable_password()
            user.is_active = False
            save_record(user, fields=["password", "is_active"], by=None, door=Door.COMMAND, why="demo removed")
            kept.append(user.username)
    for department in Department.objects.filter(is_demo=True):
        if not _left(department):
            kept.append(department.name)
    return kept


@demo_step
def prepare_cast(options: Mapping[str, Any], out: Out) -> None:
    """Make the cast and print each new password, this once."""
    made = load_cast(reset_passwords=options.get("reset_passwords", False))
    if not made:
        out(
            _("The demo's people keep their passwords, printed when they were made (--reset-passwords makes new ones).")
        )
        return
    out(_("Sign in as one of these; the passwords are not shown again:"))
    for one in made:
        out(f"    {one.username:<14} {one.password}   {one.role.label}")


def _department(code: str, name: str, name_en: str) -> Department:
    found = Department.objects.filter(code=code).first()
    if found is not None:
        return found
    made: Department = save_record(
        Department(code=code, name=name, name_en=name_en, is_demo=True), by=None, door=Door.COMMAND, why="demo"
    )
    return made


def _left(department: Department) -> bool:
    """Delete a department that nobody works in and nothing refers to; whether it is gone."""
    if department.memberships.exists() or department.children.exists():
        return False
    try:
        delete_record(department, by=None, door=Door.COMMAND, why="demo removed")
    except DomainError:
        return False
    return True


def _is_of_the_demo(user: User) -> bool:
    """Works in demo departments and nowhere else."""
    marks = set(user.memberships.values_list("department__is_demo", flat=True))
    return marks == {True}
