import type { MessageInitShape } from "@bufbuild/protobuf";

import type { Connection } from "./connection.js";
import {
  KeySchema,
  KeyVaultService,
  type CreateKeyRequestSchema,
  type DeleteKeyRequestSchema,
  type Key,
  type Key_State,
  type ListKeysRequestSchema,
  type RewrapKeysResponse,
  type RotateKeyRequestSchema,
  type SetKeyStateRequestSchema,
  type VerifyKeyResponse,
} from "./gen/crux/v1/keys_pb.js";
import { maskOf } from "./mask.js";
import type { CallOptions } from "./options.js";
import { pages } from "./pages.js";
import { required } from "./required.js";
import { failure } from "./status.js";

const CHANGEABLE = ["display_name", "priority", "labels", "expire_time"];

/** A change of a key: `id` says which; `etag`, when set, must match. */
export type KeyChange = MessageInitShape<typeof KeySchema> & { id: string };

/** The vault of the providers' API keys. Keys go in and are used; no call gives one back. */
export class Keys {
  readonly #connection: Connection;

  /** @internal */
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Stores a key. */
  async create(request: MessageInitShape<typeof CreateKeyRequestSchema>, options?: CallOptions): Promise<Key> {
    return required((await this.#connection.unary(KeyVaultService.method.createKey, request, options)).key);
  }

  /** Returns what is known about a key, never the key. */
  async get(keyId: string, options?: CallOptions): Promise<Key> {
    return required((await this.#connection.unary(KeyVaultService.method.getKey, { keyId }, options)).key);
  }

  /** Lists keys, ordered by provider, then priority. */
  list(
    filter: MessageInitShape<typeof ListKeysRequestSchema> = {},
    options?: CallOptions,
  ): AsyncGenerator<Key, void, undefined> {
    return pages(
      (pageToken) => this.#connection.unary(KeyVaultService.method.listKeys, { ...filter, pageToken }, options),
      ({ keys }) => keys,
    );
  }

  /** Changes the fields of a key that are written down; one written as `undefined` is emptied. */
  async update(key: KeyChange, options?: CallOptions): Promise<Key> {
    const updateMask = maskOf(KeySchema, key, CHANGEABLE);
    return required((await this.#connection.unary(KeyVaultService.method.updateKey, { key, updateMask }, options)).key);
  }

  /** Replaces the secret, from the next request on. */
  async rotate(request: MessageInitShape<typeof RotateKeyRequestSchema>, options?: CallOptions): Promise<Key> {
    return required((await this.#connection.unary(KeyVaultService.method.rotateKey, request, options)).key);
  }

  /** Stops or resumes the use of a key, from the next request on. */
  async setState(
    keyId: string,
    state: Key_State.ACTIVE | Key_State.DISABLED,
    request: Pick<MessageInitShape<typeof SetKeyStateRequestSchema>, "etag"> = {},
    options?: CallOptions,
  ): Promise<Key> {
    const method = KeyVaultService.method.setKeyState;
    return required((await this.#connection.unary(method, { ...request, keyId, state }, options)).key);
  }

  /** Asks the provider whether it takes the key, by a call that costs nothing. */
  async verify(keyId: string, options?: CallOptions): Promise<VerifyKeyResponse> {
    return await this.#connection.unary(KeyVaultService.method.verifyKey, { keyId }, options);
  }

  /** Destroys a key for good. */
  async delete(
    keyId: string,
    request: Pick<MessageInitShape<typeof DeleteKeyRequestSchema>, "etag" | "allowMissing"> = {},
    options?: CallOptions,
  ): Promise<void> {
    await this.#connection.unary(KeyVaultService.method.deleteKey, { ...request, keyId }, options);
  }

  /** Wraps every key's own encryption key anew, and tells how far it is. Leaving the loop cancels. For admins. */
  async *rewrap(options?: CallOptions): AsyncGenerator<RewrapKeysResponse, void, undefined> {
    const call = this.#connection.serverStream(KeyVaultService.method.rewrapKeys, {}, options);
    let begun = false;
    let done = false;
    try {
      for (;;) {
        const incoming = await call.next();
        if ("message" in incoming) {
          begun = true;
          done = incoming.message.done;
          yield incoming.message;
        } else if (done) {
          return;
        } else {
          throw failure(incoming.status, { timeoutMs: call.timeoutMs, headers: call.headers, begun });
        }
      }
    } finally {
      call.cancel(undefined);
    }
  }
}
