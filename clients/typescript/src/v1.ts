/**
 * The contract `crux.v1`: every message, enum and service, generated. Holds no transport, so that browsers can use it
 * with `@connectrpc/connect-web`.
 *
 * @module
 */
export * from "./gen/crux/v1/admin_pb.js";
export * from "./gen/crux/v1/chat_pb.js";
export * from "./gen/crux/v1/content_pb.js";
export * from "./gen/crux/v1/error_pb.js";
export * from "./gen/crux/v1/keys_pb.js";
export * from "./gen/crux/v1/models_pb.js";
export * from "./gen/crux/v1/preferences_pb.js";
export * from "./gen/crux/v1/server_pb.js";
export * from "./gen/crux/v1/usage_pb.js";
