"""People, their departments, and in which role they work there."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any, Self

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from pinghu.accounts.roles import ADMIN_ROLES, STAFF_ROLES, Role
from pinghu.ledger.history import tracked
from pinghu.records import Record, RecordQuerySet


class PeopleQuerySet(RecordQuerySet):
    """People and units are seen by everybody who works here, and by the two who look after the system."""

    def visible_to(self, user: Any) -> Self:
        return self if getattr(user, "may_enter_admin", False) else self.none()


class PeopleManager(UserManager.from_queryset(PeopleQuerySet)):  # type: ignore[misc]
    """Django's own `create_user`, and visibility."""


class User(AbstractUser, Record):
    """A person who signs in: staff of the zone, or a member of an enterprise (portal only)."""

    language = models.CharField(
        _("language"), max_length=10, choices=[("zh-hans", _("Chinese")), ("en", _("English"))], default="zh-hans"
    )

    objects = PeopleManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["username"]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    def get_full_name(self) -> str:
        """Family name first where it is written in Chinese."""
        if self.last_name and not self.last_name.isascii():
            return f"{self.last_name}{self.first_name}"
        return super().get_full_name()

    @cached_property
    def role_codes(self) -> frozenset[str]:
        """The roles this person holds today; no query beyond that of `_work`."""
        return frozenset(role for role, _department in self._work) if self.is_active else frozenset()

    @cached_property
    def _work(self) -> list[tuple[str, int]]:
        """In which role in which department; one query per instance."""
        return list(self.memberships.order_by().values_list("role", "department"))

    @cached_property
    def unit_ids(self) -> frozenset[int]:
        """The departments this person works in, with all below them; no query beyond `_work` and `known_units`."""
        return units_below(self.known_units.values(), [department for _role, department in self._work])

    @cached_property
    def known_units(self) -> "dict[int, Department]":
        """Every department by its key, as this person's pages name and nest them; one query per instance."""
        return {unit.pk: unit for unit in Department.objects.only("code", "name", "parent")}

    @property
    def has_staff_role(self) -> bool:
        """Works for the zone in some role. Being a superuser is not a role: it runs the system, it reads no records."""
        return bool(self.role_codes & STAFF_ROLES)

    @property
    def may_enter_admin(self) -> bool:
        return bool(self.role_codes & ADMIN_ROLES)

    def has_any_role(self, *roles: str) -> bool:
        return bool(self.role_codes & set(roles))


def units_below(units: "Iterable[Department]", roots: Iterable[int]) -> frozenset[int]:
    """The keys of these departments and of all below them, whatever circle somebody may have entered."""
    found = set(roots)
    children: dict[int, list[int]] = {}
    for unit in units:
        if unit.parent_id is not None:
            children.setdefault(unit.parent_id, []).append(unit.pk)
    todo = list(found)
    while todo:
        below = [key for key in children.get(todo.pop(), []) if key not in found]
        found.update(below)
        todo += below
    return frozenset(found)


class Department(Record):
    """A unit of the committee, the subdistrict or the group. The zone enters them; the profile names none."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=100, blank=True)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent")
    )
    is_demo = models.BooleanField(_("demo row"), default=False, editable=False)

    objects = PeopleQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Membership(Record):
    """One person works in one department in one role."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("user"))
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, related_name="memberships", verbose_name=_("department")
    )
    role = models.CharField(_("role"), max_length=30, choices=Role.choices)

    objects = PeopleQuerySet.as_manager()
    history = tracked()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering = ["user", "department", "role"]
        constraints = [
            models.UniqueConstraint(fields=["user", "department", "role"], name="membership_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} · {self.department}"
