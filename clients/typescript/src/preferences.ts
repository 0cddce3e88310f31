import { type JsonValue, fromJson, toJson } from "@bufbuild/protobuf";
import { type Value, ValueSchema } from "@bufbuild/protobuf/wkt";

import type { Connection } from "./connection.js";
import { PreferencesService, type Preferences as UserPreferences } from "./gen/crux/v1/preferences_pb.js";
import type { CallOptions } from "./options.js";
import { required } from "./required.js";

/** A change of preferences. */
export interface PreferencesChange {
  /** Added or replaced: any JSON values. */
  readonly set?: Readonly<Record<string, JsonValue>> | undefined;
  /** Removed, where there. */
  readonly remove?: string[] | undefined;
  /** When set, must match. */
  readonly etag?: string | undefined;
}

/** Preferences of the application's users; the id "" is the tenant's own. */
export class Preferences {
  readonly #connection: Connection;

  /** @internal */
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Returns a user's preferences; none are an empty set, not an error. */
  async get(endUserId: string, options?: CallOptions): Promise<UserPreferences> {
    const method = PreferencesService.method.getPreferences;
    return required((await this.#connection.unary(method, { endUserId }, options)).preferences);
  }

  /** Sets and removes single preferences, all or none of them. */
  async update(endUserId: string, change: PreferencesChange, options?: CallOptions): Promise<UserPreferences> {
    const { set = {}, remove = [], etag = "" } = change;
    const values = Object.entries(set).map(([key, value]): [string, Value] => [key, fromJson(ValueSchema, value)]);
    const request = { endUserId, set: Object.fromEntries(values), remove, etag };
    const method = PreferencesService.method.updatePreferences;
    return required((await this.#connection.unary(method, request, options)).preferences);
  }

  /** Removes all of a user's preferences. */
  async delete(endUserId: string, options?: CallOptions): Promise<void> {
    await this.#connection.unary(PreferencesService.method.deletePreferences, { endUserId }, options);
  }
}

/** The values of preferences as plain JSON. */
export function preferenceValues(preferences: UserPreferences): Record<string, JsonValue> {
  const values = Object.entries(preferences.values);
  return Object.fromEntries(values.map(([key, value]): [string, JsonValue] => [key, toJson(ValueSchema, value)]));
}
