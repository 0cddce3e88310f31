// The page, served from an origin of its own: another port is another origin.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";

const FILES = { "/": ["page.html", "text/html"], "/page.js": ["build/page.js", "text/javascript"] };

/** Serves the page on a free port; resolves to its origin, and to what closes it. */
export async function serve() {
  const server = createServer(async (request, response) => {
    const [file, type] = FILES[request.url] ?? [];
    if (file === undefined) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": `${type}; charset=utf-8` });
    response.end(await readFile(new URL(file, import.meta.url)));
  });
  await new Promise((resolve) => server.listen(0, "localhost", resolve));
  return { origin: `http://localhost:${server.address().port}`, close: () => server.close() };
}
