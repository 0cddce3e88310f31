import assert from "node:assert/strict";
import { createReadStream, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

import { type Media, type Part, media, mediaFile, mediaUrl, user } from "@cruxrpc/client";

import { connect } from "./world.js";

const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

function mediaOf(part: Part): Media {
  assert.ok(part.kind.case === "media");
  return part.kind.value;
}

test("bytes, buffers, blobs, streams and files make the same part", async () => {
  const path = join(mkdtempSync(join(tmpdir(), "crux-")), "dot.png");
  writeFileSync(path, PNG);

  const parts = await Promise.all([
    media(PNG),
    media(new Uint8Array(PNG).buffer),
    media(new Blob([PNG])),
    media(createReadStream(path, { highWaterMark: 7 })),
    mediaFile(path),
    mediaFile(pathToFileURL(path)),
  ]);

  for (const { mimeType, source } of parts.map(mediaOf)) {
    assert.equal(mimeType, "image/png");
    assert.deepEqual(Buffer.from(source.value as Uint8Array), PNG);
  }
  assert.deepEqual(
    parts.map(mediaOf).map(({ name }) => name),
    ["", "", "", "", "dot.png", "dot.png"],
  );
});

test("the media type is what is said, else what the bytes say, else what the name says", async () => {
  const found = async (bytes: string, options?: { name?: string; mimeType?: string }): Promise<string> =>
    mediaOf(await media(Buffer.from(bytes, "latin1"), options)).mimeType;

  assert.equal(await found("\x89PNG\r\n\x1a\n", { mimeType: "image/x-mine" }), "image/x-mine");
  assert.equal(await found("\x89PNG\r\n\x1a\n", { name: "a.jpg" }), "image/png");
  assert.equal(await found("plain", { name: "a.tar.TXT" }), "text/plain");
  assert.equal(await found("\xff\xd8\xff\xe0"), "image/jpeg");
  assert.equal(await found("RIFF\0\0\0\0WEBP"), "image/webp");
  assert.equal(await found("RIFF\0\0\0\0WAVE"), "audio/wav");
  assert.equal(await found("%PDF-1.7"), "application/pdf");
  assert.equal(await found("\0\0\0\x18ftypmp42"), "video/mp4");
  assert.equal(mediaOf(await media(new File(["x"], "a.md"))).mimeType, "text/markdown");
  assert.equal(mediaOf(await media(new Blob(["x"], { type: "text/x" }))).mimeType, "text/x");
  await assert.rejects(found("plain"), /say it with mimeType/);
  await assert.rejects(found("plain", { name: "a.unheard" }), /a\.unheard/);
});

test("a stream without end is not read without end", async () => {
  let left = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        yield await Promise.resolve(new Uint8Array(1024 * 1024));
      }
    } finally {
      left = true;
    }
  }

  await assert.rejects(media(endless(), { mimeType: "text/plain" }), RangeError);
  assert.ok(left);
});

test("a URL is passed on", () => {
  const { source, mimeType } = mediaOf(mediaUrl("https://example.org/a.png", { mimeType: "image/png" }));

  assert.deepEqual(source, { case: "url", value: "https://example.org/a.png" });
  assert.equal(mimeType, "image/png");
});

test("an image goes to a model", async () => {
  using crux = connect();
  const content = user("what is it", await media(PNG));

  for (const model of ["openai/gpt-5", "anthropic/claude-sonnet-4-5", "gemini/gemini-2.5-flash"]) {
    assert.equal((await crux.chat({ model, messages: [content] })).text, "You said: what is it");
  }
});
