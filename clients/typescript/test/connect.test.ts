import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { connect as connectTo, createServer } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";

import { ChatService, Code, Crux, ServerService } from "@cruxrpc/client";
import type { Metadata } from "@grpc/grpc-js";

import { finished, play, serveStream, serveUnary, started } from "./fake.js";
import { ask, connect, cruxError, readText, setting } from "./world.js";

const TOKEN = "correct horse";

test("the right token is served, any other is not", async () => {
  const address = setting("CRUX_TOKEN_ADDRESS");
  using right = new Crux(address, { token: TOKEN });
  using wrong = new Crux(address, { token: "wrong" });
  using none = new Crux(address);

  assert.equal(await readText(right, ask("openai/gpt-5")), "You said: hello there");
  for (const crux of [wrong, none]) {
    const error = await cruxError(crux.chat(ask("openai/gpt-5")));
    assert.equal(error.code, Code.UNAUTHENTICATED);
    assert.equal(error.reasonName, "UNAUTHENTICATED");
    assert.ok(!inspect(error, { depth: 9, showHidden: true }).includes("wrong"));
  }
});

test("a token shows nowhere", async () => {
  const secret = "not-to-be-seen";
  using crux = new Crux("127.0.0.1:1", { token: secret });

  const shown = [
    inspect(crux, { depth: 9, showHidden: true }),
    JSON.stringify(crux),
    inspect(crux.stream(ask("openai/gpt-5")), { depth: 9, showHidden: true }),
    inspect(await cruxError(crux.chat(ask("openai/gpt-5"))), { depth: 9, showHidden: true }),
    inspect(await cruxError(crux.stream(ask("openai/gpt-5")).final()), { depth: 9, showHidden: true }),
  ];

  for (const text of shown) {
    assert.ok(!text.includes(secret), text);
  }
});

test("a token that is no header is refused without being shown", () => {
  for (const token of ["", "secret-part\n", " secret-part", "secret-pärt"]) {
    assert.throws(
      () => new Crux("localhost:1", { token }),
      (error) => error instanceof TypeError && !error.message.includes("secret-p"),
    );
  }
});

test("a token in plaintext goes to this machine alone", () => {
  const token = "any";
  for (const address of [
    "localhost:50051",
    "127.0.0.1:50051",
    "127.8.8.8:1",
    "[::1]:50051",
    "::1",
    "unix:/run/crux.sock",
    "dns:///localhost:50051",
    "ipv4:127.0.0.1:1,127.0.0.2:1",
    "localhost",
  ]) {
    new Crux(address, { token }).close();
  }
  for (const address of [
    "crux.internal:50051",
    "10.0.0.1:50051",
    "dns:///crux.internal:50051",
    "dns://8.8.8.8/crux:1",
    "ipv4:127.0.0.1:1,10.0.0.1:1",
    "localhost.example.org:1",
    "127.0.0.1.example.org:1",
    "127.evil.example.org",
    "[::2]:1",
    "",
  ]) {
    assert.throws(() => new Crux(address, { token }), /plaintext/, address);
    new Crux(address || "a", { token, allowPlaintextToken: true }).close();
    new Crux(address || "a", { token, tls: true }).close();
    new Crux(address || "a").close();
  }
});

test("TLS and mTLS are spoken", async () => {
  const directory = setting("CRUX_CERTIFICATES");
  const ca = readFileSync(`${directory}/ca.pem`);
  const cert = readFileSync(`${directory}/client.pem`);
  const key = readFileSync(`${directory}/client.key`, "utf8");
  const address = setting("CRUX_MTLS_ADDRESS");
  using both = new Crux(address, { tls: { ca, cert, key } });
  using named = new Crux(address, { tls: { ca, cert, key, serverName: "localhost" } });
  using anonymous = new Crux(address, { tls: { ca } });
  using stranger = new Crux(address, { tls: true });
  using plain = new Crux(address);
  using byName = new Crux(address.replace("127.0.0.1", "localhost"), { tls: { ca, cert, key } });

  assert.equal((await both.chat(ask("openai/gpt-5"))).text, "You said: hello there");
  assert.equal((await byName.chat(ask("openai/gpt-5"))).text, "You said: hello there");
  assert.equal((await named.chat(ask("openai/gpt-5"))).text, "You said: hello there");
  assert.equal((await cruxError(anonymous.chat(ask("openai/gpt-5")))).code, Code.UNAUTHENTICATED);
  for (const crux of [stranger, plain]) {
    const begun = Date.now();
    const error = await cruxError(crux.chat(ask("openai/gpt-5")));
    assert.equal(error.code, Code.UNAVAILABLE);
    assert.ok(Date.now() - begun < 5000);
  }
});

