// What goes wrong, and how it shows. The sandbox fails as the models' names ask it to.
import { Code, Crux, CruxError, textOf, user } from "@cruxrpc/client";

const crux = new Crux(process.env["CRUX_ADDRESS"] ?? "localhost:50051", { token: process.env["CRUX_TOKEN"] });

for (const model of [
  "",
  "openai/missing",
  "openai/gpt-5+fault:status=429,retry-after=1",
  "openai/gpt-5+fault:error-midstream",
]) {
  const stream = crux.stream({ model, messages: [user("hello")], routing: { maxAttempts: 1 } });
  try {
    await stream.final();
  } catch (error) {
    if (!(error instanceof CruxError)) {
      throw error;
    }
    const fields = error.violations.map(({ field }) => field).join(", ");
    const retry = error.retryable ? `, retry after ${error.retryDelayMs ?? 0} ms` : "";
    console.log(`${error.kind}: ${Code[error.code]} ${error.reasonName}${retry} ${fields}`);
    if (error.kind !== "status") {
      console.log(`  so far: ${textOf(stream.message)}`);
    }
  }
}
crux.close();
