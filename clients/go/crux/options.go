package crux

import (
	"crypto/tls"
	"errors"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

// Deadlines of calls whose context has none.
const (
	DefaultChatTimeout = 10 * time.Minute
	DefaultTimeout     = 30 * time.Second
)

// Option changes how a [Client] connects and calls.
type Option func(*settings)

// settings is what options say together.
type settings struct {
	token          bearer
	tls            *tls.Config
	plaintext      bool
	plaintextToken bool
	chatTimeout    time.Duration
	timeout        time.Duration
	tenant         string
	dial           []grpc.DialOption
}

// WithToken sends a bearer token with every call. An empty one is none.
func WithToken(token string) Option {
	return func(s *settings) { s.token = newBearer(token) }
}

// WithTLS speaks TLS, also to loopback addresses. Nil is Go's defaults: the system's authorities, no client
// certificate. For mTLS set Certificates, for a private authority RootCAs.
func WithTLS(config *tls.Config) Option {
	return func(s *settings) {
		if config == nil {
			config = &tls.Config{}
		}
		s.tls = config.Clone()
	}
}

// WithPlaintext speaks plaintext, also to other machines.
func WithPlaintext() Option {
	return func(s *settings) { s.plaintext = true }
}

// WithPlaintextToken lets the token be sent in plaintext to other machines, where whoever is on the way can read it. For
// networks that encrypt by themselves, such as a service mesh.
func WithPlaintextToken() Option {
	return func(s *settings) { s.plaintextToken = true }
}

// WithChatTimeout sets the deadline of chats whose context has none, [DefaultChatTimeout] otherwise. 0: none.
func WithChatTimeout(timeout time.Duration) Option {
	return func(s *settings) { s.chatTimeout = timeout }
}

// WithTimeout sets the deadline of all other calls whose context has none, [DefaultTimeout] otherwise. 0: none.
func WithTimeout(timeout time.Duration) Option {
	return func(s *settings) { s.timeout = timeout }
}

// WithTenant makes every call for this tenant. Needs the scope "admin".
func WithTenant(id string) Option {
	return func(s *settings) { s.tenant = id }
}

// WithDialOptions adds gRPC's own options. They win over what this package sets.
func WithDialOptions(options ...grpc.DialOption) Option {
	return func(s *settings) { s.dial = append(s.dial, options...) }
}

// credentials returns how to connect to an address, and what to send along.
func (s *settings) credentials(address string) ([]grpc.DialOption, error) {
	if s.tls != nil && s.plaintext {
		return nil, errors.New("crux: WithTLS and WithPlaintext exclude each other")
	}
	local := isLocal(address)
	plaintext := s.plaintext || s.tls == nil && local
	transport := insecure.NewCredentials()
	if !plaintext {
		transport = credentials.NewTLS(s.tls)
	}
	options := []grpc.DialOption{grpc.WithTransportCredentials(transport)}
	if s.token == nil {
		return options, nil
	}
	if err := s.token.check(); err != nil {
		return nil, err
	}
	if plaintext && !local && !s.plaintextToken {
		return nil, errors.New("crux: a token would be sent in plaintext to another machine: " +
			"use TLS, or WithPlaintextToken where the network encrypts by itself")
	}
	return append(options, grpc.WithPerRPCCredentials(s.token)), nil
}
