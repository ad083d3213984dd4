"""Addresses of the directory under /api/v1/."""

from django.urls import URLPattern

from directory.api import views
from pinghu.api.routes import route

urlpatterns: list[URLPattern] = [
    route("enterprises", views.EnterpriseList.as_view(), name="enterprise_list"),
    route("enterprises/suggest", views.EnterpriseSuggest.as_view(), name="enterprise_suggest"),
    route("enterprises/<str:public_id>", views.EnterpriseDetail.as_view(), name="enterprise_detail"),
    route("chains", views.ChainList.as_view(), name="chain_list"),
    route("chains/<str:code>", views.ChainDetail.as_view(), name="chain_detail"),
    route("parks", views.ParkList.as_view(), name="park_list"),
    route("parks/<str:code>", views.ParkDetail.as_view(), name="park_detail"),
    route("groups", views.GroupList.as_view(), name="group_list"),
    route("groups/<str:public_id>", views.GroupDetail.as_view(), name="group_detail"),
    route("figures", views.FigureList.as_view(), name="figure_list"),
]
