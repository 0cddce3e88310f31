package crux_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/cruxrpc/crux/clients/go/crux"
	cruxv1 "github.com/cruxrpc/crux/clients/go/crux/v1"
)

// remaining notes how long a call may take. 0: for ever.
func remaining(ctx context.Context, into *time.Duration) {
	*into = 0
	if deadline, ok := ctx.Deadline(); ok {
		*into = time.Until(deadline)
	}
}

func TestDeadlinesAreOnByDefault(t *testing.T) {
	short, cancel := context.WithTimeout(context.Background(), 7*time.Second)
	defer cancel()
	long, cancelLong := context.WithTimeout(context.Background(), time.Hour)
	defer cancelLong()
	for name, test := range map[string]struct {
		options          []crux.Option
		call             []grpc.CallOption
		ctx              context.Context
		chat, countToken time.Duration
	}{
		"defaults":            {nil, nil, context.Background(), 10 * time.Minute, 30 * time.Second},
		"of the client":       {[]crux.Option{crux.WithChatTimeout(time.Minute), crux.WithTimeout(5 * time.Second)}, nil, context.Background(), time.Minute, 5 * time.Second},
		"none":                {[]crux.Option{crux.WithChatTimeout(0), crux.WithTimeout(0)}, nil, context.Background(), 0, 0},
		"of the call":         {nil, []grpc.CallOption{crux.Timeout(3 * time.Second)}, context.Background(), 3 * time.Second, 3 * time.Second},
		"of the call: none":   {nil, []grpc.CallOption{crux.Timeout(0)}, context.Background(), 0, 0},
		"of the context":      {nil, nil, short, 7 * time.Second, 7 * time.Second},
		"of a longer context": {nil, nil, long, time.Hour, time.Hour},
		"the nearer of both":  {nil, []grpc.CallOption{crux.Timeout(time.Minute)}, short, 7 * time.Second, 7 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			var stream, chat, count time.Duration
			client := (&server{
				stream: func(_ *cruxv1.ChatRequest, call cruxv1.ChatService_StreamChatServer) error {
					remaining(call.Context(), &stream)
					return call.Send(finished(&cruxv1.Outcome{}))
				},
				chat: func(ctx context.Context, _ *cruxv1.ChatRequest) (*cruxv1.ChatResponse, error) {
					remaining(ctx, &chat)
					return &cruxv1.ChatResponse{}, nil
				},
				count: func(ctx context.Context) error { remaining(ctx, &count); return nil },
			}).serve(t, test.options...)

			_, streamErr := crux.Collect(client.Stream(test.ctx, prompt, test.call...))
			_, chatErr := client.Chat(test.ctx, prompt, test.call...)
			_, countErr := client.CountTokens(test.ctx, prompt, test.call...)

			if err := errors.Join(streamErr, chatErr, countErr); err != nil {
				t.Fatal(err)
			}
			near := func(got, want time.Duration) bool { return got <= want && got >= want-2*time.Second }
			if !near(stream, test.chat) || !near(chat, test.chat) || !near(count, test.countToken) {
				t.Errorf("got %v, %v and %v", stream, chat, count)
			}
		})
	}
}

func TestRetriesAreThoseOfTheServiceConfig(t *testing.T) {
	large := crux.Prompt("openai/gpt-5", strings.Repeat("x", 3<<20))
	for name, test := range map[string]struct {
		request  *cruxv1.ChatRequest
		code     codes.Code
		pushback string
		fails    int64
		calls    int64
		ok       bool
	}{
		"UNAVAILABLE twice":          {prompt, codes.Unavailable, "", 2, 3, true},
		"UNAVAILABLE for ever":       {prompt, codes.Unavailable, "", 9, 3, false},
		"a large request":            {large, codes.Unavailable, "", 1, 2, true},
		"pushback says when":         {prompt, codes.Unavailable, "10", 2, 3, true},
		"pushback says no":           {prompt, codes.Unavailable, "-1", 1, 1, false},
		"another code":               {prompt, codes.Internal, "", 1, 1, false},
		"RESOURCE_EXHAUSTED neither": {prompt, codes.ResourceExhausted, "", 1, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int64
			client := (&server{stream: func(_ *cruxv1.ChatRequest, stream cruxv1.ChatService_StreamChatServer) error {
				if calls.Add(1) > test.fails {
					return stream.Send(finished(&cruxv1.Outcome{}))
				}
				if test.pushback != "" {
					stream.SetTrailer(metadata.Pairs("grpc-retry-pushback-ms", test.pushback))
				}
				return status.Error(test.code, "no")
			}}).serve(t)

			_, err := crux.Collect(client.Stream(context.Background(), test.request))

			if (err == nil) != test.ok || calls.Load() != test.calls {
				t.Errorf("got %v after %d calls", err, calls.Load())
			}
		})
	}
}

func TestPushbackIsTheRetryDelay(t *testing.T) {
	client := (&server{stream: func(_ *cruxv1.ChatRequest, stream cruxv1.ChatService_StreamChatServer) error {
		stream.SetTrailer(metadata.Pairs("grpc-retry-pushback-ms", "100"))
		return status.Error(codes.Unavailable, "busy")
	}}).serve(t)

	_, err := crux.Collect(client.Stream(context.Background(), prompt))

	var failed *crux.Error
	if !errors.As(err, &failed) || failed.RetryDelay != 100*time.Millisecond || !failed.Retryable {
		t.Errorf("got %+v", failed)
	}
}

func TestNothingIsRetriedAfterTheFirstEvent(t *testing.T) {
	s := &server{stream: sends(status.Error(codes.Unavailable, "gone"), started("g"))}

	_, err := collect(t, s)

	if err == nil || len(s.asked()) != 1 {
		t.Errorf("got %v after %d calls", err, len(s.asked()))
	}
}

func TestWhatChangesSomethingIsNotRetried(t *testing.T) {
	var calls atomic.Int64
	client := (&server{create: func() error { calls.Add(1); return status.Error(codes.Unavailable, "no") }}).serve(t)

	_, err := client.Keys().Create(context.Background(), &cruxv1.Key{Provider: "openai"}, "secret")

	if err == nil || calls.Load() != 1 {
		t.Errorf("got %v after %d calls", err, calls.Load())
	}
}

func TestTenantIsSentWithEveryCall(t *testing.T) {
	var tenants []string
	client := (&server{count: func(ctx context.Context) error {
		incoming, _ := metadata.FromIncomingContext(ctx)
		tenants = incoming.Get("crux-tenant")
		return nil
	}}).serve(t, crux.WithTenant("acme"))

	_, err := client.CountTokens(context.Background(), prompt)

	if err != nil || len(tenants) != 1 || tenants[0] != "acme" {
		t.Errorf("got %v, %v", tenants, err)
	}
}

func TestGeneratedClientsHaveTheSameErrors(t *testing.T) {
	client := (&server{count: func(context.Context) error { return status.Error(codes.Internal, "no") }}).serve(t)

	_, err := cruxv1.NewChatServiceClient(client.Conn()).CountTokens(context.Background(), &cruxv1.CountTokensRequest{})

	var failed *crux.Error
	if !errors.As(err, &failed) || failed.Code != codes.Internal {
		t.Errorf("got %T %v", err, err)
	}
}
