"""Who plays, when it is, and the few acts of which every scene is made."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.core.files.base import ContentFile

from directory.models import ExchangeRate
from pinghu.accounts.models import Department, User
from pinghu.ledger.models import Door
from pinghu.ledger.saving import save_record
from promotion.calendar import office_calendar
from promotion.models import Lead
from promotion.rules.working_time import SHANGHAI, WorkCalendar, local_day
from promotion.services.evidence import add_evidence
from promotion.services.follow_ups import log_follow_up


@dataclass
class Scene:
    """The day of loading and the cast; days are counted back from it. `rows` are those that later scenes come back to."""

    at: datetime.datetime
    people: Mapping[str, User]
    rows: dict[str, Any] = field(default_factory=dict)

    @property
    def today(self) -> datetime.date:
        return local_day(self.at)

    def ago(self, days: int) -> datetime.date:
        """So many days ago; a negative number lies ahead."""
        return self.today - datetime.timedelta(days=days)

    @property
    def since_monday(self) -> int:
        """How many days ago this week began: what is told of then has happened this week, whatever day it is."""
        return self.today.weekday()

    def this_year(self, days: int) -> datetime.date:
        """So many days ago, but of this year: what targets count must not slip into the last one in January."""
        return max(self.ago(days), self.today.replace(month=1, day=1))

    def moment(self, day: datetime.date) -> datetime.datetime:
        """Ten o'clock of that day, never later than now."""
        return min(datetime.datetime.combine(day, datetime.time(10), SHANGHAI), self.at)

    @cached_property
    def calendar(self) -> WorkCalendar:
        return office_calendar()

    def workday(self, back: int) -> datetime.date:
        """The working day so many working days before today; 1 is the last one."""
        day = self.today
        for _each in range(back):
            day = self.calendar.previous_working_day(day)
        return day

    def does(self, name: str, back: int, clock: str = "10:00") -> dict[str, Any]:
        """As `acts`, while offices were open: `back` working days before today (1 or more), at this time of day."""
        moment = datetime.datetime.combine(self.workday(back), datetime.time.fromisoformat(clock), SHANGHAI)
        return {"by": self.people[name], "door": Door.COMMAND, "at": moment}

    def unit(self, name: str) -> Department:
        """Where somebody works."""
        membership: Any = self.people[name].memberships.select_related("department").order_by("pk").first()
        unit: Department = membership.department
        return unit

    def acts(self, name: str, day: datetime.date) -> dict[str, Any]:
        """What every service is told: who, through which door, when."""
        return {"by": self.people[name], "door": Door.COMMAND, "at": self.moment(day)}

    def put(self, row: Any) -> Any:
        """Save a row that has no service of its own; what hangs on a demo row is marked by its model."""
        if hasattr(row, "is_demo"):
            row.is_demo = True
        return save_record(row, by=None, door=Door.COMMAND)

    def rates(self, source: str, cny: Mapping[str, str]) -> None:
        """State what one unit of each currency is worth in yuan, from the first day of each year that is told of."""
        for year in range(self.today.year - 4, self.today.year + 1):
            day = datetime.date(year, 1, 1)
            for currency, value in cny.items():
                if not ExchangeRate._base_manager.filter(currency=currency, on=day).exists():
                    self.put(ExchangeRate(currency=currency, on=day, cny=Decimal(value), source=source))

    def talk(
        self, row: Any, name: str, days: int, kind: str, happened: str, step: str = "", *, due: int = 0, none: str = ""
    ) -> Any:
        """Log a talk of so many days ago; the next step is due in `due` days from today (negative: it is late)."""
        return log_follow_up(
            kind=kind,
            happened=happened,
            next_step=step,
            next_on=self.ago(-due) if step else None,
            none_because=none,
            **{"lead" if isinstance(row, Lead) else "project": row},
            **self.acts(name, self.ago(days)),
        )

    def paper(self, project: Any, kind: str, title: str, name: str, day: datetime.date) -> Any:
        """Upload a file that says of itself that it proves nothing."""
        upload = ContentFile(made_up_pdf(f"Demo only. Project {project.number}, {kind}."), name=f"{title}（演示）.pdf")
        return add_evidence(project, kind=kind, upload=upload, title=f"{title}（演示）", **self.acts(name, day))


def made_up_pdf(text: str) -> bytes:
    """A PDF of one page with one line of ASCII."""
    stream = f"BT /F1 18 Tf 72 720 Td ({text}) Tj ET"
    objects = (
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        f"<</Length {len(stream)}>>stream\n{stream}\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    body, offsets = "%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += f"{number} 0 obj{content}endobj\n"
    rows = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    trailer = f"trailer<</Size {size}/Root 1 0 R>>\nstartxref\n{len(body)}\n%%EOF\n"
    return f"{body}xref\n0 {size}\n0000000000 65535 f \n{rows}{trailer}".encode("ascii")