test("a certificate and its key belong together", () => {
  assert.throws(() => new Crux("localhost:1", { tls: { cert: "a" } }), /belong together/);
});

test("a name that stands for many addresses is served by whichever answers", async () => {
  using crux = new Crux(`dns:///localhost:${setting("CRUX_ADDRESS").replace(/.*:/, "")}`);

  assert.equal((await crux.chat(ask("openai/gpt-5"))).text, "You said: hello there");
});

test("addresses take turns, and one that is dead is passed over", async () => {
  const served = [0, 0];
  const count =
    (index: number) =>
    (call: Parameters<Parameters<typeof serveStream>[0]>[0]): void => {
      served[index] = (served[index] ?? 0) + 1;
      play(call, [started, finished]);
    };
  await using first = await serveStream(count(0));
  await using second = await serveStream(count(1));
  using crux = new Crux(`ipv4:127.0.0.1:1,${first.address},${second.address}`);
  await crux.stream(ask("any/model")).final();
  // Both are connected by now, or a moment later.
  await sleep(100);
  served.fill(0);

  for (let n = 0; n < 10; n++) {
    await crux.stream(ask("any/model")).final();
  }

  assert.deepEqual(served, [5, 5]);
});

test("headers of the client and of the call are sent, and the user agent names the client", async () => {
  const seen: Metadata[] = [];
  await using fake = await serveUnary(ServerService.method.getServerInfo, (_, metadata) => {
    seen.push(metadata);
    return {};
  });
  using crux = new Crux(fake.address, { token: "t", headers: { "crux-tenant": "acme", "x-request-id": "a" } });

  await crux.serverInfo({ headers: { "x-request-id": "b" } });

  assert.deepEqual(seen[0]?.get("crux-tenant"), ["acme"]);
  assert.deepEqual(seen[0].get("x-request-id"), ["b"]);
  assert.deepEqual(seen[0].get("authorization"), ["Bearer t"]);
  assert.match(String(seen[0].get("user-agent")[0]), /^cruxrpc-client-typescript/);
});

test("every call has a deadline: ten minutes for chats, thirty seconds for the rest", async () => {
  const seen: Record<string, number> = {};
  for (const [method, call] of [
    [ChatService.method.chat, (crux: Crux) => crux.chat(ask("any/model"))],
    [ServerService.method.getServerInfo, (crux: Crux) => crux.serverInfo()],
  ] as const) {
    await using fake = await serveUnary(method, (_, _metadata, deadlineMs) => {
      seen[method.localName] = deadlineMs;
      return {};
    });
    using crux = new Crux(fake.address);
    await call(crux);
  }

  assert.ok(Math.abs((seen["chat"] ?? 0) - 600_000) < 2000, String(seen["chat"]));
  assert.ok(Math.abs((seen["getServerInfo"] ?? 0) - 30_000) < 2000, String(seen["getServerInfo"]));
});

test("calls after close fail", async () => {
  const crux = connect();
  await crux.chat(ask("openai/gpt-5"));
  crux.close();

  await assert.rejects(crux.chat(ask("openai/gpt-5")), /shut down/);
  await assert.rejects(crux.stream(ask("openai/gpt-5")).final(), /shut down/);
});

test("a certificate for another address is refused", async () => {
  const directory = setting("CRUX_CERTIFICATES");
  const ca = readFileSync(`${directory}/ca.pem`);
  const port = setting("CRUX_MTLS_ADDRESS").replace(/.*:/, "");
  const relay = createServer((socket) => {
    socket.pipe(connectTo(Number(port), "127.0.0.1")).pipe(socket);
    socket.on("error", () => undefined);
  }).listen(0, "127.0.0.2");
  await new Promise((resolve) => relay.once("listening", resolve));
  const bound = relay.address();
  assert.ok(bound && typeof bound === "object");
  using crux = new Crux(`127.0.0.2:${bound.port}`, { tls: { ca } });

  const error = await cruxError(crux.chat(ask("openai/gpt-5")));

  assert.equal(error.code, Code.UNAVAILABLE);
  assert.match(error.message, /altnames/);
  relay.close();
});
