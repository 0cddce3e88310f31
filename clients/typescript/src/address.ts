import { isIP } from "node:net";

/**
 * Whether every target of a gRPC address is this machine: `localhost`, 127.0.0.0/8, `::1` or a Unix socket. A name that
 * merely resolves to one is not.
 */
export function isLoopback(address: string): boolean {
  if (/^unix(-abstract)?:/.test(address)) {
    return true;
  }
  return hosts(address).every((host) => host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host));
}

/** The IP address that a gRPC address is, where it is a single one. */
export function soleIp(address: string): string | undefined {
  const [host, ...others] = hosts(address);
  return host !== undefined && others.length === 0 && isIP(host) !== 0 ? host : undefined;
}

function hosts(address: string): string[] {
  const targets = address.replace(/^(dns:(\/\/[^/]*\/)?|ipv4:|ipv6:)/, "").split(",");
  return targets.map((target) => {
    const bracketed = /^\[([^\]]*)\](:\d+)?$/.exec(target)?.[1];
    return bracketed ?? (isIP(target) === 0 ? target.replace(/:\d*$/, "") : target);
  });
}
