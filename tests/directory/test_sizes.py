"""The size class of a year's figures by the limits on record, and a hand that overrides it."""

import datetime

import pytest

from directory.models import AnnualFigures, SizeThreshold
from directory.sizes import Thresholds
from tests.factories import made

pytestmark = pytest.mark.django_db


def figures(**values):
    return AnnualFigures(**{"year": 2025, "employees": 300, "revenue": 2000, **values})


@pytest.mark.parametrize(
    ("code", "values", "size"),
    [
        ("34", {}, "medium"),
        ("34", {"employees": 299}, "small"),
        ("34", {"employees": 1000, "revenue": 40000}, "large"),
        ("34", {"employees": 1000, "revenue": 299}, "micro"),
        ("34", {"revenue": None}, ""),
        ("71", {"assets": 8000}, "medium"),
        ("", {}, ""),
        ("83", {}, ""),
        ("34", {"year": 2016}, ""),
    ],
)
def test_size_follows_sector_figures_and_the_limits_of_that_year(code, values, size):
    assert Thresholds().size_of(figures(**values), code).value == size


def test_hand_overrides_with_its_reason_and_shows_what_the_figures_say():
    size = Thresholds().size_of(figures(size_override="small", size_override_reason="新办"), "34")

    assert (size.value, size.computed, size.reason, size.is_overridden) == ("small", "medium", "新办", True)


def test_newer_limits_count_from_their_day(django_assert_num_queries):
    made(
        SizeThreshold(
            sector="industry", sections="B,C,D", version="2030", effective_from=datetime.date(2030, 6, 1),
            employees_large=10, employees_medium=5, employees_small=2,
            revenue_large=10, revenue_medium=5, revenue_small=2,
        )
    )  # fmt: skip

    with django_assert_num_queries(1):
        thresholds = Thresholds()
        assert thresholds.size_of(figures(year=2029), "34").value == "medium"
        assert thresholds.size_of(figures(year=2030), "34").value == "large"
