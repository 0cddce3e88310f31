// A server for the test: its sandbox answers, and counts.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Starts crux for pages of `origin`, who prove themselves by `token`. */
export async function start(binary, directory, origin, token) {
  const anywhere = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
  const child = spawn(binary, ["serve", "--sandbox", ...anywhere], {
    cwd: directory,
    env: {
      HOME: directory,
      PATH: process.env.PATH,
      CRUX_AUTH__BEARER_TOKEN: token,
      CRUX_REGISTRY__BACKGROUND: "false",
      CRUX_WEB__ENABLED: "true",
      CRUX_WEB__ALLOWED_ORIGINS: origin,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const log = createInterface({ input: child.stdout });
  const serving = await new Promise((resolve, reject) => {
    const lines = [];
    log.on("line", (line) => {
      lines.push(line);
      const { message, ...fields } = JSON.parse(line);
      if (message === "serving") resolve(fields);
    });
    child.on("exit", () => reject(new Error(`the server did not start:\n${lines.join("\n")}`)));
  });
  return {
    server: `http://${serving.address}`,
    stats: async () => (await fetch(`http://${serving.sandbox}/sandbox/stats`)).json(),
    stop: () => child.kill("SIGKILL"),
  };
}
