"""Reads preferences as Python's own values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from google.protobuf.json_format import MessageToDict

if TYPE_CHECKING:
    from crux.v1 import Preferences


def preference_values(preferences: Preferences) -> dict[str, Any]:
    """Returns the values as dicts, lists, strings, booleans, None and, for all numbers, floats."""
    return {name: MessageToDict(value) for name, value in preferences.values.items()}
