"""What the demo shows of promotion: a made-up team in the middle of its week."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from pinghu.demo import Out, demo_step
from promotion.services.story import load_story


@demo_step
def promotion_demo(options: Mapping[str, Any], out: Out) -> None:
    """Load the story once; what people did with it since stays."""
    if load_story(at=timezone.now()):
        out(_("Leads, projects and service cases of a made-up team are loaded, as of today."))
