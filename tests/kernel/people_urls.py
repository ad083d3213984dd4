"""An admin site of its own, with departments and their memberships: what the tests of `ServiceAdmin` drive."""

from typing import Any

from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from pinghu.accounts.models import Department, Membership, User
from pinghu.admin import site as product_site
from pinghu.admin.service_admin import ServiceAdmin, ServiceTabularInline
from pinghu.admin.sites import PinghuAdminSite
from pinghu.admin.verbs import list_verb, verb
from pinghu.errors import DomainError
from pinghu.ledger.saving import save_record

site = PinghuAdminSite(name="admin")


class MembershipInline(ServiceTabularInline):
    model = Membership
    fields = ("user", "department", "role")
    label_select_related = ("department",)


class DepartmentAdmin(ServiceAdmin):
    list_display = ("code", "name", "parent")
    list_select_related = ("parent",)
    search_fields = ("code", "name")
    fields = ("code", "name", "name_en", "parent")
    inlines = (MembershipInline,)
    actions_detail = ("rename",)
    actions = ("refuse",)
    may_delete = True

    @verb(_("Publish"), question="It will be renamed.")
    def rename(self, request: Any, record: Any, change_reason: str) -> str:
        if change_reason == "no":
            raise DomainError(fields={"name": ["This name is taken."]})
        record.name = "renamed"
        save_record(record, fields=["name"], by=request.user, door="admin", why=change_reason)
        return "done"

    @list_verb(_("Publish"))
    def refuse(self, request: Any, queryset: Any) -> str:
        raise DomainError("The rule refuses this.")

    def call_service(self, request: Any, form: Any, record: Any, **kwargs: Any) -> Any:
        if record.name == "refused":
            raise DomainError(
                fields={"name": ["No such name."], "is_demo": ["Not a demo row."], "nonsense": ["Unknown."]},
                children={"memberships-0": {"role": ["Not this role."]}, "elsewhere-1": {"": ["Lost row."]}},
            )
        return super().call_service(request, form, record, **kwargs)


class UserAdmin(ServiceAdmin):
    list_display = ("username",)
    list_select_related = ()
    fields = ("username", "first_name")

    def search(self, request: Any, queryset: Any, term: str) -> Any:
        return queryset.filter(username=term)


class MembershipAdmin(ServiceAdmin):
    list_display = ("user", "department", "role")
    list_select_related = ("user", "department")
    search_fields = ("user__username",)
    fields = ("user", "department", "role")
    select_fields = ("department",)

    def get_hidden_fields(self, request: Any) -> frozenset[str]:
        return frozenset() if request.user.has_any_role("administrator") else frozenset({"role"})


# The menu names the lists of every app: they stand here as they stand in the product.
for _model, _registered in product_site._registry.items():
    if _model not in {Department, User, Membership}:
        site.register(_model, type(_registered))

site.register(Department, DepartmentAdmin)
site.register(User, UserAdmin)
site.register(Membership, MembershipAdmin)

urlpatterns = [path("accounts/", include("allauth.urls")), path("admin/", site.urls)]
