// A page that streams a chat. The test drives it by `chat`, and reads what came, and when.
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { ChatService } from "./build/gen/crux/v1/chat_pb.js";
import { Role } from "./build/gen/crux/v1/content_pb.js";

const show = (id, text) => (document.getElementById(id).textContent = text);
let running;

/** Streams a chat to its end, however it ends; says when each delta came, in milliseconds from the start. */
window.chat = async ({ server, token, model, text, timeoutMs }) => {
  const client = createClient(ChatService, createGrpcWebTransport({ baseUrl: server }));
  const seen = { kinds: [], deltas: [], text: "", header: {}, trailer: {} };
  const begun = performance.now();
  const since = () => performance.now() - begun;
  running = new AbortController();
  show("answer", "");
  show("state", `asking ${model}`);
  try {
    const events = client.streamChat(
      { model, messages: [{ role: Role.USER, content: [{ kind: { case: "text", value: text } }] }] },
      {
        signal: running.signal,
        timeoutMs,
        headers: token ? { authorization: `Bearer ${token}` } : {},
        onHeader: (headers) => (seen.header = Object.fromEntries(headers)),
        onTrailer: (trailers) => (seen.trailer = Object.fromEntries(trailers)),
      },
    );
    for await (const { event } of events) {
      seen.kinds.push(event.case);
      if (event.case === "textDelta") {
        seen.deltas.push({ at: since(), text: event.value.text });
        seen.text += event.value.text;
        show("answer", seen.text);
        window.deltas = seen.deltas.length;
      } else if (event.case === "finished") {
        const { inputTokens, outputTokens } = event.value.usage;
        seen.usage = { inputTokens, outputTokens };
        show("state", `finished: ${inputTokens} tokens in, ${outputTokens} out`);
      } else if (event.case === "failed") {
        seen.failed = { message: event.value.error.message, reason: event.value.error.reason };
      }
    }
  } catch (cause) {
    const error = ConnectError.from(cause);
    const details = error.details.map(({ type, value }) => ({ type, text: new TextDecoder().decode(value) }));
    seen.error = { code: Code[error.code], message: error.rawMessage, details };
    show("state", `failed: ${error.message}`);
  }
  seen.took = since();
  return seen;
};

/** Leaves the chat that runs. */
window.leave = () => running.abort();
