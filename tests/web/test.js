// A browser streams chats from a page of another origin. Ends with "web: N passed, N failed".
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { start } from "./crux.js";
import { serve } from "./site.js";

const token = "operator";
const scratch = await mkdtemp(join(tmpdir(), "crux-web-"));
const [site, foreign] = [await serve(), await serve()];
const crux = await start(process.env.CRUX, scratch, site.origin, token);
const browser = await chromium.launchPersistentContext(join(scratch, "profile"), {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  headless: true,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});

/** A fresh tab with the page of `origin`. */
async function open(origin = site.origin) {
  const page = await browser.newPage();
  await page.goto(origin);
  await page.waitForFunction(() => window.chat !== undefined);
  return page;
}

const ask = (page, call) =>
  page.evaluate((call) => window.chat(call), { server: crux.server, token, model: "openai/gpt-5", text: "hi", ...call });

/** Waits until the sandbox's counters are so; returns how long that took, in milliseconds. */
async function until(isSo, patience = 2000) {
  const begun = performance.now();
  for (;;) {
    const stats = await crux.stats();
    const took = performance.now() - begun;
    if (isSo(stats)) return took;
    assert.ok(took < patience, `after ${patience} ms: ${JSON.stringify(stats)}`);
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
}

const tests = {
  async "an answer comes delta by delta while it is made"() {
    const page = await open();
    const seen = await ask(page, { model: "openai/gpt-5+fault:gap=100ms,chunks=12" });

    assert.equal(seen.error, undefined);
    assert.equal(seen.deltas.length, 12);
    const gaps = seen.deltas.slice(1).map((delta, index) => delta.at - seen.deltas[index].at);
    assert.ok(gaps.every((gap) => gap > 40 && gap < 400), `they come one by one: ${gaps}`);
    assert.ok(seen.took - seen.deltas[0].at > 900, "the first long before the end");
  },

  async "the text, the usage and the trailers arrive"() {
    const page = await open();
    const seen = await ask(page, { model: "anthropic/claude-sonnet-4-5", text: "grüße 👋" });

    assert.equal(seen.error, undefined);
    assert.equal(seen.text, "You said: grüße 👋");
    assert.equal(seen.kinds[0], "started");
    assert.equal(seen.kinds.at(-1), "finished");
    assert.ok(seen.usage.inputTokens > 0 && seen.usage.outputTokens > 0);
    assert.ok(seen.header["crux-generation-id"] && seen.header["x-request-id"]);
    assert.equal(seen.trailer["crux-model"], "anthropic/claude-sonnet-4-5");
    if (process.env.SCREENSHOT) await page.screenshot({ path: process.env.SCREENSHOT });
  },

  async "a stream that fails says so twice, with details"() {
    const seen = await ask(await open(), { model: "openai/gpt-5+fault:error-midstream" });

    assert.equal(seen.kinds.at(-1), "failed");
    assert.ok(seen.deltas.length > 0 && seen.failed.message);
    const info = seen.error.details.find(({ type }) => type === "google.rpc.ErrorInfo");
    assert.match(info.text, /PROVIDER_/);
  },

  async "a call that fails before its start has details too"() {
    const page = await open();
    const unknown = await ask(page, { model: "nobody/model" });
    assert.equal(unknown.error.code, "NotFound");
    assert.match(unknown.error.details.map(({ text }) => text).join(), /MODEL_NOT_FOUND/);

    const stranger = await ask(page, { token: "another" });
    assert.equal(stranger.error.code, "Unauthenticated");
    assert.match(stranger.error.details.map(({ text }) => text).join(), /UNAUTHENTICATED/);
  },

  async "a deadline holds"() {
    const seen = await ask(await open(), { model: "openai/gpt-5+fault:gap=50ms,chunks=200", timeoutMs: 400 });

    assert.equal(seen.error.code, "DeadlineExceeded");
    assert.ok(seen.took < 1000, `${seen.took}`);
    await until(({ open }) => open === 0, 200);
  },

  async "who aborts stops the provider within 100 ms"() {
    const page = await open();
    const { aborted } = await crux.stats();
    const asked = ask(page, { model: "openai/gpt-5+fault:gap=20ms,chunks=10000" });
    await page.waitForFunction(() => window.deltas > 3);

    await page.evaluate(() => window.leave());

    const took = await until((stats) => stats.open === 0 && stats.aborted === aborted + 1, 100);
    assert.equal((await asked).error.code, "Canceled");
    console.log(`  the provider heard of it after ${took.toFixed(0)} ms`);
  },

  async "who closes the tab stops the provider within 100 ms"() {
    const page = await open();
    const { aborted } = await crux.stats();
    const asked = ask(page, { model: "openai/gpt-5+fault:stall=12,chunks=50" }).catch(() => "closed");
    await page.waitForFunction(() => window.deltas > 0);

    await page.close();

    const took = await until((stats) => stats.open === 0 && stats.aborted === aborted + 1, 100);
    assert.equal(await asked, "closed");
    console.log(`  the provider heard of it after ${took.toFixed(0)} ms`);
  },

  async "a page of another origin is refused, and no provider is asked"() {
    const { requests } = await crux.stats();
    const page = await open(foreign.origin);
    const complaints = [];
    page.on("console", (message) => complaints.push(message.text()));

    const seen = await ask(page);

    assert.deepEqual(seen.kinds, []);
    assert.match(seen.error.message, /fetch/i);
    assert.match(complaints.join("\n"), /blocked by CORS policy/);
    assert.equal((await crux.stats()).requests, requests);
  },
};

let passed = 0;
let failed = 0;
for (const [name, test] of Object.entries(tests)) {
  try {
    await test();
    passed += 1;
    console.log(`ok ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED ${name}\n${error.stack}`);
  }
}
await browser.close();
crux.stop();
site.close();
foreign.close();
await rm(scratch, { recursive: true, force: true });
console.log(`web: ${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
