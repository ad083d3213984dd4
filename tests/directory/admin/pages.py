"""Addresses and contents of the directory's admin pages."""

from typing import Any

from django.urls import reverse


def change_page(record: Any) -> str:
    return reverse(f"admin:directory_{record._meta.model_name}_change", args=[record.pk])


def page(record: Any, name: str) -> str:
    """A page beside the form: history, or the address of a verb."""
    return change_page(record).replace("/change/", f"/{name}/")


def names(response: Any) -> list[str]:
    """The rows of a list, in its order."""
    assert response.status_code == 200
    return [str(row) for row in response.context["cl"].result_list]
