import type { MessageInitShape } from "@bufbuild/protobuf";

import type { Connection } from "./connection.js";
import {
  ModelRegistryService,
  ModelSchema,
  type ListModelsRequestSchema,
  type Model,
  type Provider,
  type ProviderRefresh,
} from "./gen/crux/v1/models_pb.js";
import { maskOf } from "./mask.js";
import type { CallOptions } from "./options.js";
import { pages } from "./pages.js";
import { required } from "./required.js";

const CHANGEABLE = [
  "display_name",
  "description",
  "aliases",
  "state",
  "context_window_tokens",
  "max_output_tokens",
  "capabilities",
  "pricing",
];

/** A change of a model: `id` says which; `etag`, when set, must match. */
export type ModelChange = MessageInitShape<typeof ModelSchema> & { id: string };

/** The model registry. */
export class Models {
  readonly #connection: Connection;

  /** @internal */
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Lists the models that match, ordered by id, page by page of `pageSize`. */
  list(
    filter: MessageInitShape<typeof ListModelsRequestSchema> = {},
    options?: CallOptions,
  ): AsyncGenerator<Model, void, undefined> {
    return pages(
      (pageToken) => this.#connection.unary(ModelRegistryService.method.listModels, { ...filter, pageToken }, options),
      ({ models }) => models,
    );
  }

  /** Returns a model, by id or alias. */
  async get(model: string, options?: CallOptions): Promise<Model> {
    const response = await this.#connection.unary(ModelRegistryService.method.getModel, { model }, options);
    return required(response.model);
  }

  /**
   * Changes what the server says and does about a model: the fields that are written down. One that is written as
   * `undefined` goes back to what the provider says. For admins.
   */
  async update(model: ModelChange, options?: CallOptions): Promise<Model> {
    const updateMask = maskOf(ModelSchema, model, CHANGEABLE);
    const method = ModelRegistryService.method.updateModel;
    return required((await this.#connection.unary(method, { model, updateMask }, options)).model);
  }

  /** Asks providers for their models now; without ids all that have a key. For admins. */
  async refresh(providers: string[] = [], options?: CallOptions): Promise<ProviderRefresh[]> {
    return (await this.#connection.unary(ModelRegistryService.method.refreshModels, { providers }, options)).refreshes;
  }

  /** Lists the configured providers and how they do, ordered by id. */
  providers(options?: CallOptions): AsyncGenerator<Provider, void, undefined> {
    return pages(
      (pageToken) => this.#connection.unary(ModelRegistryService.method.listProviders, { pageToken }, options),
      ({ providers }) => providers,
    );
  }
}
