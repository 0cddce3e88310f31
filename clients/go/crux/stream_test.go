package crux_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/cruxrpc/crux/clients/go/crux"
	cruxv1 "github.com/cruxrpc/crux/clients/go/crux/v1"
)

var prompt = crux.Prompt("openai/gpt-5", "hello")

// collect reads a stream of a server that plays it.
func collect(t *testing.T, s *server) (*cruxv1.ChatResponse, *crux.Error) {
	t.Helper()
	response, err := crux.Collect(s.serve(t).Stream(context.Background(), prompt))
	var failed *crux.Error
	if err != nil && !errors.As(err, &failed) {
		t.Fatalf("not a *crux.Error: %T", err)
	}
	return response, failed
}

func TestStreamWithoutLastEventIsBroken(t *testing.T) {
	for name, stream := range map[string]*server{
		"with OK":             {stream: sends(nil, started("g"), textDelta(0, "hi"))},
		"with OK and nothing": {stream: sends(nil)},
		"with a status":       {stream: sends(status.Error(codes.Unavailable, "gone"), started("g"), textDelta(0, "hi"))},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := collect(t, stream)

			if err == nil || err.Origin != crux.FromBreak {
				t.Fatalf("got %v, want a broken stream", err)
			}
		})
	}
}

func TestBrokenStreamKeepsWhatCame(t *testing.T) {
	response, err := collect(t, &server{stream: sends(status.Error(codes.Unavailable, "gone"), started("g"), textDelta(0, "hi"))})

	if response.GetText() != "hi" || !response.GetMessage().GetContent()[0].GetIncomplete() {
		t.Errorf("got %v", response)
	}
	if err.Code != codes.Unavailable || !err.Retryable || err.GenerationID != "g" {
		t.Errorf("got %+v", err)
	}
}

func TestLostConnectionIsBroken(t *testing.T) {
	s := &server{stream: endless(make(chan time.Time, 1))}
	client := s.serve(t)
	var failed *crux.Error

	for event, err := range client.Stream(context.Background(), prompt) {
		if event.GetStarted() != nil {
			go s.grpc.Stop()
		}
		_ = errors.As(err, &failed)
	}

	if failed == nil || failed.Origin != crux.FromBreak || errors.Is(failed, context.Canceled) {
		t.Fatalf("got %v", failed)
	}
}

func TestStatusBeforeAnyEventIsRead(t *testing.T) {
	st, err := status.New(codes.ResourceExhausted, "slow down").WithDetails(
		&errdetails.ErrorInfo{Domain: "crux.v1", Reason: "PROVIDER_RATE_LIMITED", Metadata: map[string]string{
			"provider": "openai", "model": "openai/gpt-5", "providerStatus": "429", "providerCode": "rate", "providerRequestId": "p-1",
		}},
		&errdetails.RequestInfo{RequestId: "r-1"},
		&errdetails.RetryInfo{RetryDelay: durationpb.New(2 * time.Second)},
		&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{{Field: "model", Description: "bad"}}},
	)
	if err != nil {
		t.Fatal(err)
	}

	_, got := collect(t, &server{stream: sends(st.Err())})

	want := &cruxv1.ProviderError{Provider: "openai", Model: "gpt-5", HttpStatus: 429, Code: "rate", RequestId: "p-1"}
	if got.Origin != crux.FromStatus || got.Code != codes.ResourceExhausted || got.Message != "slow down" ||
		got.Reason != cruxv1.ErrorReason_ERROR_REASON_PROVIDER_RATE_LIMITED || !got.Retryable ||
		got.RetryDelay != 2*time.Second || got.RequestID != "r-1" || !proto.Equal(got.Provider, want) ||
		len(got.Violations) != 1 || got.Violations[0].GetField() != "model" {
		t.Errorf("got %+v", got)
	}
	if status.Code(got) != codes.ResourceExhausted {
		t.Errorf("status.Code: got %v", status.Code(got))
	}
	if text := "crux: PROVIDER_RATE_LIMITED: slow down (request r-1)"; got.Error() != text {
		t.Errorf("got %q, want %q", got.Error(), text)
	}
}

