"""Promotion's addresses outside the admin, in Chinese without prefix and in English under /en/, by their door."""

from django.urls import URLPattern, path

from promotion.views import portal, service_requests

#: For anybody: the service system, and requests without an account.
SERVICES: list[URLPattern] = [
    path("services/", service_requests.services, name="services"),
    path("services/new/", service_requests.request_new, name="request_new"),
    path("services/follow/", service_requests.request_follow, name="request_follow"),
    path("services/requests/<str:number>/", service_requests.request_detail, name="request_detail"),
    path("services/requests/<str:number>/answer/", service_requests.request_answer, name="request_answer"),
    path("services/requests/<str:number>/rate/", service_requests.request_rate, name="request_rate"),
    path("services/requests/<str:number>/urge/", service_requests.request_urge, name="request_urge"),
]
#: For the enterprises' own people, who sign in.
PORTAL: list[URLPattern] = [
    path("portal/", portal.desk, name="portal"),
    path("portal/join/", portal.join, name="portal_join"),
    path("portal/claim/<str:public_id>/", portal.claim, name="portal_claim"),
    path("portal/<str:public_id>/", portal.enterprise, name="portal_enterprise"),
    path("portal/<str:public_id>/requests/new/", portal.request_new, name="portal_request_new"),
    path("portal/<str:public_id>/requests/<str:number>/", portal.request_detail, name="portal_request"),
    path("portal/<str:public_id>/corrections/new/", portal.correction_new, name="portal_correction"),
    path("portal/<str:public_id>/matches/<str:match_id>/introduce/", portal.match_introduce, name="portal_introduce"),
    path("portal/<str:public_id>/<str:kind>/new/", portal.ware, name="portal_ware_new"),
    path("portal/<str:public_id>/<str:kind>/<str:ware_id>/", portal.ware, name="portal_ware"),
]
