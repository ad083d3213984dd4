"""Whether a notice is mailed and when, and what it may lead to."""

import re

NEVER = "never"
DIGEST = "digest"
AT_ONCE = "at_once"

_CONTROL = re.compile(r"[\x00-\x20\x7f]")


def mail_for(chosen: str, *, urgent: bool, has_address: bool) -> str:
    """How a notice is mailed. Urgency turns the morning's digest into a mail at once; "never" stays never."""
    if chosen == NEVER or not has_address:
        return NEVER
    return AT_ONCE if urgent else chosen


def is_safe_path(path: str) -> bool:
    """Whether `path` leads to a page of this site: no other host, no scheme.

    Browsers read a backslash as a slash and drop tabs and line ends, so "/\\host" and "/<tab>/host" leave the site too.
    """
    return path.startswith("/") and not path.startswith("//") and "\\" not in path and not _CONTROL.search(path)


def is_one_word(text: str) -> bool:
    """Whether a number is one: neither empty nor a sentence, and no second line of a mail's head."""
    return bool(text) and not _CONTROL.search(text)
