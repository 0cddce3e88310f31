package crux

import (
	"context"
	"errors"
	"io"
	"iter"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	cruxv1 "github.com/cruxrpc/crux/clients/go/crux/v1"
)

// Stream returns the events of an answer, as they come. The call starts when the iteration does, anew for each; leaving
// the loop, or cancelling the context, ends it at once, and the provider's request with it. Events are read when the
// loop asks for them: a slow loop slows the server.
//
// A sequence that ends without an error has had its finished event. Any other ends with one error, of type [*Error]:
// after a failed event, which is among the events, it is that event's. Events of a kind this package does not know have
// a nil Event; ignore them.
//
// Use an [Accumulator], or [Collect], for the whole message, and [Client.Text] where only text is of interest.
func (c *Client) Stream(ctx context.Context, request *cruxv1.ChatRequest, options ...grpc.CallOption) iter.Seq2[*cruxv1.ChatEvent, error] {
	return func(yield func(*cruxv1.ChatEvent, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		call, err := c.chat.StreamChat(ctx, request, options...)
		if err != nil {
			yield(nil, err)
			return
		}
		begun, generation := false, ""
		for {
			event, err := call.Recv()
			if err != nil {
				yield(nil, broken(ctx, err, begun, generation))
				return
			}
			begun = true
			if !yield(event, nil) {
				return
			}
			switch event := event.GetEvent().(type) {
			case *cruxv1.ChatEvent_Started:
				generation = event.Started.GetGenerationId()
			case *cruxv1.ChatEvent_Finished:
				// The answer is whole, however the call ends.
				_, _ = call.Recv()
				return
			case *cruxv1.ChatEvent_Failed:
				_, err := call.Recv()
				var end *Error
				errors.As(err, &end)
				failure := failure(ctx, event.Failed, end)
				failure.GenerationID = first(failure.GenerationID, []string{generation})
				yield(nil, failure)
				return
			}
		}
	}
}

// broken is the error of a stream that ended without a last event, whatever its status.
func broken(ctx context.Context, end error, begun bool, generation string) *Error {
	if errors.Is(end, io.EOF) {
		end = status.Error(codes.Internal, "the stream ended with neither finished nor failed")
		begun = true
	}
	e := newError(ctx, end, nil, nil)
	if begun {
		e.Origin = FromBreak
	}
	e.GenerationID = first(e.GenerationID, []string{generation})
	return e
}

// Collect reads a stream to its end and returns what it came to. With an error it returns what had come until then.
func Collect(stream iter.Seq2[*cruxv1.ChatEvent, error]) (*cruxv1.ChatResponse, error) {
	var answer Accumulator
	for event, err := range stream {
		if err != nil {
			return answer.Response(), err
		}
		answer.Add(event)
	}
	return answer.Response(), nil
}

// Text returns the text of an answer, piece by piece, and nothing else of it: no reasoning, no refusal. As for the rest
// it is as [Client.Stream].
func (c *Client) Text(ctx context.Context, request *cruxv1.ChatRequest, options ...grpc.CallOption) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		other := map[int32]bool{} // parts that are no text
		told := map[int32]bool{}  // parts that came in pieces
		for event, err := range c.Stream(ctx, request, options...) {
			text := ""
			switch event := event.GetEvent().(type) {
			case *cruxv1.ChatEvent_PartStarted:
				_, is := event.PartStarted.GetPart().GetKind().(*cruxv1.Part_Text)
				other[event.PartStarted.GetPartIndex()] = !is
			case *cruxv1.ChatEvent_TextDelta:
				if !other[event.TextDelta.GetPartIndex()] {
					text = event.TextDelta.GetText()
					told[event.TextDelta.GetPartIndex()] = true
				}
			case *cruxv1.ChatEvent_PartFinished:
				if !told[event.PartFinished.GetPartIndex()] {
					text = event.PartFinished.GetPart().GetText()
				}
			}
			if (text != "" || err != nil) && !yield(text, err) {
				return
			}
		}
	}
}
