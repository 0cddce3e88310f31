import { create, clone } from "@bufbuild/protobuf";

import {
  ChatResponseSchema,
  type ChatEvent,
  type ChatResponse,
  type GenerationFailed,
  type Outcome,
  type RawChunk,
} from "./gen/crux/v1/chat_pb.js";
import { MessageSchema, PartSchema, Role, type Message, type Part } from "./gen/crux/v1/content_pb.js";
import { concat } from "./bytes.js";
import { textOf } from "./content.js";

/** A part as far as it has come. */
interface Draft {
  readonly part: Part;
  readonly media: Uint8Array[];
}

/**
 * Makes one message of the events of a stream, however its deltas are cut. What `part_finished` says is final, but for
 * media, whose bytes come as deltas alone.
 */
export class Accumulator {
  readonly #drafts = new Map<number, Draft>();
  readonly #finished = new Map<number, Part>();
  readonly #rawChunks: RawChunk[] = [];
  /** Set by the first event. */
  generationId: string | undefined;
  /** How the generation ended, once it ended well. */
  outcome: Outcome | undefined;
  /** How the generation failed, once it did. */
  failed: GenerationFailed | undefined;
  /** Events of a newer server, which were passed over. */
  unknownEvents = 0;

  /** Takes an event in. */
  add({ event }: ChatEvent): void {
    switch (event.case) {
      case "started":
        this.generationId = event.value.generationId;
        break;
      case "partStarted":
        this.#drafts.set(event.value.partIndex, draft(event.value.part));
        break;
      case "textDelta":
      case "reasoningDelta":
      case "toolCallDelta":
      case "citationAdded":
      case "mediaDelta":
        this.#append(event);
        break;
      case "partFinished": {
        const { partIndex, part } = event.value;
        this.#finished.set(partIndex, withMedia(part ?? create(PartSchema), this.#drafts.get(partIndex)?.media ?? []));
        this.#drafts.delete(partIndex);
        break;
      }
      case "finished":
        this.outcome = event.value;
        break;
      case "failed":
        this.failed = event.value;
        break;
      case "rawChunk":
        this.#rawChunks.push(event.value);
        break;
      case "attemptStarted":
      case "heartbeat":
        break;
      case undefined:
        this.unknownEvents++;
    }
  }

  /** The message so far. Parts that are not finished are marked incomplete. */
  message(): Message {
    const open = [...this.#drafts].map(([index, { part, media }]): [number, Part] => {
      const copy = withMedia(clone(PartSchema, part), media);
      copy.incomplete = true;
      return [index, copy];
    });
    const parts = [...this.#finished, ...open].sort(([a], [b]) => a - b);
    return create(MessageSchema, { role: Role.ASSISTANT, content: parts.map(([, part]) => part) });
  }

  /** The whole answer, in the form in which the unary call has it. */
  response(): ChatResponse {
    const message = this.message();
    return create(ChatResponseSchema, {
      generationId: this.generationId ?? "",
      text: textOf(message),
      message,
      ...(this.outcome && { outcome: this.outcome }),
      rawChunks: this.#rawChunks,
    });
  }

  #append(delta: Extract<ChatEvent["event"], { value: { partIndex: number } }>): void {
    let open = this.#drafts.get(delta.value.partIndex);
    if (!open) {
      open = draft(undefined);
      this.#drafts.set(delta.value.partIndex, open);
    }
    const { part, media } = open;
    switch (delta.case) {
      case "textDelta":
        part.kind =
          part.kind.case === "refusal"
            ? { case: "refusal", value: part.kind.value + delta.value.text }
            : { case: "text", value: (part.kind.case === "text" ? part.kind.value : "") + delta.value.text };
        break;
      case "reasoningDelta":
        if (part.kind.case === "reasoning") {
          part.kind.value.text += delta.value.text;
        }
        break;
      case "toolCallDelta":
        if (part.kind.case === "toolCall") {
          part.kind.value.argumentsJson += delta.value.argumentsJson;
        }
        break;
      case "citationAdded":
        if (delta.value.citation) {
          part.citations.push(delta.value.citation);
        }
        break;
      case "mediaDelta":
        media.push(delta.value.data);
        break;
    }
  }
}

/** The event's own part stays as it is: whoever reads events has it too. */
function draft(part: Part | undefined): Draft {
  return { part: part ? clone(PartSchema, part) : create(PartSchema), media: [] };
}

function withMedia(part: Part, chunks: Uint8Array[]): Part {
  if (chunks.length === 0 || part.kind.case !== "media") {
    return part;
  }
  const whole = clone(PartSchema, part);
  if (whole.kind.case === "media") {
    whole.kind.value.source = { case: "data", value: concat(chunks) };
  }
  return whole;
}