func TestStatusTellsWhatWasTriedAndUsed(t *testing.T) {
	told := &cruxv1.GenerationFailed{
		Error:    &cruxv1.ErrorDetail{ProviderError: &cruxv1.ProviderError{Provider: "openai", Message: "oops"}},
		Usage:    &cruxv1.Usage{InputTokens: proto.Int32(3)},
		Attempts: []*cruxv1.Attempt{{Number: 1}, {Number: 2}},
	}
	st, err := status.New(codes.Unavailable, "openai: oops").WithDetails(told, &errdetails.ErrorInfo{
		Domain: "crux.v1", Reason: "PROVIDER_UNAVAILABLE", Metadata: map[string]string{"provider": "openai"},
	})
	if err != nil {
		t.Fatal(err)
	}

	_, got := collect(t, &server{stream: sends(st.Err())})

	if got.Origin != crux.FromStatus || len(got.Attempts) != 2 || !proto.Equal(got.Usage, told.GetUsage()) ||
		!proto.Equal(got.Provider, told.GetError().GetProviderError()) {
		t.Errorf("got %+v", got)
	}
}

func TestFailedEventIsTheError(t *testing.T) {
	failure := &cruxv1.GenerationFailed{
		Error: &cruxv1.ErrorDetail{
			Code: 14, Reason: cruxv1.ErrorReason_ERROR_REASON_PROVIDER_STREAM_BROKEN, Message: "cut", Retryable: true,
			RetryDelay:    durationpb.New(time.Second),
			ProviderError: &cruxv1.ProviderError{Provider: "openai", Message: "oops"},
		},
		Usage:    &cruxv1.Usage{OutputTokens: proto.Int32(3), Estimated: true},
		Attempts: []*cruxv1.Attempt{{Number: 1}, {Number: 2}},
	}
	withID, err := status.New(codes.Unavailable, "cut").WithDetails(&errdetails.RequestInfo{RequestId: "r-1"})
	if err != nil {
		t.Fatal(err)
	}
	for name, end := range map[string]error{"then its status": withID.Err(), "then OK": nil} {
		t.Run(name, func(t *testing.T) {
			response, got := collect(t, &server{stream: sends(end, started("g"), textDelta(0, "hi"), failed(failure))})

			if got == nil || got.Origin != crux.FromEvent || got.Code != codes.Unavailable || !got.Retryable ||
				got.Reason != cruxv1.ErrorReason_ERROR_REASON_PROVIDER_STREAM_BROKEN || got.RetryDelay != time.Second ||
				got.Provider.GetMessage() != "oops" || got.Usage.GetOutputTokens() != 3 || len(got.Attempts) != 2 ||
				got.GenerationID != "g" || (got.RequestID == "r-1") != (end != nil) || status.Code(got) != codes.Unavailable {
				t.Errorf("got %+v", got)
			}
			if response.GetText() != "hi" {
				t.Errorf("got %v", response)
			}
		})
	}
}

func TestFinishedIsTheEnd(t *testing.T) {
	outcome := &cruxv1.Outcome{FinishReason: cruxv1.FinishReason_FINISH_REASON_STOP}

	response, err := collect(t, &server{stream: sends(status.Error(codes.Unavailable, "gone"), started("g"),
		partFinished(0, crux.Text("hi")), finished(outcome))})

	if err != nil || response.GetText() != "hi" || response.GetGenerationId() != "g" ||
		!proto.Equal(response.GetOutcome(), outcome) {
		t.Errorf("got %v, %v", response, err)
	}
}

// unknown returns a field that this contract does not have.
func unknown() []byte {
	return protowire.AppendString(protowire.AppendTag(nil, 99, protowire.BytesType), "new")
}

func TestNewerServerNeverFails(t *testing.T) {
	event := &cruxv1.ChatEvent{}
	event.ProtoReflect().SetUnknown(unknown())
	part := &cruxv1.Part{ProviderState: &cruxv1.ProviderState{Provider: "openai", Data: []byte{1}}}
	part.ProtoReflect().SetUnknown(unknown())
	s := &server{stream: sends(nil, started("g"), event, partStarted(0, part), partFinished(0, part), partFinished(1, crux.Text("hi")),
		finished(&cruxv1.Outcome{FinishReason: 77}))}
	client := s.serve(t)
	var answer crux.Accumulator
	strangers := 0

	for event, err := range client.Stream(context.Background(), prompt) {
		if err != nil {
			t.Fatal(err)
		}
		if event.GetEvent() == nil {
			strangers++
		}
		answer.Add(event)
	}
	request := crux.Prompt("openai/gpt-5", "more")
	request.Messages = append(request.Messages, answer.Message())
	if _, err := crux.Collect(client.Stream(context.Background(), request)); err != nil {
		t.Fatal(err)
	}

	sent := s.asked()[1].GetMessages()[1].GetContent()
	if strangers != 1 || answer.Response().GetOutcome().GetFinishReason() != 77 || answer.Response().GetText() != "hi" ||
		len(sent) != 2 || !proto.Equal(sent[0], part) {
		t.Errorf("got %d unknown events, %v, sent back %v", strangers, answer.Response(), sent)
	}
}

