// Ends calls early, in three ways: the provider stops at once in each.
import { Crux, CruxError, user } from "@cruxrpc/client";

const crux = new Crux(process.env["CRUX_ADDRESS"] ?? "localhost:50051", { token: process.env["CRUX_TOKEN"] });

// The sandbox answers this model slowly.
const request = { model: "openai/gpt-5+fault:gap=50ms,chunks=200", messages: [user("count to a thousand")] };

let words = 0;
for await (const _text of crux.stream(request).text()) {
  if (++words === 3) {
    break;
  }
}
console.log(`left after ${words} deltas`);

try {
  await crux.stream(request, { signal: AbortSignal.timeout(200) }).final();
} catch (error) {
  console.log(`aborted: ${(error as DOMException).name}`);
}

try {
  await crux.stream(request, { timeoutMs: 200 }).final();
} catch (error) {
  console.log(`deadline: ${(error as CruxError).message}`);
}
crux.close();
