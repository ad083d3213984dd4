"""Filters of lists that offer rows of another model: only those that the person may see, the chosen one included."""

from collections.abc import Iterator
from typing import Any

from unfold.contrib.filters.admin import AutocompleteSelectFilter

from pinghu.admin.autocomplete import visible_rows


class VisibleAutocompleteFilter(AutocompleteSelectFilter):
    """Unfold's reads the chosen row's name from all rows, so a number typed into the address would name a hidden one."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        for choice in super().choices(changelist):
            field = choice["form"].fields[self.lookup_kwarg]
            field.queryset = visible_rows(self.field.remote_field.model, self.request.user)
            yield choice


def guarded(list_filter: Any) -> Any:
    """The entry of a `list_filter` with Unfold's autocomplete replaced by ours, whichever admin names it."""
    if isinstance(list_filter, tuple) and list_filter[1] is AutocompleteSelectFilter:
        return (list_filter[0], VisibleAutocompleteFilter)
    return list_filter