func TestReasonOfNewerServerIsKept(t *testing.T) {
	_, byNumber := collect(t, &server{stream: sends(nil, started("g"), failed(&cruxv1.GenerationFailed{
		Error: &cruxv1.ErrorDetail{Code: 9, Reason: 999},
	}))})
	st, err := status.New(codes.Internal, "x").WithDetails(&errdetails.ErrorInfo{Domain: "crux.v1", Reason: "NEW_REASON"})
	if err != nil {
		t.Fatal(err)
	}
	_, byName := collect(t, &server{stream: sends(st.Err())})

	if byNumber.Reason != 999 || byNumber.ReasonName() != "999" {
		t.Errorf("got %v, %q", byNumber.Reason, byNumber.ReasonName())
	}
	if byName.ReasonName() != "NEW_REASON" {
		t.Errorf("got %q", byName.ReasonName())
	}
}

// endless sends deltas until its reader is gone, and then closes gone.
func endless(gone chan<- time.Time) func(*cruxv1.ChatRequest, cruxv1.ChatService_StreamChatServer) error {
	return func(_ *cruxv1.ChatRequest, stream cruxv1.ChatService_StreamChatServer) error {
		_ = stream.Send(started("g"))
		for stream.Context().Err() == nil {
			_ = stream.Send(textDelta(0, "hi "))
			time.Sleep(5 * time.Millisecond)
		}
		gone <- time.Now()
		return nil
	}
}

// within fails the test where the server does not notice the end soon.
func within(t *testing.T, gone <-chan time.Time) {
	t.Helper()
	select {
	case <-gone:
	case <-time.After(time.Second):
		t.Error("the call goes on")
	}
}

func TestLeavingTheLoopEndsTheCall(t *testing.T) {
	gone := make(chan time.Time, 1)
	client := (&server{stream: endless(gone)}).serve(t)

	for event := range client.Stream(context.Background(), prompt) {
		if event.GetTextDelta() != nil {
			break
		}
	}

	within(t, gone)
}

func TestLeavingTheTextEndsTheCall(t *testing.T) {
	gone := make(chan time.Time, 1)
	client := (&server{stream: endless(gone)}).serve(t)

	for range client.Text(context.Background(), prompt) {
		break
	}

	within(t, gone)
}

func TestCancelEndsTheCallAndIsContextCanceled(t *testing.T) {
	gone := make(chan time.Time, 1)
	client := (&server{stream: endless(gone)}).serve(t)
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(50*time.Millisecond, cancel)

	_, err := crux.Collect(client.Stream(ctx, prompt))

	if !errors.Is(err, context.Canceled) || status.Code(err) != codes.Canceled {
		t.Errorf("got %v", err)
	}
	within(t, gone)
}

func TestCancelledByTheServerIsNotContextCanceled(t *testing.T) {
	_, err := collect(t, &server{stream: sends(status.Error(codes.Canceled, "stop"), started("g"))})

	if err == nil || errors.Is(err, context.Canceled) || err.Code != codes.Canceled {
		t.Errorf("got %v", err)
	}
}

