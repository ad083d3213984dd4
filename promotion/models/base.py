"""What promotion's rows share: whose they are, how confidential, and the one place where their visibility starts."""

from collections.abc import Iterable
from typing import Any, ClassVar, Self

from django.apps import apps
from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from pinghu.accounts.models import Department
from pinghu.records import Record, RecordQuerySet
from promotion.rules import confidentiality
from promotion.rules.confidentiality import Guarded, Viewer

#: Currencies in which investors here sign; others can be typed by their ISO 4217 code.
CURRENCIES = [("CNY", "CNY"), ("USD", "USD"), ("EUR", "EUR"), ("JPY", "JPY"), ("HKD", "HKD"), ("TWD", "TWD")]


class Level(models.TextChoices):
    """Four levels of confidentiality inside the zone. State secrets do not belong into this system (涉密不上网)."""

    PUBLIC = confidentiality.PUBLIC, _("Public")
    INTERNAL = confidentiality.INTERNAL, _("Internal")
    RESTRICTED = confidentiality.RESTRICTED, _("Restricted")
    CONFIDENTIAL = confidentiality.CONFIDENTIAL, _("Confidential")


def viewer_of(user: Any) -> Viewer:
    """A person as the rules see them. Two queries at most, once for each instance of the user."""
    if not getattr(user, "has_staff_role", False):
        return Viewer(person=getattr(user, "pk", None), roles=frozenset())
    return Viewer(person=user.pk, roles=user.role_codes, units=user.unit_ids)


class PromotionQuerySet(RecordQuerySet):
    """Rows for staff with a role; nobody else."""

    def published(self) -> Self:
        return self.none()


class GuardedQuerySet(PromotionQuerySet):
    """Rows with a level: `rules.confidentiality` decides, here in SQL."""

    def visible_to(self, user: Any) -> Self:
        """Rows that this person sees whole: what lists, search, filters, sums and exports may use."""
        return self._within(user, code_name=False)

    def known_to(self, user: Any) -> Self:
        """Rows whose existence this person may know, some only under their code name."""
        return self._within(user, code_name=True)

    def masked_to(self, user: Any) -> Self:
        """Rows whose existence this person may know under their code name alone: known, but not visible."""
        viewer = viewer_of(user)
        condition = Q(pk__in=[])
        for level in confidentiality.LEVELS:
            grant = confidentiality.grants(viewer.roles, level, self.model.subject)
            if grant is not None and grant.code_name != grant.full:
                near, whole = self._near(viewer, grant.code_name), self._near(viewer, grant.full)
                condition |= Q(confidentiality=level) & near & ~whole
        return self.filter(condition)

    def _within(self, user: Any, *, code_name: bool) -> Self:
        viewer = viewer_of(user)
        condition = Q(pk__in=[])
        for level in confidentiality.LEVELS:
            grant = confidentiality.grants(viewer.roles, level, self.model.subject)
            if grant is not None:
                scope = grant.code_name if code_name else grant.full
                condition |= Q(confidentiality=level) & self._near(viewer, scope)
        return self.filter(condition)

    def _near(self, viewer: Viewer, scope: str) -> Q:
        if scope == confidentiality.ALL:
            return Q()
        members: Any = apps.get_model("promotion", self.model.member_model)._base_manager
        own = members.filter(person=viewer.person)
        column = self.model.member_field
        named = own.filter(part=Part.NAMED) if scope == confidentiality.NAMED else own
        near = Q(owner=viewer.person) | Q(pk__in=named.order_by().values(column))
        return near | Q(unit__in=viewer.units) if scope == confidentiality.UNIT else near


class BelowQuerySet(PromotionQuerySet):
    """Rows that hang on guarded ones: seen by whoever sees every one they hang on."""

    def visible_to(self, user: Any) -> Self:
        rows = self.filter(pk__isnull=False) if getattr(user, "has_staff_role", False) else self.none()
        for name in self.model.guarded_parents:
            parent = self.model._meta.get_field(name).related_model
            seen = Q(**{f"{name}__in": parent._default_manager.visible_to(user).order_by().values("pk")})
            rows = rows.filter(seen | Q(**{f"{name}__isnull": True}))
        return rows

    def _deleted_and_readable(self, user: Any) -> Q:
        """Not where the row ever hung on something that is hidden from this person."""
        readable = super()._deleted_and_readable(user)
        for name in self.model.guarded_parents:
            parent = self.model._meta.get_field(name).related_model
            seen = parent._default_manager.visible_to(user).order_by().values("pk")
            hidden = self.model.history.filter(**{f"{name}__isnull": False}).exclude(**{f"{name}__in": seen})
            readable &= ~Q(id__in=hidden.order_by().values("id"))
        return readable

    def few_visible_to(self, user: Any) -> Self:
        """The same rows as `visible_to`, their parents looked up row by row: for a few among many."""
        rows = self.filter(pk__isnull=False) if getattr(user, "has_staff_role", False) else self.none()
        for name in self.model.guarded_parents:
            parent = self.model._meta.get_field(name).related_model
            seen = Exists(parent._default_manager.visible_to(user).order_by().filter(pk=OuterRef(f"{name}_id")))
            rows = rows.filter(Q(seen) | Q(**{f"{name}__isnull": True}))
        return rows


