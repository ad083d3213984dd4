"""Addresses of the public site, in Chinese without prefix and in English under /en/."""

from django.urls import URLPattern, path

from directory.views import about, carriers, chains, enterprises, figures, groups, home, parks

app_name = "directory"
urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("about/", about.about, name="about"),
    path("enterprises/", enterprises.enterprise_list, name="enterprise_list"),
    path("enterprises/suggest/", enterprises.enterprise_suggest, name="enterprise_suggest"),
    path("enterprises/compare/", enterprises.enterprise_compare, name="enterprise_compare"),
    path("enterprises/export.csv", enterprises.enterprise_export, name="enterprise_export"),
    path("enterprises/<str:identifier>/", enterprises.enterprise_detail, name="enterprise_detail"),
    path("chains/", chains.chain_list, name="chain_list"),
    path("chains/<slug:code>/", chains.chain_detail, name="chain_detail"),
    path("parks/", parks.park_list, name="park_list"),
    path("parks/<slug:code>/", parks.park_detail, name="park_detail"),
    path("carriers/", carriers.carrier_list, name="carrier_list"),
    path("groups/<str:public_id>/", groups.group_detail, name="group_detail"),
    path("figures/", figures.figure_list, name="figure_list"),
    path("figures/<slug:key>/", figures.figure_detail, name="figure_detail"),
]
