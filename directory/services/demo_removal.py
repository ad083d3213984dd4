"""Removing every row marked as demo, of any app, and those alone."""

from collections.abc import Iterable

from django.apps import apps
from django.db import connection, models, transaction

from directory.models import Enterprise, FieldSource
from directory.services.deriving import derive_origins
from directory.services.find_index import forget_gone
from directory.services.indexing import index_enterprises


def remove_demo_rows() -> dict[str, int]:
    """Remove every row marked as demo with what hangs on it, and those alone; returns counts by model.

    A demo row that a real row refers to stays (and is not counted), with the demo rows that it needs itself: the real
    row is somebody's work. Files of removed rows are deleted, and what was loaded may be loaded again.
    """
    removed: dict[str, int] = {}
    kept: dict[type[models.Model], set[int]] = {}
    with transaction.atomic():
        for model in _children_first():
            kept[model] = set()
            # Again until nothing is added: a row may stay because of another one of the same model.
            while more := _referred_to(model, kept) - kept[model]:
                kept[model] |= more
            rows = model._base_manager.filter(is_demo=True).exclude(pk__in=kept[model])
            count = rows.count()
            if not count:
                continue
            keys = list(rows.values_list("pk", flat=True))
            for start in range(0, count, 500):
                _delete(model, keys[start : start + 500])
            removed[model._meta.label] = count
        forget_gone()
        stayed = sorted(kept[Enterprise])
        derive_origins(stayed)  # what hung on them is gone
        index_enterprises(stayed)
    return removed


def demo_rows_left() -> dict[str, int]:
    """Demo rows that are there, by model."""
    counts = {model._meta.label: model._base_manager.filter(is_demo=True).count() for model in _demo_models()}
    return {label: count for label, count in counts.items() if count}


def _demo_models() -> list[type[models.Model]]:
    return [
        model
        for model in apps.get_models()
        if not model.__name__.startswith("Historical")
        and any(f.name == "is_demo" for f in model._meta.concrete_fields)
        and model._meta.app_label != "accounts"
    ]


def _children_first() -> list[type[models.Model]]:
    """Models with demo rows, each before those it refers to."""
    left, order = _demo_models(), []
    while left:
        free = [m for m in left if not any(_refers_to(other, m) for other in left if other is not m)]
        order += free or left
        left = [m for m in left if m not in free] if free else []
    return order


def _refers_to(model: type[models.Model], target: type[models.Model]) -> bool:
    return any(field.related_model is target for field in model._meta.concrete_fields if field.is_relation)


def _referred_to(model: type[models.Model], kept: dict[type[models.Model], set[int]]) -> set[int]:
    """Demo rows that a row which stays refers to, by a key that does not cascade."""
    found: set[int] = set()
    for relation in model._meta.related_objects:
        related, column = relation.related_model, relation.field
        if relation.on_delete is models.CASCADE or related.__name__.startswith("Historical"):
            continue
        rows = related._base_manager.filter(**{f"{column.name}__is_demo": True})
        if any(f.name == "is_demo" for f in related._meta.concrete_fields):
            rows = rows.filter(models.Q(is_demo=False) | models.Q(pk__in=kept.get(related, ())))
        found |= set(rows.values_list(f"{column.name}_id", flat=True))
    return found


def _delete(model: type[models.Model], keys: list[int]) -> None:
    """Delete rows with what cascades from them, their history and files: made-up rows leave no trace."""
    for relation in model._meta.related_objects:
        if relation.on_delete is models.CASCADE and relation.field.concrete:
            child = relation.related_model
            child_keys = list(
                child._base_manager.filter(**{f"{relation.field.name}__in": keys}).values_list("pk", flat=True)
            )
            if child_keys:
                _delete(child, child_keys)
    for self_reference in model._meta.concrete_fields:
        if self_reference.related_model is model:
            model._base_manager.filter(**{f"{self_reference.name}__in": keys}, is_demo=True).update(
                **{self_reference.name: None}
            )
    if hasattr(model, "history"):
        model.history.filter(**{f"{model._meta.pk.attname}__in": keys}).delete()
    rows = model._base_manager.filter(pk__in=keys)
    if any(field.name == "public_id" for field in model._meta.concrete_fields):
        of_these = FieldSource.objects.filter(subject_type=model._meta.model_name)
        of_these.filter(subject_id__in=list(rows.values_list("public_id", flat=True))).delete()
    for field in model._meta.concrete_fields:
        if isinstance(field, models.FileField):
            _delete_files(field, rows.values_list(field.name, flat=True))
    rows._raw_delete(connection.alias)


def _delete_files(field: models.FileField, names: Iterable[str]) -> None:
    """Once the rows are gone for good."""
    for name in filter(None, names):
        transaction.on_commit(lambda name=name: field.storage.delete(name))  # type: ignore[misc]
