package crux

import (
	"net"
	"net/netip"
	"strings"
)

// isLocal tells whether a gRPC target stays on this machine. A name other than localhost does not, whatever it resolves
// to.
func isLocal(target string) bool {
	scheme, rest, found := strings.Cut(target, ":")
	if found {
		switch scheme {
		case "unix", "unix-abstract":
			return true
		case "dns", "passthrough":
			if after, ok := strings.CutPrefix(rest, "//"); ok {
				// The authority names who is asked, and does not matter here.
				_, rest, _ = strings.Cut(after, "/")
			}
			target = rest
		}
	}
	host, _, err := net.SplitHostPort(target)
	if err != nil {
		host = strings.Trim(target, "[]")
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.Unmap().IsLoopback()
}
