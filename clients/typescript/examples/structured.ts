// Asks for an answer in a type of one's own.
import { Crux, StructuredOutputError, user } from "@cruxrpc/client";
import { z } from "zod";

const crux = new Crux(process.env["CRUX_ADDRESS"] ?? "localhost:50051", { token: process.env["CRUX_TOKEN"] });

const City = z.object({ name: z.string(), population: z.int().nonnegative(), tags: z.array(z.string()) });
try {
  const { value } = await crux.parse({ model: "gemini/gemini-2.5-flash", messages: [user("describe Rome")] }, City);
  console.log(`${value.name}: ${value.population} people; ${value.tags.join(", ")}`);
} catch (error) {
  if (!(error instanceof StructuredOutputError)) {
    throw error;
  }
  console.error(`no city, but: ${error.text}`);
}
crux.close();
