import { type Client, connectivityState } from "@grpc/grpc-js";

import { onAbort } from "./abort.js";

/** What can end a call before the server does. */
export interface Guard {
  /** Ends the guarding; to be called when the call has ended. */
  release(): void;
}

/**
 * Watches over a call: `onLeave` is called when the signal is aborted, `onUnreachable` when no connection could be made
 * in `connectTimeoutMs`. grpc-js itself waits for as long as the call's deadline for a peer that accepts a connection and
 * then says nothing, or that drops every packet.
 */
export function guard(
  client: Client,
  { connectTimeoutMs, signal }: { connectTimeoutMs: number; signal: AbortSignal | undefined },
  { onLeave, onUnreachable }: { onLeave: () => void; onUnreachable: () => void },
): Guard {
  const isConnected = (): boolean => client.getChannel().getConnectivityState(false) === connectivityState.READY;
  const forget = onAbort(signal, onLeave);
  const timer = isConnected()
    ? undefined
    : setTimeout(() => {
        if (!isConnected()) {
          onUnreachable();
        }
      }, connectTimeoutMs);
  return {
    release() {
      clearTimeout(timer);
      forget();
    },
  };
}
