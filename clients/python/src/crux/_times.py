"""Python's times as protobuf's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.timestamp_pb2 import Timestamp

if TYPE_CHECKING:
    from datetime import datetime


def timestamp(moment: datetime | None) -> Timestamp | None:
    """Returns a moment as protobuf has it; raises ValueError for one without a time zone, which could be any."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise ValueError("expected a datetime with a time zone, such as datetime.now(timezone.utc)")
    result = Timestamp()
    result.FromDatetime(moment)
    return result
