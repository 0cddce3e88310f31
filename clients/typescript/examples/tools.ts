// Lets a model call two tools, at once where it likes, and prints its answer.
import { Crux, tool, user } from "@cruxrpc/client";
import { z } from "zod";

const crux = new Crux(process.env["CRUX_ADDRESS"] ?? "localhost:50051", { token: process.env["CRUX_TOKEN"] });

const tools = [
  tool({
    name: "get_weather",
    description: "Tells the weather of the next days.",
    input: z.object({ city: z.string(), days: z.int() }),
    run: ({ city, days }) => ({ city, days, weather: "sunny" }),
  }),
  tool({
    name: "get_time",
    description: "Tells the time.",
    input: z.object({ zone: z.string().describe("IANA name of a time zone") }),
    run: ({ zone }) => `noon in ${zone}`,
  }),
];
const run = crux.runTools({ model: "openai/gpt-5", messages: [user("weather and time in Rome?")] }, tools);
for await (const { case: kind, step, value } of run) {
  if (kind === "results") {
    console.log(`step ${step}: ${value.content.length} tools answered`);
  }
}
const { text, steps, usage } = await run.final();
console.log(`${text}\n${steps} steps, ${usage.inputTokens ?? 0} tokens in`);
crux.close();
