/** The servers that test.sh has started, and what tests ask of them. */
import { Crux, CruxError, type CallOptions, type ChatRequestInit, type Message, user } from "@cruxrpc/client";
import assert from "node:assert/strict";

/** What test.sh has set. */
export function setting(name: string): string {
  const value = process.env[name];
  assert.ok(value, `${name} is not set: run test.sh`);
  return value;
}

/** A client of the sandboxed server. */
export function connect(): Crux {
  return new Crux(setting("CRUX_ADDRESS"));
}

/** A request of one user message. */
export function ask(model: string, prompt = "hello there"): { model: string; messages: Message[] } {
  return { model, messages: [user(prompt)] };
}

/** What a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  assert.fail("expected a rejection");
}

/** The error that a promise rejects with. */
export async function cruxError(promise: Promise<unknown>): Promise<CruxError> {
  const error = await rejection(promise);
  assert.ok(error instanceof CruxError, `expected a CruxError; found ${String(error)}`);
  return error;
}

/** What the sandbox counts. */
export async function stats(sandbox = setting("CRUX_SANDBOX")): Promise<{ open: number; aborted: number }> {
  const response = await fetch(`http://${sandbox}/sandbox/stats`);
  return (await response.json()) as { open: number; aborted: number };
}

/** Waits until something holds. */
export async function eventually(holds: () => Promise<boolean>, withinMs: number): Promise<void> {
  const end = Date.now() + withinMs;
  while (!(await holds())) {
    assert.ok(Date.now() < end, `not within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The text of a stream, read in whole. */
export async function readText(crux: Crux, request: ChatRequestInit, options?: CallOptions): Promise<string> {
  let text = "";
  for await (const delta of crux.stream(request, options).text()) {
    text += delta;
  }
  return text;
}
