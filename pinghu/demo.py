"""What `manage.py demo` prepares: each app appends its steps here from its own `demo.py`.

A step is idempotent: every start of the demo runs it again, and what is there stays.
"""

from collections.abc import Callable, Mapping
from typing import Any

#: What a step says to the person at the terminal, one line each.
Out = Callable[[str], None]
#: Takes the command's options ("enterprises", "seed", "reset_passwords") and `out`.
Step = Callable[[Mapping[str, Any], Out], None]

#: In the order of INSTALLED_APPS: a later app's step finds what an earlier one made.
steps: list[Step] = []


def demo_step(function: Step) -> Step:
    """Append a step; used as a decorator in an app's `demo.py`."""
    steps.append(function)
    return function
