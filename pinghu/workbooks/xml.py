"""Small hands for the elements of a workbook's parts."""

from __future__ import annotations

from typing import Any

from lxml import etree


class BadWorkbook(ValueError):
    """The file is no workbook that can be read."""


def like(node: Any, name: str) -> str:
    """A tag of this name in the node's own namespace."""
    space = etree.QName(node).namespace
    return f"{{{space}}}{name}" if space else name


def text_of(node: Any) -> str:
    """The text of a string item, its runs joined, readings above characters left out."""
    if node is None:
        return ""
    return "".join(part.text or "" for part in node.iter("{*}t") if not part.getparent().tag.endswith("}rPh"))


def empty(cell: Any) -> None:
    for child in list(cell):
        cell.remove(child)
    cell.attrib.pop("t", None)


def forget_value(cell: Any) -> None:
    """Take away what a formula showed last."""
    for child in cell.findall("{*}v"):
        cell.remove(child)
    cell.attrib.pop("t", None)
