"""The pages behind the `type` of each problem, for people."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from pinghu.api.problem_types import PROBLEM_TYPES


def problem(request: HttpRequest, slug: str = "") -> HttpResponse:
    """What one problem type means and what to do; without a slug, all of them."""
    if slug and slug not in PROBLEM_TYPES:
        raise Http404
    kinds = [PROBLEM_TYPES[slug]] if slug else list(PROBLEM_TYPES.values())
    return render(request, "problems.html", {"kinds": kinds, "kind": kinds[0] if slug else None})
