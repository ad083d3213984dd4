"""Promotion's public addresses, in Chinese without prefix and in English under /en/."""

from django.urls import URLPattern, path

from promotion.views import services

app_name = "promotion"
urlpatterns: list[URLPattern] = [
    path("services/", services.services, name="services"),
    path("services/new/", services.request_new, name="request_new"),
    path("services/follow/", services.request_follow, name="request_follow"),
    path("services/requests/<str:number>/", services.request_detail, name="request_detail"),
    path("services/requests/<str:number>/answer/", services.request_answer, name="request_answer"),
    path("services/requests/<str:number>/rate/", services.request_rate, name="request_rate"),
    path("services/requests/<str:number>/urge/", services.request_urge, name="request_urge"),
]
