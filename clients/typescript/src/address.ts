/**
 * Whether every target of a gRPC address is this machine: `localhost`, 127.0.0.0/8, `::1` or a Unix socket. A name that
 * merely resolves to one is not.
 */
export function isLoopback(address: string): boolean {
  if (/^unix(-abstract)?:/.test(address)) {
    return true;
  }
  const targets = address.replace(/^(dns:(\/\/[^/]*\/)?|ipv4:|ipv6:)/, "").split(",");
  return targets.every((target) => {
    const host = /^\[([^\]]*)\](:\d+)?$/.exec(target)?.[1] ?? target.replace(/:\d*$/, "");
    return host === "localhost" || /^127(\.\d{1,3}){3}$/.test(host) || host === "::1" || target === "::1";
  });
}
