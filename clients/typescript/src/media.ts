import { readFile } from "node:fs/promises";
import { basename } from "node:path";

import { create } from "@bufbuild/protobuf";

import { concat } from "./bytes.js";
import { PartSchema, type Media, type Part } from "./gen/crux/v1/content_pb.js";
import { mimeType } from "./mime.js";

/** The most that is read of a stream: 64 MiB. Servers take less by default. */
const MAX_STREAM_BYTES = 64 * 1024 * 1024;

/** What is known of a medium. */
export interface MediaOptions {
  /** IANA media type, such as `image/png`. Unset: found by the first bytes, or else by the name. */
  readonly mimeType?: string | undefined;
  /** File name. */
  readonly name?: string | undefined;
}

/** Bytes, whole or as they come: `fetch`'s body, a file's stream, a `Blob`. */
export type MediaSource = Uint8Array | ArrayBuffer | Blob | AsyncIterable<Uint8Array>;

/**
 * Makes a part of an image, a sound, a video or a document.
 *
 * @throws TypeError where its media type is neither said nor found, RangeError where a stream exceeds 64 MiB.
 */
export async function media(source: MediaSource, options: MediaOptions = {}): Promise<Part> {
  const data = await bytes(source);
  const name = options.name ?? (source instanceof Blob && "name" in source ? String(source.name) : undefined);
  const said = options.mimeType ?? (source instanceof Blob && source.type !== "" ? source.type : undefined);
  const found = said ?? mimeType(data, name);
  if (found === undefined) {
    throw new TypeError(`cannot tell the media type of ${name ?? "these bytes"}: say it with mimeType`);
  }
  return part({ mimeType: found, name: name ?? "", source: { case: "data", value: data } });
}

/** Makes a part of a file. As {@link media}; its name goes along. */
export async function mediaFile(path: string | URL, options: MediaOptions = {}): Promise<Part> {
  const name = basename(typeof path === "string" ? path : path.pathname);
  return await media(await readFile(path), { name, ...options });
}

/** Makes a part of an https URL, which the provider fetches, or the server where the provider cannot. */
export function mediaUrl(url: string | URL, options: MediaOptions = {}): Part {
  const { mimeType: said = "", name = "" } = options;
  return part({ mimeType: said, name, source: { case: "url", value: String(url) } });
}

function part(value: Pick<Media, "mimeType" | "name" | "source">): Part {
  return create(PartSchema, { kind: { case: "media", value } });
}

async function bytes(source: MediaSource): Promise<Uint8Array> {
  if (source instanceof Uint8Array) {
    return source;
  }
  if (source instanceof ArrayBuffer) {
    return new Uint8Array(source);
  }
  if (source instanceof Blob) {
    return new Uint8Array(await source.arrayBuffer());
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size > MAX_STREAM_BYTES) {
      throw new RangeError(`expected at most ${MAX_STREAM_BYTES} bytes of media; the stream has more`);
    }
    chunks.push(chunk);
  }
  return concat(chunks);
}
