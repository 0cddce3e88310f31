"""Sums of usage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crux.v1 import Usage

if TYPE_CHECKING:
    from collections.abc import Iterable

_COUNTS = (
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
    "input_image_tokens",
    "input_audio_tokens",
    "output_image_tokens",
    "output_audio_tokens",
    "provider_tool_calls",
)


def sum_usage(usages: Iterable[Usage]) -> Usage:
    """Returns the sum of several generations' usage.

    A count is set where any of them has it. The cost is set where all have one: a price that is not known is not zero.
    """
    every = list(usages)
    total = Usage(estimated=any(usage.estimated for usage in every))
    for name in _COUNTS:
        known = [getattr(usage, name) for usage in every if usage.HasField(name)]  # type: ignore[arg-type]
        if known:
            setattr(total, name, sum(known))
    if every and all(usage.HasField("cost_nano_usd") for usage in every):
        total.cost_nano_usd = sum(usage.cost_nano_usd for usage in every)
    if len({usage.cost_basis for usage in every}) == 1:
        total.cost_basis = every[0].cost_basis
    if len({usage.price_version for usage in every}) == 1:
        total.price_version = every[0].price_version
    return total
