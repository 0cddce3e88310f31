package crux

import (
	"context"
	"errors"
	"strings"
)

// bearer sends a token. A function, so that no way of printing can show what it holds.
type bearer func() string

// newBearer returns nil for an empty token.
func newBearer(token string) bearer {
	if token == "" {
		return nil
	}
	return func() string { return token }
}

// check refuses what no header can carry, without saying what it is.
func (b bearer) check() error {
	if strings.ContainsFunc(b(), func(r rune) bool { return r < ' ' || r > '~' }) {
		return errors.New("crux: the token holds a character other than printable ASCII")
	}
	return nil
}

// GetRequestMetadata is part of gRPC's PerRPCCredentials.
func (b bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + b()}, nil
}

// RequireTransportSecurity is part of gRPC's PerRPCCredentials. What it asks for was decided with the address known.
func (b bearer) RequireTransportSecurity() bool { return false }
