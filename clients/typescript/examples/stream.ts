// Streams a chat, reasoning and text apart, and tells what it cost.
import { Crux, ReasoningEffort, user } from "@cruxrpc/client";

const crux = new Crux(process.env["CRUX_ADDRESS"] ?? "localhost:50051", { token: process.env["CRUX_TOKEN"] });

const stream = crux.stream({
  model: "anthropic/claude-sonnet-4-5",
  messages: [user("hello from a stream")],
  reasoning: { effort: ReasoningEffort.LOW },
});
for await (const { event } of stream) {
  if (event.case === "reasoningDelta") {
    process.stderr.write(event.value.text);
  } else if (event.case === "textDelta") {
    process.stdout.write(event.value.text);
  }
}
const { outcome } = await stream.final();
console.log(`\n${outcome?.model ?? ""}: ${outcome?.usage?.outputTokens ?? 0} tokens`);
crux.close();
