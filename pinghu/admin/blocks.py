"""Blocks on the overview, above its lists: each app may show a person at a glance how their work stands."""

from collections.abc import Callable

from django.http import HttpRequest
from django.utils.safestring import SafeString

#: A block as HTML; "" for whom there is none. A fixed number of queries.
Block = Callable[[HttpRequest], SafeString | str]
_blocks: list[Block] = []


def overview_block(block: Block) -> Block:
    """Register a function that renders a block of the overview for `request.user`."""
    if block not in _blocks:
        _blocks.append(block)
    return block


def blocks_for(request: HttpRequest) -> list[SafeString | str]:
    """The blocks that this person has, in the order they were registered."""
    return [html for html in (block(request) for block in _blocks) if html]
