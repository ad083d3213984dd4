"""Histories whose rows know their Change."""

from typing import Any

from simple_history.models import HistoricalRecords

from pinghu.ledger.models import HistoryRow


def tracked(**options: Any) -> HistoricalRecords:
    """The history of a model that staff edit: `history = tracked()`.

    Any `save()` or instance delete outside `change(…)` raises `NoChange`; bulk writers pass
    `custom_historical_attrs={"change": row}` (they send no signal, the column is NOT NULL).
    """
    options.setdefault("excluded_fields", ["created_at", "updated_at"])
    return HistoricalRecords(bases=[HistoryRow], **options)
