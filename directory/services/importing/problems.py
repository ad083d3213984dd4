"""What may be wrong with a cell or a row: codes are stored, sentences are made in the reader's language."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from directory.presenting import listed_words

Problem = dict[str, Any]

ERROR, CONFLICT, DUPLICATE, NOTE = "error", "conflict", "duplicate", "note"

#: code → (what is wrong, what to do)
TEXTS: dict[str, tuple[Any, Any]] = {
    # values
    "no_value": (_("“%(value)s” says nothing."), _("Write a value, or leave it out.")),
    "number_unreadable": (_("“%(value)s” is no number."), _("Write digits only, such as %(hint)s.")),
    "number_not_whole": (_("“%(value)s” is no whole number."), _("Write a whole number, such as %(hint)s.")),
    "number_negative": (_("“%(value)s” is below zero."), _("Write a number from zero up.")),
    "number_out_of_range": (_("“%(value)s” is out of range."), _("Write a number from %(hint)s.")),
    "percentage_out_of_range": (_("“%(value)s” is not a percentage from 0 to 100."), _("Write a percentage from 0 to 100.")),
    "capital_unreadable": (_("“%(value)s” is not an amount of capital."), _("Write it like 5000万元人民币.")),
    "capital_negative": (_("“%(value)s” is below zero."), _("Write an amount from zero up.")),
    "capital_two_currencies": (_("“%(value)s” names two currencies."), _("Keep one of %(hint)s.")),
    "capital_too_large": (_("“%(value)s” is more than any registered capital."), _("Look at its unit.")),
    "unit_assumed": (
        _("“%(value)s” states no unit; it was taken in yuan, not in 10,000."),
        _("Where 万元 is meant, write it into the heading, or above the table as 单位：万元."),
    ),
    "currency_unknown": (_("“%(value)s” is no currency known here."), _("Write 人民币, 美元 or a code such as CNY.")),
    "date_incomplete": (_("“%(value)s” has no day."), _("Write year, month and day, such as 2019-04-01.")),
    "date_order": (_("“%(value)s” may be two days."), _("Write the year first, such as 2019-04-01.")),
    "date_impossible": (_("There is no day “%(value)s”."), _("Compare it with the document.")),
    "date_in_future": (_("“%(value)s” lies in the future."), _("Compare it with the document.")),
    "date_unreadable": (_("“%(value)s” is not a date."), _("Write it like 2019-04-01.")),
    "boolean_unreadable": (_("“%(value)s” is neither yes nor no."), _("Write 是 or 否.")),
    "country_unknown": (_("“%(value)s” is no country or region known here."), _("Write its name or ISO code.")),
    "website_unreadable": (_("“%(value)s” is no web address."), _("Write it like www.example.com.")),
    "too_long": (_("The text has %(found)s characters, at most %(limit)s are kept."), _("Shorten it.")),
    "cell_error": (_("The spreadsheet shows the error %(value)s."), _("Mend the formula, or write the value itself.")),
    "formula_text": (_("The text begins like a formula."), _("Write the value itself, without %(hint)s in front.")),
    "choice_unknown": (_("“%(value)s” is not one of the values of this field."), _("Write one of: %(hint)s.")),
    "needs_successor": (
        _("“%(value)s” needs the enterprise that succeeded it."),
        _("Set it on the enterprise's own page."),
    ),
    # codes
    "uscc_length": (_("A credit code has 18 characters, this has %(found)s."), _("Compare it with the licence.")),
    "uscc_alphabet": (
        _("Character %(position)s of the credit code cannot be “%(found)s”."),
        _("Compare it with the licence; I and O, S, V and Z do not occur."),
    ),
    "uscc_division": (
        _("Character %(position)s of the credit code must be a digit."),
        _("Compare it with the licence."),
    ),
    "uscc_check_character": (
        _("The last character of the credit code should be %(expected)s."),
        _("One character is wrong: compare all 18 with the licence."),
    ),
    "uscc_organisation_code": (
        _("Character 17 of the credit code should be %(expected)s."),
        _("Compare characters 9 to 17 with the licence."),
    ),
    "legacy_code": (
        _("%(value)s is a registration number from before 2015, kept as such."),
        _("Enter the credit code when it is known."),
    ),
    "legacy_no_unreadable": (_("“%(value)s” is no registration number of 15 digits."), _("Compare it.")),
    # vocabularies
    "registration_type_unknown": (_("No registration type is called “%(value)s”."), _("Write its code, such as 1130.")),
    "registration_type_ambiguous": (
        _("More than one registration type is called “%(value)s”."),
        _("Write its code: %(hint)s."),
    ),
    "industry_unknown": (_("“%(value)s” is no class of GB/T 4754."), _("Write its code, such as 3421.")),
    "industry_parent_used": (
        _("Class %(value)s is not loaded; %(hint)s above it was taken."),
        _("Load the full table of GB/T 4754, then import again."),
    ),
    "park_unknown": (_("No park is called “%(value)s”."), _("Write its name or code as in the list of parks.")),
    "chain_unknown": (_("No chain is called “%(value)s”."), _("Write its name or code as in the list of chains.")),
    "group_unknown": (_("No group is called “%(value)s”."), _("Enter the group first, or leave the cell empty.")),
    "group_ambiguous": (_("More than one group is called “%(value)s”."), _("Choose it on the enterprise's own page.")),
    "exchange_unknown": (_("“%(value)s” is no exchange known here."), _("Write its name or MIC, such as XSHG.")),
    "exchange_missing": (_("The exchange of %(value)s is not stated."), _("Add a column or a value for every row.")),
    "ranking_unknown": (_("No ranking list is called “%(value)s”."), _("Write its name or code.")),
    "type_unknown": (_("No qualification is called “%(value)s”."), _("Write its name or code.")),
    # rows
    "no_name": (_("The row has no name."), _("Fill in the name, or delete the row.")),
    "not_a_name": (_("“%(value)s” looks like a total or a note, not a name."), _("Delete the row.")),
    "no_list_place": (_("A ranking needs list and year."), _("Map both, or set them for every row.")),
    "type_missing": (_("The row names no qualification."), _("Map its column, or set it for every row.")),
    "repeated_in_file": (_("Line %(line)s already is about the same."), _("Keep one of the two lines.")),
    "same_target_in_file": (
        _("Line %(line)s already means %(name)s, as this line does."),
        _("Keep one of the two lines."),
    ),
    "keys_disagree": (
        _("The code or ticker means %(name)s, the name means %(other)s."),
        _("Compare both; correct the line, or merge the two enterprises."),
    ),
    "code_differs": (
        _("%(name)s bears this name with the credit code %(hint)s."),
        _("Compare both codes with the licence."),
    ),
    "ticker_of_another": (_("%(value)s is listed here as %(name)s."), _("Compare the ticker.")),
    "ticker_of_group": (
        _("%(value)s is the listing of the group %(name)s."),
        _("Empty the ticker here: the group is what is listed."),
    ),
    "ended_before_established": (_("Its status dates from before it was established."), _("Compare both days.")),
    "ends_before_begins": (_("It expires before it was recognised."), _("Compare both days.")),
    "enterprise_unknown": (
        _("No enterprise here has this code or name."),
        _("Import the enterprise first, or correct the name."),
    ),
    "not_company_of_code": (
        _("The credit code means %(name)s, the line says “%(value)s”."),
        _("The code was followed; compare the name."),
    ),
    # what waits for a person
    "possible_duplicate": (
        _("This may be an enterprise that is here already."),
        _("Choose: the same (update), another (create), or skip."),
    ),
    "possible_same_group": (
        _("This may be a group that is here already, perhaps in another language."),
        _("Choose: the same (update), another (create), or skip."),
    ),
    "which_enterprise": (_("The name alone does not say which enterprise is meant."), _("Choose the enterprise.")),
    "verified": (_("The value here was verified."), _("Choose: keep ours, or take the file's.")),
    "edited_by_staff": (_("A colleague changed this value since it was loaded."), _("Choose: keep ours, or the file's.")),
    "higher_source": (_("A source of higher rank states another value."), _("Choose: keep ours, or the file's.")),
    # what happened
    "changed_since_plan": (_("It was changed after the plan was made."), _("Plan again.")),
    "taken_since_plan": (_("Another record took its code or name after the plan was made."), _("Plan again.")),
    "not_taken": (_("It was refused: %(hint)s"), _("Mend it, then plan again.")),
    "gone_since_plan": (_("It was deleted or merged after the plan was made."), _("Plan again.")),
    "waits_for_line": (_("Line %(line)s, which makes the group, was not applied."), _("Decide that line first.")),
    "edited_since": (_("It was edited after the import."), _("Undo by hand what is wrong.")),
    "referred_to": (_("Other records refer to it: %(hint)s."), _("Look at those first, then delete it by hand.")),
    "gone_since": (_("It was deleted or merged after the import."), _("Nothing is left to undo.")),
}  # fmt: skip


def add_texts(texts: Mapping[str, tuple[Any, Any]]) -> None:
    """Add what kinds of other apps may say: code → (what is wrong, what to do)."""
    TEXTS.update(texts)


#: A list of codes, as problems keep it → what a reader calls them.
_NAMED: dict[str, Sequence[Any]] = {}
_LONGEST = 120


def name_hint(codes: str, labels: Sequence[Any]) -> None:
    """Say how the codes of a closed list are called: whoever mends a file writes those."""
    _NAMED[codes[:_LONGEST]] = labels


def problem(code: str, *, field: str = "", column: str = "", level: str = ERROR, **params: Any) -> Problem:
    """One entry of a row's `problems`."""
    assert code in TEXTS, code
    values = {name: str(value)[:_LONGEST] for name, value in params.items() if value not in (None, "")}
    return {"code": code, "field": field, "column": column, "level": level, "params": values}


class _Blank(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"


def reason(entry: Mapping[str, Any]) -> str:
    """What is wrong, in the language in use."""
    text = TEXTS.get(str(entry.get("code")))
    return str(text[0]) % _Blank(entry.get("params") or {}) if text else str(entry.get("code"))


def advice(entry: Mapping[str, Any]) -> str:
    """What to do about it, in the language in use."""
    text = TEXTS.get(str(entry.get("code")))
    params = _Blank(entry.get("params") or {})
    if labels := _NAMED.get(params.get("hint", "")):
        params["hint"] = listed_words(map(str, labels))
    return str(text[1]) % params if text else ""
