"""Functions that a model may call."""

from __future__ import annotations

import functools
import inspect
import json
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar, get_type_hints, overload

import docstring_parser
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import to_json
from typing_extensions import NotRequired, TypedDict

from crux.messages import tool_result
from crux.schema import ToolSchema
from crux.v1 import FunctionTool, Media, Part, ToolCall
from crux.v1 import Tool as ToolMessage

if TYPE_CHECKING:
    from collections.abc import Callable

_R = TypeVar("_R")
_Result_co = TypeVar("_Result_co", covariant=True)


class Tool(Generic[_Result_co]):
    """A function that is declared to a model. Called itself, it is the function. Made by `tool`."""

    def __init__(
        self,
        function: Callable[..., _Result_co],
        *,
        name: str | None = None,
        description: str | None = None,
        strict: bool | None = None,
    ) -> None:
        """Raises TypeError for a function with parameters that have no name in JSON."""
        functools.update_wrapper(self, function)
        document = docstring_parser.parse(inspect.getdoc(function) or "")
        prose = "\n\n".join(filter(None, (document.short_description, document.long_description)))
        self.name: str = name or function.__name__
        self.description: str = prose if description is None else description
        self.is_async: bool = inspect.iscoroutinefunction(function)
        self._function = function
        described = {param.arg_name: param.description for param in document.params if param.description}
        self._arguments = _arguments_type(function, described)
        self.declaration: ToolMessage = ToolMessage(
            function=FunctionTool(
                name=self.name,
                description=self.description,
                input_schema_json=json.dumps(self.input_schema, ensure_ascii=False),
                strict=strict,
            )
        )
        """What the model is told."""

    @property
    def input_schema(self) -> dict[str, Any]:
        """JSON Schema of the arguments."""
        return self._arguments.json_schema(schema_generator=ToolSchema)

    def parse(self, arguments_json: str) -> dict[str, Any]:
        """Returns the arguments as the function's own types; raises pydantic.ValidationError."""
        return self._arguments.validate_json(arguments_json or "{}")

    def __call__(self, *args: Any, **kwargs: Any) -> _Result_co:
        """Calls the function."""
        return self._function(*args, **kwargs)

    def __repr__(self) -> str:
        return f"Tool({self.name!r})"


@overload
def tool(function: Callable[..., _R], /) -> Tool[_R]: ...


@overload
def tool(
    *, name: str | None = None, description: str | None = None, strict: bool | None = None
) -> Callable[[Callable[..., _R]], Tool[_R]]: ...


def tool(
    function: Callable[..., _R] | None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    strict: bool | None = None,
) -> Tool[_R] | Callable[[Callable[..., _R]], Tool[_R]]:
    """Declares a function, plain or `async`, as a tool.

    Its name, its docstring and the types of its parameters are what the model is told; a parameter's description is
    taken from the docstring (Google, NumPy or reST style) or from `Annotated[..., Field(description=...)]`. What it
    returns goes back as text: a string as it is, `Part`s as they are, anything else as JSON.

    Args:
        function: the function, where the decorator is used without arguments.
        name: 1 to 64 characters of [a-zA-Z0-9_-]. Default: the function's.
        description: in place of the docstring's.
        strict: hold the model to the schema, where that is supported.
    """

    def declare(function: Callable[..., _R]) -> Tool[_R]:
        return Tool(function, name=name, description=description, strict=strict)

    return declare if function is None else declare(function)


def succeeded(call: ToolCall, value: object) -> Part:
    """Returns a function's return value as the answer to `call`."""
    if isinstance(value, Part):
        return tool_result(call, value)
    if isinstance(value, Media):
        return tool_result(call, Part(media=value))
    if isinstance(value, list) and value and all(isinstance(item, Part) for item in value):
        return tool_result(call, *value)
    # A text may not be empty; as JSON it is not.
    text = value if isinstance(value, str) and value else to_json(value, fallback=str).decode()
    return tool_result(call, text)


def failed(call: ToolCall, error: BaseException) -> Part:
    """Returns an exception as the answer to `call`."""
    if isinstance(error, ValidationError):
        lines = (
            f"{'.'.join(map(str, at['loc'])) or 'arguments'}: {at['msg']}"
            for at in error.errors(include_url=False, include_context=False, include_input=False)
        )
        text = "invalid arguments: " + "; ".join(lines)
    else:
        text = f"{type(error).__name__}: {error}"
    return tool_result(call, text, is_error=True)


def unknown(call: ToolCall) -> Part:
    """Returns the answer to a call of a tool that there is not."""
    return tool_result(call, f"there is no tool {call.name!r}", is_error=True)


def _arguments_type(function: Callable[..., Any], described: dict[str, str]) -> TypeAdapter[dict[str, Any]]:
    """A TypedDict, as a model's fields could not have every name that a parameter can."""
    hints = get_type_hints(function, include_extras=True)
    fields: dict[str, Any] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind not in {parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY}:
            raise TypeError(f"{function.__name__}: a tool's parameters are passed by name, {name!r} cannot be")
        annotated = hints.get(name, Any)
        if name in described:
            annotated = Annotated[annotated, Field(description=described[name])]
        if parameter.default is not parameter.empty:
            annotated = NotRequired[annotated]
        fields[name] = annotated
    # Any: a type checker knows no TypedDict whose fields are found at run time.
    make: Any = TypedDict
    arguments = make(f"{function.__name__}_arguments", fields)
    arguments.__pydantic_config__ = ConfigDict(extra="forbid")
    return TypeAdapter(arguments)
