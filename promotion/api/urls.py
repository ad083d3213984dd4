"""Addresses of promotion under /api/v1/."""

from django.urls import URLPattern

from pinghu.api.routes import route
from promotion.api import cases, views

urlpatterns: list[URLPattern] = [
    route("leads", views.LeadList.as_view(), name="lead_list"),
    route("leads/<str:public_id>", views.LeadDetail.as_view(), name="lead_detail"),
    route("leads/<str:public_id>/convert", views.LeadConvert.as_view(), name="lead_convert"),
    route("projects", views.ProjectList.as_view(), name="project_list"),
    route("projects/<str:public_id>", views.ProjectDetail.as_view(), name="project_detail"),
    route("projects/<str:public_id>/move", views.ProjectMove.as_view(), name="project_move"),
    route("projects/<str:public_id>/moves", views.ProjectMoves.as_view(), name="project_moves"),
    route("cases", cases.CaseList.as_view(), name="case_list"),
    route("cases/<str:public_id>", cases.CaseDetail.as_view(), name="case_detail"),
    *(
        route(f"cases/<str:public_id>/{view.verb}", view.as_view(), name=f"case_{view.verb}")
        for view in (
            cases.CaseAccept, cases.CaseReject, cases.CaseDispatch, cases.CaseTakeUp, cases.CaseAsk, cases.CaseAnswer,
            cases.CaseReply, cases.CaseRate, cases.CaseClose, cases.CaseReopen, cases.CaseUrge, cases.CaseNote,
        )
    ),
]  # fmt: skip
