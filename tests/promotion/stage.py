"""What the demo's steps before promotion's make, and how many rows of everything are marked."""

from collections import Counter
from typing import Any

from django.apps import apps

from directory.demo import load_examples
from directory.services.zone import load_zone
from pinghu.accounts.demo import load_cast
from pinghu.ledger.models import HistoryRow


def set_the_stage() -> None:
    """The zone, its examples, the cast."""
    load_zone()
    load_cast()
    load_examples()


def rows(**values: Any) -> Counter[str]:
    """How many rows of everything that may be marked as demo."""
    marked = [model for model in apps.get_models() if any(f.name == "is_demo" for f in model._meta.concrete_fields)]
    current = [model for model in marked if not issubclass(model, HistoryRow)]
    return Counter({model._meta.label: model._base_manager.filter(**values).count() for model in current})
