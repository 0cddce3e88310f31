"""JSON Schema of Python's types, by pydantic."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic.json_schema import GenerateJsonSchema

from crux.v1 import JsonSchemaFormat, ResponseFormat

if TYPE_CHECKING:
    from pydantic import TypeAdapter
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema


class ToolSchema(GenerateJsonSchema):
    """Leaves out titles, which only repeat the names; objects take no other fields than their own."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Says no."""
        del schema
        return False

    def get_title_from_name(self, name: str) -> str:
        """Returns the name as it is."""
        return name

    def generate(self, schema: CoreSchema, mode: Any = "validation") -> JsonSchemaValue:
        """Generates, and closes every object."""
        result = super().generate(schema, mode)
        _close(result)
        return result


class OutputSchema(ToolSchema):
    """Requires every field, defaults or not, as providers do that hold a model to a schema."""

    def field_is_required(self, field: Any, total: bool) -> bool:
        """Says yes."""
        del field, total
        return True


def response_format(adapter: TypeAdapter[Any], name: str, *, strict: bool | None) -> ResponseFormat:
    """Returns the form of an answer that `adapter` can read."""
    schema = adapter.json_schema(schema_generator=OutputSchema)
    return ResponseFormat(
        json_schema=JsonSchemaFormat(
            schema_json=json.dumps(schema, ensure_ascii=False),
            name="".join(c if c.isascii() and (c.isalnum() or c in "_-") else "_" for c in name)[:64],
            strict=strict,
        )
    )


def _close(schema: Any) -> None:
    if isinstance(schema, list):
        for item in schema:
            _close(item)
    elif isinstance(schema, dict):
        if "properties" in schema and schema.get("type") == "object":
            schema.pop("title", None)
            schema.setdefault("additionalProperties", False)
        for key, value in schema.items():
            if key not in {"default", "const", "enum", "examples"}:
                _close(value)
