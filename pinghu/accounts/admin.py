"""People, departments, and who works where: for administrators; the auditor may look."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from pinghu.accounts.models import Department, Membership, User
from pinghu.accounts.services import new_password, remove_second_factor, save_user, set_password
from pinghu.admin.service_admin import ServiceAdmin, ServiceTabularInline
from pinghu.ledger.models import Door


class MembershipInline(ServiceTabularInline):
    """In which departments the person works, in which roles."""

    model = Membership
    fields = ("department", "role")
    label_select_related = ("department",)


class MemberInline(MembershipInline):
    """Who works in the department."""

    fields = ("user", "role")
    label_select_related = ("user",)


@admin.register(User)
class UserAdmin(ServiceAdmin):
    """A person's account. Passwords are set on a page of their own; no hash is ever shown."""

    save_service = staticmethod(save_user)
    list_display = ("username", "full_name", "roles", "email", "is_active", "last_login")
    list_filter = ("is_active", "memberships__role", "memberships__department")
    list_select_related = ()
    search_fields = ("username", "last_name", "first_name", "email")
    ordering = ("username",)
    fieldsets = (
        (None, {"fields": ("username", ("last_name", "first_name"), "email", "language", "is_active")}),
        (_("Account"), {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")
    inlines = (MembershipInline,)
    actions_detail = ("sign_in_help",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        people = super().get_queryset(request).prefetch_related("memberships__department")
        if super().has_view_permission(request):
            return people
        return people.filter(is_active=True, is_staff=True)

    def has_view_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Accounts are for administrators; whom to give work to, every colleague may choose."""
        match = request.resolver_match
        is_choosing = match is not None and match.url_name == "autocomplete"
        return super().has_view_permission(request, obj) or (is_choosing and request.user.has_staff_role)  # type: ignore[union-attr]

    @admin.display(description=_("name"), ordering="last_name")
    def full_name(self, user: User) -> str:
        return user.get_full_name()

    @admin.display(description=_("roles"))
    def roles(self, user: User) -> str:
        return "; ".join(str(membership) for membership in user.memberships.all())

    @action(description=_("Sign-in help"), url_path="sign-in-help", permissions=["change"], icon="key")
    def sign_in_help(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A page that gives a new password or removes a lost second factor; nothing happens before a POST."""
        person = self.get_object(request, object_id)
        if person is None:
            raise Http404
        if not self.has_change_permission(request, person):
            raise PermissionDenied
        password = ""
        if "give_password" in request.POST:
            password = new_password()
            set_password(person, password, by=request.user, door=Door.ADMIN)
        elif "remove_second_factor" in request.POST:
            remove_second_factor(person, by=request.user, door=Door.ADMIN)
            self.message_user(request, _("The second factor is removed."), messages.SUCCESS)
            return HttpResponseRedirect(self.change_url(person.pk))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Sign-in help"),
            "subtitle": None,
            "opts": self.opts,
            "original": person,
            "person": person,
            "given_password": password,
            "change_url": self.change_url(person.pk),
        }
        response = TemplateResponse(request, "admin/accounts/user/sign_in_help.html", context)
        response["Cache-Control"] = "no-store"
        return response


@admin.register(Department)
class DepartmentAdmin(ServiceAdmin):
    """A unit of the zone, its name in both languages, and the one above it."""

    list_display = ("code", "name", "name_en", "parent")
    list_select_related = ("parent",)
    search_fields = ("code", "name", "name_en")
    ordering = ("code",)
    fields = ("code", "name", "name_en", "parent")
    inlines = (MemberInline,)
    may_delete = True
