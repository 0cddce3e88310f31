import type { ChannelOptions } from "@grpc/grpc-js";

/** Certificates in PEM form. What is left out is the system's or none. */
export interface TlsOptions {
  /** Authorities that may have signed the server's certificate. Unset: Node's own list. */
  readonly ca?: string | Uint8Array | undefined;
  /** The client's certificate chain, for mTLS. Together with `key`. */
  readonly cert?: string | Uint8Array | undefined;
  /** The client's private key, for mTLS. Together with `cert`. */
  readonly key?: string | Uint8Array | undefined;
  /** The name the server's certificate must be for, where it is not the address's host. */
  readonly serverName?: string | undefined;
}

/** How to reach a server, and what holds for every call to it. */
export interface ConnectOptions {
  /** Sent with every call as `authorization: Bearer <token>`. Never logged. */
  readonly token?: string | undefined;
  /** `true`: TLS with Node's own authorities. Unset: plaintext. */
  readonly tls?: boolean | TlsOptions | undefined;
  /** Send the token in plaintext to an address that is not this machine. Such a connection is refused otherwise. */
  readonly allowPlaintextToken?: boolean | undefined;
  /** Headers of every call, such as `crux-tenant`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Deadline of a chat, in milliseconds. Default 600 000; `Infinity` for none. */
  readonly chatTimeoutMs?: number | undefined;
  /** Deadline of every other call, in milliseconds. Default 30 000; `Infinity` for none. */
  readonly timeoutMs?: number | undefined;
  /** How long a call waits for the first connection before it fails as UNAVAILABLE, in milliseconds. Default 10 000. */
  readonly connectTimeoutMs?: number | undefined;
  /** Options of `@grpc/grpc-js` that win over this library's own. */
  readonly channelOptions?: ChannelOptions | undefined;
}

/** What holds for one call. */
export interface CallOptions {
  /** Deadline, in milliseconds from the call. Unset: the client's; `Infinity` for none. */
  readonly timeoutMs?: number | undefined;
  /** Aborting it cancels the call at once; what is awaited rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Headers of this call, over the client's. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}
