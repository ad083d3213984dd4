"""Addresses under /api/. A path of no route is a JSON 404."""

from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularSwaggerSplitView

from pinghu.api.handlers import unknown_path
from pinghu.api.openapi import OpenApiView
from pinghu.api.routes import route

app_name = "api"
urlpatterns = [
    route("docs", SpectacularSwaggerSplitView.as_view(url_name="api:openapi"), name="docs"),
    route("v1/openapi.json", OpenApiView.as_view(), name="openapi"),
    path("v1/", include("directory.api.urls")),
    path("v1/", include("promotion.api.urls")),
    re_path(r"", unknown_path, name="unknown"),
]
