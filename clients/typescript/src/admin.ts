import type { MessageInitShape } from "@bufbuild/protobuf";

import type { Connection } from "./connection.js";
import {
  AdminService,
  TenantSchema,
  type ApiToken,
  type ApiTokenSchema,
  type AuditRecord,
  type CreateApiTokenResponse,
  type DeleteTenantRequestSchema,
  type ListApiTokensRequestSchema,
  type ListAuditRecordsRequestSchema,
  type ListTenantsRequestSchema,
  type Tenant,
} from "./gen/crux/v1/admin_pb.js";
import { maskOf } from "./mask.js";
import type { CallOptions } from "./options.js";
import { pages } from "./pages.js";
import { required } from "./required.js";

const CHANGEABLE = ["display_name", "state", "policy", "policy.allowed_models", "policy.denied_models", "labels"];

/** A change of a tenant: `id` says which; `etag`, when set, must match. */
export type TenantChange = MessageInitShape<typeof TenantSchema> & { id: string };

/** Tenants, the tokens that callers present, and the record of who did what. */
export class Admin {
  readonly #connection: Connection;

  /** @internal */
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Creates a tenant. Read of `tenant`: displayName, policy, labels. */
  async createTenant(
    tenantId: string,
    tenant: MessageInitShape<typeof TenantSchema> = {},
    options?: CallOptions,
  ): Promise<Tenant> {
    const method = AdminService.method.createTenant;
    return required((await this.#connection.unary(method, { tenantId, tenant }, options)).tenant);
  }

  /** Returns a tenant; without an id the caller's own. */
  async getTenant(tenantId = "", options?: CallOptions): Promise<Tenant> {
    return required((await this.#connection.unary(AdminService.method.getTenant, { tenantId }, options)).tenant);
  }

  /** Lists tenants, ordered by id. */
  listTenants(
    filter: MessageInitShape<typeof ListTenantsRequestSchema> = {},
    options?: CallOptions,
  ): AsyncGenerator<Tenant, void, undefined> {
    return pages(
      (pageToken) => this.#connection.unary(AdminService.method.listTenants, { ...filter, pageToken }, options),
      ({ tenants }) => tenants,
    );
  }

  /** Changes the fields of a tenant that are written down, those of its policy one by one. */
  async updateTenant(tenant: TenantChange, options?: CallOptions): Promise<Tenant> {
    const updateMask = maskOf(TenantSchema, tenant, CHANGEABLE);
    const method = AdminService.method.updateTenant;
    return required((await this.#connection.unary(method, { tenant, updateMask }, options)).tenant);
  }

  /** Deletes a tenant with its tokens, keys, logs and preferences. */
  async deleteTenant(
    tenantId: string,
    request: Pick<MessageInitShape<typeof DeleteTenantRequestSchema>, "etag"> = {},
    options?: CallOptions,
  ): Promise<void> {
    await this.#connection.unary(AdminService.method.deleteTenant, { ...request, tenantId }, options);
  }

  /** Creates a token and returns it with its secret, this once. */
  async createApiToken(
    apiToken: MessageInitShape<typeof ApiTokenSchema>,
    options?: CallOptions,
  ): Promise<CreateApiTokenResponse & { apiToken: ApiToken }> {
    const response = await this.#connection.unary(AdminService.method.createApiToken, { apiToken }, options);
    return { ...response, apiToken: required(response.apiToken) };
  }

  /** Lists tokens, ordered by id. */
  listApiTokens(
    filter: MessageInitShape<typeof ListApiTokensRequestSchema> = {},
    options?: CallOptions,
  ): AsyncGenerator<ApiToken, void, undefined> {
    return pages(
      (pageToken) => this.#connection.unary(AdminService.method.listApiTokens, { ...filter, pageToken }, options),
      ({ apiTokens }) => apiTokens,
    );
  }

  /** Ends a token at once. */
  async revokeApiToken(apiTokenId: string, options?: CallOptions): Promise<ApiToken> {
    const method = AdminService.method.revokeApiToken;
    return required((await this.#connection.unary(method, { apiTokenId }, options)).apiToken);
  }

  /** Lists the operations on tenants, tokens and keys, latest first. */
  listAuditRecords(
    filter: MessageInitShape<typeof ListAuditRecordsRequestSchema> = {},
    options?: CallOptions,
  ): AsyncGenerator<AuditRecord, void, undefined> {
    return pages(
      (pageToken) => this.#connection.unary(AdminService.method.listAuditRecords, { ...filter, pageToken }, options),
      ({ auditRecords }) => auditRecords,
    );
  }
}
