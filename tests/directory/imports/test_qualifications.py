"""Qualifications from an authority's list."""

import datetime
from typing import Any

import pytest

from directory.models import Enterprise, ImportRun, Qualification
from directory.services.importing import FileRefused, apply_run, decide, stage_file
from pinghu.errors import DomainError
from tests.directory.imports.rows import a_code, codes, csv_bytes, line, plan_of, said, verdicts
from tests.factories import an_enterprise

pytestmark = pytest.mark.django_db

HEADINGS = ["企业名称", "信用代码", "证书编号", "发证日期"]
FIXED = {"type": "high_tech_enterprise", "batch_label": "2024"}


def listed(*rows: Any, **values: Any) -> ImportRun:
    return plan_of(HEADINGS, *rows, kind="qualifications", **{"fixed": FIXED, **values})


def test_line_becomes_a_grant_with_the_validity_of_its_type() -> None:
    ours = an_enterprise("甲精机", uscc=a_code(1))
    apply_run(listed(["甲精机有限公司", a_code(1), "GR1", "2024-12-06"]))

    grant = Qualification.objects.get()
    assert (grant.enterprise, grant.batch_label, grant.certificate_no) == (ours, "2024", "GR1")
    assert grant.valid_until == datetime.date(2027, 12, 5)


def test_whole_name_is_enough() -> None:
    ours = an_enterprise("", registered_name="甲精机有限公司")

    assert line(listed(["甲精机有限公司", "", "GR1", ""])).values["enterprise"] == ours.pk


def test_code_is_followed_and_a_strange_name_noted() -> None:
    an_enterprise("", registered_name="甲精机有限公司", uscc=a_code(1))
    row = line(listed(["乙轴承有限公司", a_code(1), "GR1", ""]))

    assert (row.verdict, codes(row)) == ("new", ["not_company_of_code"])


def test_unknown_enterprise_is_an_error() -> None:
    assert codes(line(listed(["没有的有限公司", "", "GR1", ""]))) == ["enterprise_unknown"]


def test_likely_enterprise_is_chosen_by_a_person() -> None:
    ours = an_enterprise("", registered_name="津上精密机床(浙江)有限公司")
    run = listed(["津上精密机床有限公司", "", "GR1", "2024-12-06"])
    assert (line(run).verdict, codes(line(run))) == ("duplicate", ["which_enterprise"])

    with pytest.raises(DomainError):
        decide(line(run), "create", by=None)
    decide(line(run), "update", by=None, target_id=ours.pk)
    apply_run(run)

    assert Qualification.objects.get().enterprise == ours
    assert Enterprise.objects.count() == 1


def test_same_certificate_again_is_the_same_and_a_new_day_an_update() -> None:
    an_enterprise("甲精机", uscc=a_code(1))
    apply_run(listed(["甲精机", a_code(1), "GR1", "2024-12-06"]))

    assert verdicts(listed(["甲精机", a_code(1), "GR1", "2024-12-06"])) == ["same"]
    run = listed(["甲精机", a_code(1), "GR1", "2024-12-07"])
    apply_run(run)

    assert Qualification.objects.get().recognised_on == datetime.date(2024, 12, 7)
    assert Qualification.objects.get().valid_until == datetime.date(2027, 12, 6)


def test_new_certificate_is_a_new_grant() -> None:
    an_enterprise("甲精机", uscc=a_code(1))
    apply_run(listed(["甲精机", a_code(1), "GR1", "2021-12-06"], fixed={**FIXED, "batch_label": "2021"}))
    apply_run(listed(["甲精机", a_code(1), "GR2", "2024-12-06"]))

    assert Qualification.objects.count() == 2


def test_grant_twice_in_a_file_is_an_error() -> None:
    an_enterprise("甲精机", uscc=a_code(1))

    assert verdicts(listed(["甲精机", a_code(1), "GR1", ""], ["甲", a_code(1), "GR1", ""])) == ["new", "error"]


def test_end_before_beginning_is_an_error() -> None:
    an_enterprise("甲精机", uscc=a_code(1))
    run = plan_of([*HEADINGS, "有效期至"], ["甲精机", a_code(1), "GR1", "2024-12-06", "2023-01-01"],
                  kind="qualifications", fixed=FIXED)  # fmt: skip

    assert codes(line(run)) == ["ends_before_begins"]


def test_list_without_a_type_is_refused() -> None:
    with pytest.raises(FileRefused) as refused:
        stage_file(csv_bytes(HEADINGS, ["甲", "", "", ""]), said("qualifications"), by=None)

    assert refused.value.code == "missing_fixed"
