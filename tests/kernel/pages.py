"""Read a form off a page as a browser would send it."""

from html.parser import HTMLParser
from typing import Any


class _Form(HTMLParser):
    """Name → values of every control; buttons left out, they are pressed by the test."""

    def __init__(self) -> None:
        super().__init__()
        self.data: dict[str, Any] = {}
        self._select = self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        name = values.get("name") or ""
        if tag == "input" and name:
            kind = values.get("type", "text")
            if kind in {"submit", "button", "image"} or (kind in {"checkbox", "radio"} and "checked" not in values):
                return
            self.data[name] = values.get("value") or ("on" if kind == "checkbox" else "")
        elif tag == "select":
            self._select = name
            self.data.setdefault(name, "")
        elif tag == "option" and self._select and "selected" in values:
            self.data[self._select] = values.get("value") or ""
        elif tag == "textarea":
            self._textarea = name
            self.data[name] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.data[self._textarea] += data


def form_data(response: Any, **changes: Any) -> dict[str, Any]:
    """What the page's forms would post, with `changes` typed in."""
    parser = _Form()
    parser.feed(response.content.decode())
    return {**parser.data, **changes}


def take_mine(response: Any) -> str:
    """The value of the button that says "save mine over theirs"."""
    return response.context["conflict"].take_mine
