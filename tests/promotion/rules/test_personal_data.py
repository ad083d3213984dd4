"""What is recognised as a person's, and what is not."""

import pytest

from promotion.rules.personal_data import MASK, erased, eraser, has_identity_number

ERASE = eraser(
    names=["张伟", "Li Ming", "伟"], phones=["+86 573-8500 1234 / 13800001111"], emails=["Li.Ming@example.com"]
)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("张伟说可以", f"{MASK}说可以"),
        ("li ming 与 LI  MING", f"{MASK} 与 {MASK}"),
        ("Lighting, Lim Inger", "Lighting, Lim Inger"),
        ("伟大", "伟大"),  # one character is no name
        ("0573-85001234", MASK),
        ("+86 (573) 8500-1234", f"+{MASK}"),
        ("8613800001111；138 0000 1111", f"{MASK}；{MASK}"),
        ("订单 9138000011112", "订单 9138000011112"),
        ("li.ming@EXAMPLE.com。", f"{MASK}。"),
        ("给li.ming@example.com发材料", f"给{MASK}发材料"),
        ("a.li.ming@example.com", "a.li.ming@example.com"),
        ("张总没有来", "张总没有来"),
    ],
)
def test_text_loses_what_names_the_person_and_nothing_else(text: str, left: str) -> None:
    assert ERASE(text) == left


def test_json_loses_it_in_values_and_keeps_its_keys() -> None:
    cells = {"张伟": ["电话 13800001111", {"note": "张伟"}, 7, None]}

    assert erased(cells, ERASE) == {"张伟": [f"电话 {MASK}", {"note": MASK}, 7, None]}


def test_nobody_takes_nothing_out() -> None:
    assert eraser(names=[" "], phones=["123"], emails=["none"])("张伟 123") == "张伟 123"


@pytest.mark.parametrize(
    ("text", "has"),
    [
        ("身份证 11010519491231002X", True),  # the example of GB 11643-1999
        ("１１０１０５１９４９１２３１００２ｘ", True),
        ("110105194912310021", False),  # wrong check character
        ("11010519491331002X", False),  # no such month
        ("91330482MA00007A30", False),  # a credit code
        ("订单 211010519491231002X1", False),
    ],
)
def test_identity_number_is_known_by_its_check(text: str, has: bool) -> None:
    assert has_identity_number(text) is has
