"""一企一档 in the admin: one staff page for each enterprise, and the brief for tomorrow's visit."""

from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.models import Enterprise
from directory.ports import record_page
from pinghu.accounts.roles import STAFF_ROLES
from pinghu.admin.pages import admin_page
from pinghu.ledger.access import log_access
from pinghu.ledger.models import AccessLog, Door
from pinghu.word import DOCX_TYPE
from promotion.admin.quick_visit import visit_url
from promotion.enterprise_brief import brief
from promotion.enterprise_file import enterprise_file
from promotion.models import Level
from promotion.rules.working_time import local_day
from promotion.services.evidence import clean_name

record_page(Enterprise, "enterprise_file", gettext_lazy("The whole file"))


@admin_page("enterprises/<str:public_id>/file/", "enterprise_file", roles=STAFF_ROLES)
def enterprise_file_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """Visits, cases, projects, capital, titles, space, promises, group and signals, by clearance."""
    enterprise = _enterprise(request, public_id)
    file = enterprise_file(enterprise, request.user, local_day(timezone.now()))
    _log(request, file, AccessLog.Kind.READ)
    context = {
        **admin.site.each_context(request),
        "title": str(enterprise),
        "file": file,
        "brief_url": reverse("admin:enterprise_brief", args=[public_id]),
        "record_url": reverse("admin:directory_enterprise_change", args=[enterprise.pk]),
        "visit_url": visit_url(request.user, enterprise),
        "case_url": _adding(request, "servicecase", enterprise),
    }
    return TemplateResponse(request, "admin/promotion/enterprise_file.html", context)


@admin_page("enterprises/<str:public_id>/brief.docx", "enterprise_brief", roles=STAFF_ROLES)
def enterprise_brief(request: HttpRequest, public_id: str) -> HttpResponse:
    """The same as a page of A4 in the reader's language; the access log keeps it."""
    enterprise = _enterprise(request, public_id)
    at = timezone.now()
    file = enterprise_file(enterprise, request.user, local_day(at))
    content = brief(file, by=request.user, at=at)
    _log(request, file, AccessLog.Kind.EXPORT, file="docx")
    response = HttpResponse(content, content_type=DOCX_TYPE)
    name = clean_name(_("Brief %(enterprise)s") % {"enterprise": enterprise})
    response["Content-Disposition"] = content_disposition_header(True, f"{name}.docx") or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response


def _adding(request: HttpRequest, model: str, enterprise: Enterprise) -> str:
    """Where one is entered for this enterprise; "" for who may not."""
    if not request.user.has_perm(f"promotion.add_{model}"):
        return ""
    return f"{reverse(f'admin:promotion_{model}_add')}?enterprise={enterprise.pk}"


def _enterprise(request: HttpRequest, public_id: str) -> Enterprise:
    rows = Enterprise.objects.visible_to(request.user).select_related("group", "park")
    enterprise: Enterprise | None = rows.filter(public_id=public_id).first()
    if enterprise is None:
        raise Http404
    return enterprise


def _log(request: HttpRequest, found: Any, kind: str, **detail: Any) -> None:
    """An export is always logged, a look where something in it is confidential."""
    rows = (*found.visits, *found.open_cases, *found.projects, *found.signals, *found.engagements)
    guarded = [row.public_id for row in rows if row.confidentiality == Level.CONFIDENTIAL]
    if guarded or kind == AccessLog.Kind.EXPORT:
        if guarded:
            detail["confidential"] = guarded
        log_access(by=request.user, kind=kind, door=Door.ADMIN, subject=found.enterprise, **detail)
