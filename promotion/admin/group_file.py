"""总部对接 in the admin: one staff page for each group, with all that was talked with its headquarters."""

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from directory.models import CorporateGroup
from directory.ports import record_page
from pinghu.accounts.roles import STAFF_ROLES
from pinghu.admin.pages import admin_page
from pinghu.ledger.access import log_access
from pinghu.ledger.models import AccessLog, Door
from promotion.group_file import GroupFile, group_file
from promotion.models import Level
from promotion.rules.working_time import local_day

record_page(CorporateGroup, "group_file", gettext_lazy("The whole file"))


@admin_page("groups/<str:public_id>/file/", "group_file", roles=STAFF_ROLES)
def group_file_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """Enterprises here, rankings, listings, plan, engagements, promises, signals, and what came of it, by clearance."""
    group = CorporateGroup.objects.visible_to(request.user).filter(public_id=public_id).first()
    if group is None:
        raise Http404
    file = group_file(group, request.user, local_day(timezone.now()))
    _log(request, file)
    context = {
        **admin.site.each_context(request),
        "title": str(group),
        "file": file,
        "record_url": reverse("admin:directory_corporategroup_change", args=[group.pk]),
        "engage_url": f"{reverse('admin:promotion_headquartersengagement_add')}?group={group.pk}",
        "signal_url": f"{reverse('admin:promotion_intentsignal_add')}?group={group.pk}",
        "plan_url": f"{reverse('admin:promotion_headquartersplan_add')}?group={group.pk}",
        "engagements_url": f"{reverse('admin:promotion_headquartersengagement_changelist')}?group__id__exact={group.pk}",
    }
    return TemplateResponse(request, "admin/promotion/group_file.html", context)


def _log(request: HttpRequest, file: GroupFile) -> None:
    """A look is logged where something in it is confidential."""
    rows = (*file.engagements, *file.signals, *file.leads, *file.cases, *file.projects)
    if guarded := [row.public_id for row in rows if row.confidentiality == Level.CONFIDENTIAL]:
        log_access(by=request.user, kind=AccessLog.Kind.READ, door=Door.ADMIN, subject=file.group, confidential=guarded)
