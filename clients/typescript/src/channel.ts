import { Client, credentials as grpcCredentials, type ChannelCredentials, type ChannelOptions } from "@grpc/grpc-js";

import { isLoopback } from "./address.js";
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
  return new Client(address, tls ? secure(tls) : grpcCredentials.createInsecure(), {
    ...channelOptions(tls?.serverName),
    ...options.channelOptions,
  });
}

/** What is wrong with a token is said without the token, which grpc-js would put into its own message. */
function checkToken(token: string): void {
  if (!/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(token)) {
    throw new TypeError("expected a token of ASCII characters; found none, others, or white space around it");
  }
}

function secure({ ca, cert, key }: TlsOptions): ChannelCredentials {
  if ((cert === undefined) !== (key === undefined)) {
    throw new TypeError("tls.cert and tls.key belong together");
  }
  return grpcCredentials.createSsl(pem(ca), pem(key), pem(cert));
}

function pem(value: string | Uint8Array | undefined): Buffer | null {
  return value === undefined ? null : Buffer.from(value as string);
}

function channelOptions(serverName: string | undefined): ChannelOptions {
  return {
    "grpc.service_config": JSON.stringify(serviceConfig),
    "grpc.service_config_disable_resolution": 1,
    "grpc.keepalive_time_ms": 60_000,
    "grpc.keepalive_timeout_ms": 20_000,
    "grpc.keepalive_permit_without_calls": 0,
    "grpc.max_receive_message_length": MAX_RECEIVE_BYTES,
    "grpc.max_send_message_length": -1,
    "grpc.primary_user_agent": "cruxrpc-client-typescript",
    ...(serverName !== undefined && {
      "grpc.ssl_target_name_override": serverName,
      "grpc.default_authority": serverName,
    }),
  };
}