func TestDeadlineIsOneErrorWhoeverTellsIt(t *testing.T) {
	reason := cruxv1.ErrorReason_ERROR_REASON_DEADLINE_EXCEEDED
	st, err := status.New(codes.DeadlineExceeded, "late").WithDetails(
		&errdetails.ErrorInfo{Domain: "crux.v1", Reason: "DEADLINE_EXCEEDED"})
	if err != nil {
		t.Fatal(err)
	}
	for name, stream := range map[string]*server{
		"the server's status": {stream: sends(st.Err())},
		"the server's event": {stream: sends(st.Err(), started("g"),
			failed(&cruxv1.GenerationFailed{Error: &cruxv1.ErrorDetail{Code: 4, Reason: reason}}))},
		"a status a moment early": {stream: func(_ *cruxv1.ChatRequest, stream cruxv1.ChatService_StreamChatServer) error {
			deadline, _ := stream.Context().Deadline()
			time.Sleep(time.Until(deadline) - 50*time.Millisecond)
			return status.Error(codes.DeadlineExceeded, "late")
		}},
		"the local clock": {stream: endless(make(chan time.Time, 1))},
	} {
		t.Run(name, func(t *testing.T) {
			client := stream.serve(t)
			ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
			defer cancel()

			_, err := crux.Collect(client.Stream(ctx, prompt))

			var failed *crux.Error
			if !errors.As(err, &failed) || !errors.Is(err, context.DeadlineExceeded) ||
				failed.Code != codes.DeadlineExceeded || failed.Reason != reason {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestDeadlineOfAnotherIsNotTheCallers(t *testing.T) {
	_, err := collect(t, &server{stream: sends(status.Error(codes.DeadlineExceeded, "a proxy's"))})

	if err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestSlowReaderSlowsTheServer(t *testing.T) {
	const piece, pieces = 64 << 10, 2000 // 128 MB
	var sent atomic.Int64
	done := make(chan struct{})
	client := (&server{stream: func(_ *cruxv1.ChatRequest, stream cruxv1.ChatService_StreamChatServer) error {
		defer close(done)
		text := string(make([]byte, piece))
		for range pieces {
			if err := stream.Send(textDelta(0, text)); err != nil {
				return err
			}
			sent.Add(1)
		}
		return stream.Send(finished(&cruxv1.Outcome{}))
	}}).serve(t)

	for range client.Stream(context.Background(), prompt) {
		time.Sleep(500 * time.Millisecond)
		before := sent.Load()
		time.Sleep(500 * time.Millisecond)

		if after := sent.Load(); after != before || after > pieces/2 {
			t.Errorf("the server has sent %d and then %d of %d", before, after, pieces)
		}
		break
	}

	<-done
}

func TestTextIsTextAlone(t *testing.T) {
	reasoning := &cruxv1.Part{Kind: &cruxv1.Part_Reasoning{Reasoning: &cruxv1.Reasoning{}}}
	refusal := &cruxv1.Part{Kind: &cruxv1.Part_Refusal{Refusal: "no"}}
	client := (&server{stream: sends(nil, started("g"),
		partStarted(0, reasoning),
		&cruxv1.ChatEvent{Event: &cruxv1.ChatEvent_ReasoningDelta{ReasoningDelta: &cruxv1.TextDelta{Text: "hm"}}},
		partFinished(0, reasoning),
		partStarted(1, crux.Text("")), textDelta(1, "a"), textDelta(1, "b"), partFinished(1, crux.Text("ab")),
		partStarted(2, &cruxv1.Part{Kind: &cruxv1.Part_Refusal{}}), textDelta(2, "no"), partFinished(2, refusal),
		partFinished(3, crux.Text("whole")),
		finished(&cruxv1.Outcome{}))}).serve(t)
	var pieces []string

	for piece, err := range client.Text(context.Background(), prompt) {
		if err != nil {
			t.Fatal(err)
		}
		pieces = append(pieces, piece)
	}

	if want := []string{"a", "b", "whole"}; !slices.Equal(pieces, want) {
		t.Errorf("got %q, want %q", pieces, want)
	}
}

func TestRequestIDIsOfTheCaller(t *testing.T) {
	client := (&server{stream: func(_ *cruxv1.ChatRequest, stream cruxv1.ChatService_StreamChatServer) error {
		incoming, _ := metadata.FromIncomingContext(stream.Context())
		stream.SetTrailer(metadata.Pairs("x-request-id", incoming.Get("x-request-id")[0]))
		return status.Error(codes.Internal, "no")
	}}).serve(t)
	ctx := metadata.AppendToOutgoingContext(context.Background(), "x-request-id", "mine")

	_, err := crux.Collect(client.Stream(ctx, prompt))

	var failed *crux.Error
	if !errors.As(err, &failed) || failed.RequestID != "mine" {
		t.Errorf("got %v", err)
	}
}
