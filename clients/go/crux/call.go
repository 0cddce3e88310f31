package crux

import (
	"context"
	"io"
	"slices"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	cruxv1 "github.com/cruxrpc/crux/clients/go/crux/v1"
)

// timeoutOption is a call's own timeout, on its way to the interceptors.
type timeoutOption struct {
	grpc.EmptyCallOption
	timeout time.Duration
}

// Timeout ends a call after this long, in place of the client's default. 0: no timeout. A deadline of the context holds
// in any case. A call of several requests, such as a tool loop or all pages of a list, has it for each.
func Timeout(timeout time.Duration) grpc.CallOption {
	return timeoutOption{timeout: timeout}
}

// limits gives calls their deadlines, and their errors a type.
type limits struct {
	chat, other time.Duration
	tenant      string
}

// bound returns the context a call runs in.
func (l limits) bound(ctx context.Context, method string, options []grpc.CallOption) (context.Context, context.CancelFunc) {
	if l.tenant != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "crux-tenant", l.tenant)
	}
	timeout := l.other
	if method == cruxv1.ChatService_Chat_FullMethodName || method == cruxv1.ChatService_StreamChat_FullMethodName {
		timeout = l.chat
	}
	if _, bounded := ctx.Deadline(); bounded {
		timeout = 0
	}
	for _, option := range options {
		if own, ok := option.(timeoutOption); ok {
			timeout = own.timeout
		}
	}
	if timeout <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, timeout)
}

func (l limits) unary(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
	ctx, cancel := l.bound(ctx, method, options)
	defer cancel()
	var header, trailer metadata.MD
	options = append(slices.Clip(options), grpc.Header(&header), grpc.Trailer(&trailer))
	if err := invoke(ctx, method, request, reply, conn, options...); err != nil {
		return newError(ctx, err, header, trailer)
	}
	return nil
}

func (l limits) stream(ctx context.Context, description *grpc.StreamDesc, conn *grpc.ClientConn, method string, open grpc.Streamer, options ...grpc.CallOption) (grpc.ClientStream, error) {
	ctx, cancel := l.bound(ctx, method, options)
	bound := &boundStream{ctx: ctx, cancel: cancel}
	options = append(slices.Clip(options), grpc.Header(&bound.header), grpc.Trailer(&bound.trailer))
	stream, err := open(ctx, description, conn, method, options...)
	if err != nil {
		err = newError(ctx, err, bound.header, bound.trailer)
		cancel()
		return nil, err
	}
	bound.ClientStream = stream
	return bound, nil
}

// boundStream is a stream that gives its deadline back, and whose errors have a type.
type boundStream struct {
	grpc.ClientStream
	// The caller's context, with the deadline. The stream's own is cancelled when it ends, for whatever reason.
	ctx    context.Context
	cancel context.CancelFunc
	// Filled in when the call is over.
	header, trailer metadata.MD
}

// RecvMsg is grpc.ClientStream's.
func (s *boundStream) RecvMsg(message any) error {
	err := s.ClientStream.RecvMsg(message)
	if err == nil {
		return nil
	}
	if err != io.EOF {
		err = newError(s.ctx, err, s.header, s.trailer)
	}
	s.cancel()
	return err
}
