import { create, type MessageInitShape } from "@bufbuild/protobuf";

import { MessageSchema, PartSchema, Role, type Message, type Part, type ToolCall } from "./gen/crux/v1/content_pb.js";

/** A part, or text to become one. */
export type Content = string | MessageInitShape<typeof PartSchema>;

/** Makes a message of the user. */
export function user(...content: Content[]): Message {
  return message(Role.USER, content);
}

/** Makes instructions from the application. */
export function system(...content: Content[]): Message {
  return message(Role.SYSTEM, content);
}

/** Makes a message of the model, as when a history is written by hand. */
export function assistant(...content: Content[]): Message {
  return message(Role.ASSISTANT, content);
}

/** Makes a text part. */
export function text(value: string): Part {
  return create(PartSchema, { kind: { case: "text", value } });
}

/** The text parts of a message, joined. */
export function textOf(message: Message): string {
  return message.content.map(({ kind }) => (kind.case === "text" ? kind.value : "")).join("");
}

/** The calls of a message that are whole and the caller's to answer. */
export function toolCallsOf(message: Message): ToolCall[] {
  return message.content.flatMap(({ kind, incomplete }) =>
    kind.case === "toolCall" && !incomplete && !kind.value.providerExecuted ? [kind.value] : [],
  );
}

function message(role: Role, content: Content[]): Message {
  return create(MessageSchema, {
    role,
    content: content.map((part) => (typeof part === "string" ? text(part) : part)),
  });
}
