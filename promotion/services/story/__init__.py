"""The demo's story: one made-up team, its leads, projects and service cases, as they would stand on the day of loading.

Everything is entered through the services that every door uses, so nothing stands where the gate would not let it, and
every row is marked as demo. One change of the system's own: the ledger names no person for what nobody did.
"""

import datetime

from pinghu.accounts.models import User
from pinghu.ledger.context import change
from pinghu.ledger.models import Door
from promotion.models import Lead
from promotion.services.claims import note_silence
from promotion.services.story.beside import tell_beside
from promotion.services.story.cases import tell_cases
from promotion.services.story.collaboration import tell_collaboration
from promotion.services.story.desk import give_work
from promotion.services.story.enterprises import tell_enterprises
from promotion.services.story.leads import tell_leads
from promotion.services.story.projects import tell_projects
from promotion.services.story.scene import Scene

#: Whom the story needs; `manage.py demo` makes them.
PEOPLE = ("officer", "colleague", "manager", "leader", "service", "coordinator", "subdistrict", "carrier", "steward")
#: Who acts for one of the story's enterprises in the portal.
MEMBER = "member"


def load_story(*, at: datetime.datetime) -> bool:
    """Load the story, unless one is there or somebody of the demo's cast is missing; whether it was loaded.

    All of it or nothing: it is one transaction.
    """
    people = {user.username: user for user in _cast()}
    if Lead._base_manager.filter(is_demo=True).exists() or not people.keys() >= {*PEOPLE, MEMBER}:
        return False
    with change(by=None, verb="demo_loaded", door=Door.COMMAND, why="story"):
        scene = Scene(at, people)
        scene.rates("演示汇率，非公布汇率", {"USD": "7.1", "JPY": "0.048", "EUR": "7.8"})
        tell_leads(scene)
        tell_projects(scene)
        tell_beside(scene)
        give_work(scene)
        tell_enterprises(scene)
        tell_cases(scene)
        tell_collaboration(scene)
        note_silence(by=None, door=Door.COMMAND, at=at)
    return True


def _cast() -> list[User]:
    found = User.objects.filter(username__in=(*PEOPLE, MEMBER), memberships__department__is_demo=True, is_active=True)
    return list(found.distinct())
