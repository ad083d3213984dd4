"""Colour tokens keep WCAG contrast: AAA for text on paper, AA for everything else that is read, 3:1 for edges."""

import re
from pathlib import Path

import pytest

CSS = Path(__file__).resolve().parents[2] / "pinghu" / "static" / "pinghu" / "site.css"
ROOT = re.search(r":root \{(.*?)\n\}", CSS.read_text(encoding="utf-8"), re.S).group(1)
TOKENS = dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6});", ROOT))


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def ratio(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_black_on_white_gives_the_greatest_ratio():
    assert ratio("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize(
    ("ink", "ground", "least"),
    [
        ("ink", "paper", 7),
        ("ink", "paper-2", 7),
        ("muted", "paper", 7),
        ("muted", "paper-2", 7),
        ("blue", "paper", 7),
        ("blue-deep", "paper", 7),
        ("blue-deep", "blue-wash", 7),
        ("on-blue", "blue", 7),
        ("ink", "blue-wash", 7),
        ("ink", "green-wash", 7),
        ("ink", "amber-wash", 7),
        ("ink", "red-wash", 7),
        ("blue", "blue-wash", 4.5),
        ("cherry", "paper", 4.5),
        ("cherry", "cherry-wash", 4.5),
        ("green", "green-wash", 4.5),
        ("amber", "amber-wash", 4.5),
        ("red", "red-wash", 4.5),
        ("red", "paper", 4.5),
        ("on-blue", "red", 4.5),
        ("muted", "blue-wash", 4.5),
        ("line-strong", "paper", 3),
        ("line-strong", "paper-2", 3),
    ],
)
def test_token_on_its_ground_keeps_contrast(ink, ground, least):
    assert ratio(TOKENS[ink], TOKENS[ground]) >= least


def test_every_custom_property_used_is_defined():
    text = CSS.read_text(encoding="utf-8")
    defined = set(re.findall(r"--([\w-]+):", text))
    assert set(re.findall(r"var\(--([\w-]+)\)", text)) <= defined


def test_stylesheet_asks_nothing_of_another_host():
    assert not re.search(r"@import|url\(", CSS.read_text(encoding="utf-8"))
