"""The demo's fictitious rows: marked, in the profile's proportions, and gone with one command."""

import datetime
from io import StringIO

import pytest
from django.core.management import call_command

from directory.demo import load_examples
from directory.figures import figures
from directory.models import Carrier, ChainSegment, CorporateGroup, Enterprise, IndustryChain, Tenancy
from directory.rules.uscc import is_valid
from directory.search import search
from directory.services.demo_removal import remove_demo_rows
from directory.services.fictitious import load_fictitious
from directory.services.merging import merge
from directory.services.zone import load_zone
from pinghu.ledger.models import Event
from tests.factories import an_enterprise, made

pytestmark = pytest.mark.django_db

AT = datetime.date(2026, 11, 22)


def quiet(_line):
    return None


def test_fictitious_rows_are_visibly_so_and_valid():
    load_fictitious(40, at=AT, out=quiet)
    rows = Enterprise.objects.filter(is_demo=True)
    assert rows.count() == 40
    for row in rows:
        row.full_clean()
        assert row.registered_name.startswith("演示")
        assert row.uscc[2:8] == "999999"
        assert is_valid(row.uscc)
    assert Event.objects.filter(subject_type="enterprise", verb="demo_loaded").count() == 40
    assert Enterprise.history.filter(is_demo=True).count() == 40


def test_second_load_makes_only_what_is_missing():
    load_fictitious(10, at=AT, out=quiet)
    names = set(Enterprise.objects.values_list("registered_name", flat=True))
    assert load_fictitious(10, at=AT, out=quiet) == 0
    assert load_fictitious(15, at=AT, out=quiet) == 5
    assert names < set(Enterprise.objects.values_list("registered_name", flat=True))


def test_1400_rows_have_the_profiles_proportions():
    load_zone()
    load_fictitious(1400, at=AT, out=quiet)
    computed = {row.figure.key: row.demo for row in figures(AT) if row.rule}
    assert computed["enterprises_total"] == 1400
    assert computed["enterprises_above_scale"] == 270
    assert computed["enterprises_foreign_invested"] == 300
    assert computed["enterprises_fortune_global_500"] == 26
    assert computed["enterprises_listed"] == 4
    assert computed["high_tech_enterprises"] == 170
    assert computed["provincial_srdi"] == 66
    assert computed["little_giants"] == 14
    assert computed["key_little_giants"] == 2


def test_fictitious_rows_are_found_and_derived():
    load_fictitious(20, at=AT, out=quiet)
    row = Enterprise.objects.filter(holdings__isnull=False).first()
    assert row.capital_origin in {"foreign", "hmt"}
    assert [hit.id for hit in search(row.registered_name, limit=1).hits] == [row.pk]


def test_removal_takes_demo_rows_and_them_alone():
    load_zone()
    real = an_enterprise("真实企业")
    before = {model: model.objects.count() for model in (Enterprise, IndustryChain)}
    load_examples()
    load_fictitious(30, at=AT, out=quiet)
    assert ChainSegment.objects.exists()

    call_command("remove_demo")

    assert {model: model.objects.count() for model in before} == before
    assert Enterprise.objects.filter(pk=real.pk).exists()
    assert not ChainSegment.objects.exists()
    assert not Carrier.objects.exists()
    assert not Enterprise.history.filter(is_demo=True).exists()
    assert search("演示", limit=5).total == 0


def test_demo_row_that_a_real_one_refers_to_stays():
    load_zone()
    load_examples()
    carrier = Carrier.objects.first()
    tenant = an_enterprise("真实租户")
    made(Tenancy(carrier=carrier, tenant=tenant, area_m2=100, starts_on=AT))
    remove_demo_rows()
    assert list(Carrier.objects.all()) == [carrier]


def test_demo_rows_that_were_worked_with_stay_with_what_they_refer_to():
    load_zone()
    load_fictitious(30, at=AT, out=quiet)
    grouped = Enterprise.objects.get(is_demo=True, group__is_demo=True)
    other = Enterprise.objects.filter(is_demo=True).exclude(pk=grouped.pk).first()
    merge(grouped, other, by=None, door="admin")
    out = StringIO()

    call_command("remove_demo", stdout=out)

    assert set(Enterprise.objects.filter(is_demo=True)) == {grouped, other}
    assert grouped.group in CorporateGroup.objects.all()
    assert "directory.Enterprise: 2" in out.getvalue().partition("kept")[2]
    call_command("rebuild_search_index", "--check")


def test_examples_load_again_without_change():
    load_zone()
    load_examples()
    events = Event.objects.count()
    load_examples()
    assert Event.objects.count() == events
