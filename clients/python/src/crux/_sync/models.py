# Generated from crux/_async/models.py by scripts/unasync.py. Do not edit.
"""The model registry, for asyncio."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.field_mask_pb2 import FieldMask
from typing_extensions import TypedDict

from crux.v1 import (
    GetModelRequest,
    ListModelsRequest,
    ListProvidersRequest,
    Model,
    RefreshModelsRequest,
    UpdateModelRequest,
)
from crux.v1.models_pb2_grpc import ModelRegistryServiceStub

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from typing_extensions import Unpack

    from crux._sync.transport import Transport
    from crux.options import CallOptions
    from crux.v1 import Modality, ModelCapabilities, Pricing, Provider, ProviderRefresh


class ModelChanges(TypedDict, total=False):
    """What can be changed about a model. None goes back to what the provider says."""

    display_name: str | None
    description: str | None
    aliases: Sequence[str] | None
    state: Model.State.ValueType | None
    context_window_tokens: int | None
    max_output_tokens: int | None
    capabilities: ModelCapabilities | None
    pricing: Pricing | None


class Models:
    """Lists and describes models and providers."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(
        self,
        *,
        provider: str = "",
        query: str = "",
        capabilities: ModelCapabilities | None = None,
        input_modalities: Iterable[Modality.ValueType] = (),
        output_modalities: Iterable[Modality.ValueType] = (),
        include_unavailable: bool = False,
        page_size: int = 0,
        **call: Unpack[CallOptions],
    ) -> Iterator[Model]:
        """Lists the models the caller may use, ordered by id. Asks for each page of `page_size` as it is reached."""
        request = ListModelsRequest(
            page_size=page_size,
            provider=provider,
            query=query,
            capabilities=capabilities,
            input_modalities=input_modalities,
            output_modalities=output_modalities,
            include_unavailable=include_unavailable,
        )
        while True:
            page = self._transport.unary(self._stub.ListModels, request, **call)
            for model in page.models:
                yield model
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def get(self, model: str, **call: Unpack[CallOptions]) -> Model:
        """Returns one model, by id or alias."""
        response = self._transport.unary(self._stub.GetModel, GetModelRequest(model=model), **call)
        return response.model

    def update(
        self,
        model: str,
        changes: ModelChanges,
        *,
        etag: str = "",
        **call: Unpack[CallOptions],
    ) -> Model:
        """Changes what the server says and does about a model: `update("openai/gpt-5", {"display_name": "Five"})`."""
        request = UpdateModelRequest(
            model=Model(id=model, etag=etag, **changes),  # type: ignore[arg-type] # None is unset
            update_mask=FieldMask(paths=list(changes)),
        )
        response = self._transport.unary(self._stub.UpdateModel, request, **call)
        return response.model

    def refresh(self, providers: Iterable[str] = (), **call: Unpack[CallOptions]) -> Sequence[ProviderRefresh]:
        """Asks providers for their models now: these, or all that have a key. Tells how each went."""
        request = RefreshModelsRequest(providers=providers)
        response = self._transport.unary(self._stub.RefreshModels, request, **call)
        return response.refreshes

    def list_providers(self, *, page_size: int = 0, **call: Unpack[CallOptions]) -> Iterator[Provider]:
        """Lists the configured providers and how they do, ordered by id."""
        request = ListProvidersRequest(page_size=page_size)
        while True:
            page = self._transport.unary(self._stub.ListProviders, request, **call)
            for provider in page.providers:
                yield provider
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    @property
    def _stub(self) -> ModelRegistryServiceStub:
        return self._transport.stub(ModelRegistryServiceStub)
