"""What the pages and verbs of promotion cost with N leads and a tenth as many projects: queries, p50, p95.

    python -m tests.benchmarks.bench_promotion --leads 2000 50000 500000

Everything goes through Django's test client as one officer, manager or leader, warm. "own" is this process's own time
(median): on SQLite all the work, whatever else the machine does. The ratio is of it, to the list of lead channels (a
dozen rows) read the same way in the same run, for what writes to a plain edit of a channel. A page that this version
does not have says "not there". `DATABASE_URL` chooses the engine.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

from tests.benchmarks.database import milliseconds, own_database, percentile, set_up

ROUNDS = 20
#: Projects made ready for one move each.
READY = 2 + ROUNDS
#: What is measured, by the address's name: (label, name, query, who). A page of another part stands here by its name.
PAGES = (
    ("lead list", "admin:promotion_lead_changelist", "", "officer"),
    ("lead list, leader", "admin:promotion_lead_changelist", "", "leader"),
    ("lead list, overdue, mine", "admin:promotion_lead_changelist", "whose=mine&next=overdue", "officer"),
    ("lead list, search", "admin:promotion_lead_changelist", "q=盛华", "officer"),
    ("lead list, page 10", "admin:promotion_lead_changelist", "p=10", "officer"),
    ("project list of 100", "admin:promotion_investmentproject_changelist", "", "officer"),
    ("project list, leader", "admin:promotion_investmentproject_changelist", "", "leader"),
    ("contacts", "admin:promotion_contact_changelist", "", "officer"),
    ("follow-ups", "admin:promotion_interaction_changelist", "", "officer"),
    ("my day, officer", "admin:my_day", "", "officer"),
    ("my day, manager", "admin:my_day", "", "manager"),
    ("overview", "admin:index", "", "manager"),
    ("quick add: matches", "admin:quick_add_matches", "name=盛华机械", "officer"),
    ("capital ledger", "admin:capital_ledger", "", "leader"),
    ("hand-over", "admin:hand_over", "", "manager"),
    ("people's data", "admin:personal_data", "", "manager"),
    ("board", "admin:board", "", "manager"),
    ("dashboard", "admin:dashboard", "", "leader"),
    ("meeting", "admin:meeting", "", "manager"),
)


class Bench:
    """One database, read as three people."""

    def __init__(self, rounds: int) -> None:
        from django.test import Client

        from tests.benchmarks.promotion_corpus import people

        everybody = {user.username: user for user in people()}
        self.users = {
            "officer": everybody["bench-0-1"],
            "manager": everybody["bench-0-0"],
            "leader": everybody["bench-leader"],
        }
        self.clients: dict[str, Any] = {}
        for who, user in self.users.items():
            self.clients[who] = Client(headers={"host": "localhost"})
            self.clients[who].force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        self.rounds, self.baseline = min(rounds, ROUNDS), 1.0

    def get(self, who: str, address: str) -> Callable[[], Any]:
        def ask() -> None:
            answer = self.clients[who].get(address)
            assert answer.status_code == 200, (address, answer.status_code)

        return ask

    def page(self, label: str, name: str, query: str, who: str, *args: Any) -> None:
        from django.urls import NoReverseMatch, reverse

        try:
            address = reverse(name, args=args)
        except NoReverseMatch:
            print(f"  {label:28} not there")
            return
        self.report(label, self.get(who, f"{address}?{query}" if query else address))

    def report(self, label: str, act: Callable[[], Any], *, is_baseline: bool = False) -> None:
        """Queries of a warm call, then so many calls."""
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        act()
        with CaptureQueriesContext(connection) as queries:
            act()
        count = len(queries)  # the log is emptied by the next request
        times, working = [], []
        for _round in range(self.rounds):
            begun = time.process_time()
            times.append(milliseconds(act))
            working.append((time.process_time() - begun) * 1000)
        own = statistics.median(working)
        self.baseline = own if is_baseline else self.baseline
        print(
            f"  {label:28} {count:3} queries  p50 {statistics.median(times):7.1f}  p95 {percentile(times, 0.95):7.1f} ms"
            f"  own {own:6.1f} ms  ×{own / self.baseline:.1f}"
        )


def measure(bench: Bench) -> None:
    from promotion.models import InvestmentProject, Lead

    bench.report("baseline: lead channels", bench.get("officer", "/admin/promotion/leadchannel/"), is_baseline=True)
    for label, name, query, who in PAGES:
        bench.page(label, name, query, who)
    owner = bench.users["officer"]
    lead = Lead.objects.open().filter(owner=owner).order_by("-pk")[0]
    bench.page("lead detail", "admin:promotion_lead_change", "", "officer", lead.pk)
    bench.page("lead history", "admin:promotion_lead_history", "", "officer", lead.pk)
    bench.page("follow-up", "admin:follow_up", f"lead={lead.public_id}", "officer")
    project = InvestmentProject.objects.running().filter(owner=owner).order_by("-pk")[0]
    bench.page("project detail", "admin:promotion_investmentproject_change", "", "officer", project.pk)
    bench.page("project's move", "admin:promotion_investmentproject_move_page", "", "officer", project.pk)


def measure_writes(bench: Bench) -> None:
    """Services, each call a row of its own: what one costs beside a plain edit."""
    from django.utils import timezone

    from pinghu.ledger.saving import save_record
    from promotion.matching import collisions
    from promotion.models import Lead, LeadChannel
    from promotion.services.follow_ups import log_follow_up
    from promotion.services.leads import save_lead
    from promotion.services.projects import advance_stage
    from tests.promotion.factories_projects import a_ready_project, values_for

    officer, channel = bench.users["officer"], LeadChannel.objects.order_by("pk")[0]
    common: dict[str, Any] = {"by": officer, "door": "admin"}
    serial = iter(range(10**6))

    def edit() -> None:
        channel.order = 100 + next(serial) % 100
        save_record(channel, fields=["order"], **common)

    def add() -> None:
        name = f"示例新客{next(serial)}精密制造"
        save_lead(Lead(name=name, origin="上海", business="零件"), at=timezone.now(), confirmed=True, **common)

    lead = Lead.objects.open().filter(owner=officer).order_by("-pk")[0]

    def follow() -> None:
        log_follow_up(happened="谈了", none_because="等对方", lead=lead, at=timezone.now(), **common)

    bench.report("baseline: a plain edit", edit, is_baseline=True)
    names = iter(f"盛华{word}" for word in ("机械", "电子", "科技", "材料", "精密", "汽车") * 20)
    bench.report("check of a name", lambda: collisions(name=next(names), user=officer))
    bench.report("quick add with check", add)
    bench.report("follow-up", follow)
    ready = iter([a_ready_project(owner=officer) for _ in range(READY)])
    at = timezone.now()
    bench.report(
        "stage move", lambda: advance_stage(next(ready), "reviewed", at=at, values=values_for("reviewed"), **common)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, nargs="+", default=[2_000, 50_000])
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"calls of each, at most {ROUNDS}")
    parser.add_argument("--keep", action="store_true", help="keep the database for the next run")
    options = parser.parse_args()
    set_up("bench_promotion")
    import logging

    logging.disable(logging.INFO)  # a line a request is not what is measured
    from tests.benchmarks.promotion_corpus import load

    with own_database(keep=options.keep) as vendor:
        for leads in sorted(options.leads):
            started = time.perf_counter()
            load(leads)
            print(
                f"{vendor}, {leads:,} leads, {leads // 10:,} projects ({time.perf_counter() - started:.0f} s to load)"
            )
            bench = Bench(options.rounds)
            measure(bench)
            measure_writes(bench)


if __name__ == "__main__":
    main()
