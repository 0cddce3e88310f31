package crux

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/keepalive"

	_ "embed" // for the service config

	cruxv1 "github.com/cruxrpc/crux/clients/go/crux/v1"
)

// maxReceiveBytes is the largest message that is taken. What is sent has no limit here; the server has one.
const maxReceiveBytes = 64 << 20

// connectTimeout bounds one attempt to connect, and maxBackoff the wait between two of them.
const (
	connectTimeout = 5 * time.Second
	maxBackoff     = 10 * time.Second
)

// serviceConfig says how calls are balanced and retried. It is published with the contract.
//
//go:embed service_config.json
var serviceConfig string

// Client calls one crux, or the replicas behind one name. Make it with [New].
type Client struct {
	conn *grpc.ClientConn
	chat cruxv1.ChatServiceClient
}

// New returns a client of the crux at an address: "host:port", or any target gRPC knows, such as
// "dns:///crux.internal:50051", whose addresses are used in turn.
//
// Loopback addresses and Unix sockets are spoken to in plaintext, others with TLS, unless [WithTLS] or [WithPlaintext]
// says otherwise. New does not connect: the first call does, and fails within seconds where nothing answers.
//
// It fails where options contradict each other, and where a token would be sent in plaintext to another machine.
func New(address string, options ...Option) (*Client, error) {
	settings := settings{chatTimeout: DefaultChatTimeout, timeout: DefaultTimeout}
	for _, option := range options {
		option(&settings)
	}
	if address == "" {
		return nil, errors.New("crux: the address is empty")
	}
	credentials, err := settings.credentials(address)
	if err != nil {
		return nil, err
	}
	limits := limits{chat: settings.chatTimeout, other: settings.timeout, tenant: settings.tenant}
	connect := backoff.DefaultConfig
	connect.MaxDelay = maxBackoff
	dial := append(credentials,
		grpc.WithUserAgent("crux-go/"+Version),
		grpc.WithDefaultServiceConfig(serviceConfig),
		grpc.WithDisableServiceConfig(),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: connect, MinConnectTimeout: connectTimeout}),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 60 * time.Second, Timeout: 20 * time.Second}),
		grpc.WithDefaultCallOptions(
			grpc.MaxCallRecvMsgSize(maxReceiveBytes),
			// A retry needs the whole request, and one that holds an image is larger than gRPC would keep.
			grpc.MaxRetryRPCBufferSize(maxReceiveBytes),
		),
		grpc.WithChainUnaryInterceptor(limits.unary),
		grpc.WithChainStreamInterceptor(limits.stream),
	)
	conn, err := grpc.NewClient(address, append(dial, settings.dial...)...)
	if err != nil {
		return nil, fmt.Errorf("crux: %w", err)
	}
	return &Client{conn: conn, chat: cruxv1.NewChatServiceClient(conn)}, nil
}

// Close ends the connections, and every call that still runs.
func (c *Client) Close() error { return c.conn.Close() }

// Conn returns the connection, for generated clients: calls over it have the client's deadlines and errors.
func (c *Client) Conn() grpc.ClientConnInterface { return c.conn }

// Chat returns a whole answer. Errors are of type [*Error].
func (c *Client) Chat(ctx context.Context, request *cruxv1.ChatRequest, options ...grpc.CallOption) (*cruxv1.ChatResponse, error) {
	return c.chat.Chat(ctx, request, options...)
}

// CountTokens counts the input tokens of a request without running it.
func (c *Client) CountTokens(ctx context.Context, request *cruxv1.ChatRequest, options ...grpc.CallOption) (*cruxv1.CountTokensResponse, error) {
	return c.chat.CountTokens(ctx, &cruxv1.CountTokensRequest{Request: request}, options...)
}

// ServerInfo returns the server's version and limits, and who it takes the caller for.
func (c *Client) ServerInfo(ctx context.Context, options ...grpc.CallOption) (*cruxv1.GetServerInfoResponse, error) {
	return cruxv1.NewServerServiceClient(c.conn).GetServerInfo(ctx, &cruxv1.GetServerInfoRequest{}, options...)
}

// Models returns the calls of the model registry.
func (c *Client) Models() Models {
	return Models{cruxv1.NewModelRegistryServiceClient(c.conn)}
}

// Keys returns the calls of the key vault.
func (c *Client) Keys() Keys {
	return Keys{cruxv1.NewKeyVaultServiceClient(c.conn)}
}

// Admin returns the calls that manage tenants and tokens.
func (c *Client) Admin() Admin {
	return Admin{cruxv1.NewAdminServiceClient(c.conn)}
}

// Preferences returns the calls that keep preferences of the application's users.
func (c *Client) Preferences() Preferences {
	return Preferences{cruxv1.NewPreferencesServiceClient(c.conn)}
}