class PromotionRecord(Record):
    """An addressable row of promotion; demo rows are marked and can be removed."""

    is_demo = models.BooleanField(_("demo row"), default=False, editable=False)

    objects = PromotionQuerySet.as_manager()

    class Meta:
        abstract = True


class BelowRecord(PromotionRecord):
    """A row that hangs on leads, projects or counterparts and is as visible as they are."""

    #: Foreign keys to guarded rows; where several are filled, a reader must see all of them.
    guarded_parents: ClassVar[tuple[str, ...]] = ()

    objects = BelowQuerySet.as_manager()

    class Meta:
        abstract = True

    def is_confidential(self) -> bool:
        """Where one of those it hangs on is; a query for each of them."""
        return hangs_on_confidential(self, self.guarded_parents)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """What hangs on a demo row is a demo row, and leaves with it."""
        if self._state.adding:
            hangs_on = (getattr(self, name, None) for name in (*self.guarded_parents, "enterprise", "carrier"))
            self.is_demo = self.is_demo or rests_on_demo(*hangs_on)
        super().save(*args, **kwargs)


def rests_on_demo(*rows: Any) -> bool:
    """Whether one of these is made up: what is done about it is made up too, and leaves with it."""
    return any(row.is_demo for row in rows if row is not None)


def hangs_on_confidential(row: Any, parents: Iterable[str]) -> bool:
    """Whether a row hangs, by one of these foreign keys, on a confidential record."""
    for name in parents:
        column = row._meta.get_field(name)
        key = getattr(row, column.attname)
        guarded = column.related_model._base_manager.filter(pk=key, confidentiality=Level.CONFIDENTIAL)
        if key is not None and guarded.exists():
            return True
    return False


class Part(models.TextChoices):
    """As what somebody belongs to a lead or a project besides its owner."""

    TEAM = "team", _("Task force")
    LINKED_LEADER = "linked_leader", _("Linked leader")
    CO_REPORTER = "co_reporter", _("Reported it too")
    NAMED = "named", _("May see it")


class GuardedRecord(PromotionRecord):
    """A row with an owner, a unit and a level of confidentiality."""

    #: The model that says who else belongs to it, and its foreign key back.
    member_model: ClassVar[str] = ""
    member_field: ClassVar[str] = ""
    #: Which of the rule's two tables guards it: what we win, or what we do for those who are here.
    subject: ClassVar[str] = confidentiality.PROMOTION

    confidentiality = models.CharField(
        _("confidentiality"), max_length=12, choices=Level.choices, default=Level.INTERNAL, db_index=True
    )
    code_name = models.CharField(
        _("code name"),
        max_length=60,
        blank=True,
        help_text=_("What those see who may only know that it exists; empty: its number."),
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("officer in charge"),
    )
    unit = models.ForeignKey(
        Department, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("unit")
    )

    objects = GuardedQuerySet.as_manager()

    class Meta:
        abstract = True

    def guarded(self) -> Guarded:
        """What guards this row, as the rule reads it; one query for the members (none if they are prefetched)."""
        members = [(member.person_id, member.part) for member in self.members.all()]  # type: ignore[attr-defined]
        return Guarded(
            level=self.confidentiality,
            owner=self.owner_id,
            unit=self.unit_id,
            team=frozenset(person for person, _part in members),
            named=frozenset(person for person, part in members if part == Part.NAMED),
        )

    def is_confidential(self) -> bool:
        return self.confidentiality == Level.CONFIDENTIAL

    def sight(self, user: Any) -> str:
        """FULL, CODE_NAME or HIDDEN for this person."""
        return confidentiality.sight(viewer_of(user), self.guarded(), self.subject)


class Member(Record):
    """Somebody who belongs to a record besides its owner."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("person")
    )
    part = models.CharField(_("belongs as"), max_length=14, choices=Part.choices, default=Part.TEAM)
    objects = BelowQuerySet.as_manager()

    class Meta:
        abstract = True


def currency_field(**options: Any) -> Any:
    options.setdefault("default", "CNY")
    return models.CharField(_("currency"), max_length=3, choices=CURRENCIES, **options)


class MoneyField(models.DecimalField):
    """A decimal that pages read and write as money; in the database it is none but a decimal."""

    is_money = True

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.DecimalField", args, kwargs


def money_field(label: Any, **options: Any) -> Any:
    """An amount in units of its currency (yuan, not 万元), two decimals."""
    options.setdefault("null", True)
    options.setdefault("blank", True)
    options.setdefault("validators", [MinValueValidator(0)])
    return MoneyField(label, max_digits=18, decimal_places=2, **options)


def area_field(label: Any, **options: Any) -> Any:
    options.setdefault("null", True)
    options.setdefault("blank", True)
    options.setdefault("validators", [MinValueValidator(0)])
    return models.DecimalField(label, max_digits=12, decimal_places=2, **options)


def person_field(label: Any, **options: Any) -> Any:
    options.setdefault("null", True)
    options.setdefault("blank", True)
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=label, **options
    )


class NumberSeries(models.Model):
    """The last number given out of a series in a year, so that numbers can be told over the phone."""

    code = models.CharField(max_length=4)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("number series")
        verbose_name_plural = _("number series")
        constraints = [models.UniqueConstraint(fields=["code", "year"], name="numberseries_once")]
