import { checkServerIdentity } from "node:tls";

import { Client, credentials as grpcCredentials, type ChannelCredentials, type ChannelOptions } from "@grpc/grpc-js";

import { isLoopback, soleIp } from "./address.js";
import { serviceConfig } from "./gen/service-config.js";
import type { ConnectOptions, TlsOptions } from "./options.js";

/** The largest message taken from a server: 64 MiB. */
const MAX_RECEIVE_BYTES = 64 * 1024 * 1024;

/**
 * Opens a channel by the published service config. It connects with its first call.
 *
 * @throws TypeError where the options contradict one another, or would send a token in plaintext to another machine.
 */
export function openChannel(address: string, options: ConnectOptions): Client {
  if (options.token !== undefined) {
    checkToken(options.token);
    if (!options.tls && !options.allowPlaintextToken && !isLoopback(address)) {
      throw new TypeError(
        `refused to send a token in plaintext to ${address}: set tls, or allowPlaintextToken where the network is trusted`,
      );
    }
  }
  const tls = options.tls === true ? {} : options.tls === false ? undefined : options.tls;
  return new Client(address, tls ? secure(tls, soleIp(address)) : grpcCredentials.createInsecure(), {
    ...CHANNEL_OPTIONS,
    ...(tls && nameOptions(tls.serverName, soleIp(address))),
    ...options.channelOptions,
  });
}

/** What is wrong with a token is said without the token, which grpc-js would put into its own message. */
function checkToken(token: string): void {
  if (!/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(token)) {
    throw new TypeError("expected a token of ASCII characters; found none, others, or white space around it");
  }
}

function secure({ ca, cert, key, serverName }: TlsOptions, ip: string | undefined): ChannelCredentials {
  if ((cert === undefined) !== (key === undefined)) {
    throw new TypeError("tls.cert and tls.key belong together");
  }
  const isByIp = ip !== undefined && serverName === undefined;
  return grpcCredentials.createSsl(
    pem(ca),
    pem(key),
    pem(cert),
    isByIp ? { checkServerIdentity: (_, certificate) => checkServerIdentity(ip, certificate) } : undefined,
  );
}

/**
 * The server's name in TLS. grpc-js 1.14 would name an IP address there, which TLS does not allow and Node 26 refuses: a
 * name that means nothing stands in for it, while the certificate is checked for the address.
 */
function nameOptions(serverName: string | undefined, ip: string | undefined): ChannelOptions {
  if (serverName !== undefined) {
    return { "grpc.ssl_target_name_override": serverName, "grpc.default_authority": serverName };
  }
  return ip === undefined ? {} : { "grpc.ssl_target_name_override": "localhost" };
}

function pem(value: string | Uint8Array | undefined): Buffer | null {
  return value === undefined ? null : Buffer.from(value as string);
}

const CHANNEL_OPTIONS: ChannelOptions = {
  "grpc.service_config": JSON.stringify(serviceConfig),
  "grpc.service_config_disable_resolution": 1,
  "grpc.keepalive_time_ms": 60_000,
  "grpc.keepalive_timeout_ms": 20_000,
  "grpc.keepalive_permit_without_calls": 0,
  "grpc.max_receive_message_length": MAX_RECEIVE_BYTES,
  // A retry needs the whole request, and one that holds an image is larger than gRPC would keep.
  "grpc.per_rpc_retry_buffer_size": MAX_RECEIVE_BYTES,
  "grpc.retry_buffer_size": 4 * MAX_RECEIVE_BYTES,
  "grpc.max_send_message_length": -1,
  "grpc.primary_user_agent": "cruxrpc-client-typescript",
};
