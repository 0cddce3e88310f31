/**
 * Client of crux, a gRPC gateway in front of many LLM providers.
 *
 * @module
 */
export * from "./v1.js";
export type { Admin, TenantChange } from "./admin.js";
export { Crux, type ChatRequestInit } from "./client.js";
export type { ChatStream } from "./chat-stream.js";
export { type Content, assistant, system, text, textOf, toolCallsOf, user } from "./content.js";
export { Code, CruxError, type CruxErrorFields, type FailureKind, type FieldViolation } from "./error.js";
export type { KeyChange, Keys } from "./keys.js";
export { type MediaOptions, type MediaSource, media, mediaFile, mediaUrl } from "./media.js";
export type { ModelChange, Models } from "./models.js";
export type { CallOptions, ConnectOptions, TlsOptions } from "./options.js";
export { type Preferences as PreferencesClient, type PreferencesChange, preferenceValues } from "./preferences.js";
export type { ResultStream } from "./result-stream.js";
export { type Infer, type Schema, jsonSchema } from "./schema.js";
export {
  type JsonFormatOptions,
  type Structured,
  StructuredOutputError,
  jsonFormat,
  parseAnswer,
} from "./structured.js";
export {
  type RunnableTool,
  type ToolContext,
  type ToolDefinition,
  type ToolOutput,
  runToolCalls,
  tool,
} from "./tool.js";
export {
  type ToolRun,
  type ToolRunEvent,
  type ToolRunOptions,
  type ToolRunResult,
  type ToolRunState,
  ToolLimitError,
} from "./tool-run.js";
export { sumUsage } from "./usage.js";
