"""Import: a file becomes a run, the run a plan, the plan changes, and the changes can be undone.

    run = stage_file(data, Description(...), by=person)     # read, mapped, lines stored
    plan_run(run)                                           # one verdict a line; nothing else is written
    decide(row, "update", by=person, target_id=…)           # what only a person can say
    apply_run(run, by=person)                               # in chunks, resumable
    revert_run(run, by=person)                              # what nobody touched since

Doors with a person waiting call `request_…`, which leaves the work to the worker.
"""

from directory.services.importing.applying import applicable, apply_run
from directory.services.importing.deciding import CHOICES, decide, decide_all
from directory.services.importing.error_workbook import write_error_workbook
from directory.services.importing.planning import plan_run
from directory.services.importing.refusals import FileRefused
from directory.services.importing.requests import (
    change_mapping,
    map_and_plan,
    plan_mark,
    request_apply,
    request_plan,
    request_revert,
)
from directory.services.importing.reverting import revert_run
from directory.services.importing.rights import kinds_for, may_revert, may_run
from directory.services.importing.staging import Description, mapping_for, open_table, stage_file

__all__ = [
    "CHOICES",
    "Description",
    "FileRefused",
    "applicable",
    "apply_run",
    "change_mapping",
    "decide",
    "decide_all",
    "kinds_for",
    "map_and_plan",
    "mapping_for",
    "may_revert",
    "may_run",
    "open_table",
    "plan_mark",
    "plan_run",
    "request_apply",
    "request_plan",
    "request_revert",
    "revert_run",
    "stage_file",
    "write_error_workbook",
]
