"""Names and codes of promotion's vocabularies and people, as cells state them, read once for a plan."""

from collections import defaultdict
from functools import cached_property

from directory.rules.headers import heading_key
from directory.rules.values import Parsed
from directory.services.importing.lookups import Lookups, index_of
from pinghu.accounts.models import Department, Membership, User
from promotion.models import LeadChannel, PromotionActivity
from promotion.services.claims import OWNER_ROLES


class PromotionLookups(Lookups):
    """The directory's, and promotion's own; a query each, when first asked for."""

    @cached_property
    def channels(self) -> dict[str, set[int]]:
        return index_of(LeadChannel.objects.filter(is_active=True).values_list("pk", "code", "name", "name_en"))

    @cached_property
    def activities(self) -> dict[str, set[int]]:
        return index_of(PromotionActivity.objects.values_list("pk", "name"))

    @cached_property
    def units(self) -> dict[str, set[int]]:
        return index_of(Department.objects.values_list("pk", "code", "name", "name_en"))

    @cached_property
    def people(self) -> dict[int, User]:
        """Those who may have a lead, by primary key."""
        working = Membership._base_manager.filter(role__in=OWNER_ROLES).order_by().values("user")
        return User._base_manager.filter(is_active=True, pk__in=working).in_bulk()

    @cached_property
    def departments_of(self) -> dict[int, list[int]]:
        """Person → the departments they work in, the first one first."""
        found: dict[int, list[int]] = defaultdict(list)
        rows = Membership._base_manager.order_by("user", "department", "role")
        for person, department in rows.values_list("user", "department"):
            found[person].append(department)
        return found

    @cached_property
    def _people_by_name(self) -> dict[str, set[int]]:
        return index_of((key, person.username, str(person)) for key, person in self.people.items())

    def person(self, text: str) -> Parsed[int]:
        """The colleague by user name or full name."""
        keys = self._people_by_name.get(heading_key(text), set())
        if len(keys) > 1:
            return Parsed(problem="person_ambiguous", hint=", ".join(sorted(self.people[key].username for key in keys)))
        return Parsed(min(keys)) if keys else Parsed(problem="person_unknown")
