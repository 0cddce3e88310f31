package crux

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	cruxv1 "github.com/cruxrpc/crux/clients/go/crux/v1"
)

// Origin says how an error came.
type Origin int

const (
	// FromStatus: the call ended with a status, and no event of a stream had come.
	FromStatus Origin = iota
	// FromEvent: a stream told its failure in a failed event. What came before it is incomplete.
	FromEvent
	// FromBreak: events came, and then the stream ended with neither finished nor failed. What came is incomplete.
	FromBreak
)

// String returns "status", "failed" or "broken".
func (o Origin) String() string {
	switch o {
	case FromEvent:
		return "failed"
	case FromBreak:
		return "broken"
	default:
		return "status"
	}
}

// Error is why a call failed. Get it with errors.As.
//
// errors.Is(err, context.Canceled) holds where the caller's own context was cancelled, and errors.Is(err,
// context.DeadlineExceeded) where the caller's own deadline passed, whichever side noticed first.
type Error struct {
	// Code of gRPC.
	Code codes.Code
	// Reason of the contract. A newer server may send numbers that have no name here. Unspecified where no crux spoke.
	Reason cruxv1.ErrorReason
	// Message for developers. May change between servers.
	Message string
	// Retryable: the same request may succeed later. gRPC and the server have retried already.
	Retryable bool
	// RetryDelay is the least wait before a retry. 0 where the server named none.
	RetryDelay time.Duration
	// Metadata holds the facts of the message, under the keys that are listed with each reason.
	Metadata map[string]string
	// Provider is what a provider answered, nil where none was to blame.
	Provider *cruxv1.ProviderError
	// Violations are the fields of a bad request, each with what is wrong with it.
	Violations []*errdetails.BadRequest_FieldViolation
	// Attempts at providers, in order; none where the server did not list them.
	Attempts []*cruxv1.Attempt
	// Usage up to the failure, nil where the server did not say.
	Usage *cruxv1.Usage
	// RequestID stands in the server's log.
	RequestID string
	// GenerationID, where a generation had begun.
	GenerationID string
	// Origin says how the error came.
	Origin Origin

	status     *status.Status
	reasonName string
	cause      error
}

// ReasonName returns the reason's name, such as "PROVIDER_UNAVAILABLE", also where only a newer client has a number for
// it; its number where only that is known; and nothing where no reason was given.
func (e *Error) ReasonName() string {
	if e.Reason == cruxv1.ErrorReason_ERROR_REASON_UNSPECIFIED {
		return e.reasonName
	}
	return strings.TrimPrefix(e.Reason.String(), reasonPrefix)
}

// Error returns the reason, or the code where there is none, the message, and the request's id.
func (e *Error) Error() string {
	name := e.ReasonName()
	if name == "" {
		name = e.Code.String()
	}
	text := fmt.Sprintf("crux: %s: %s", name, e.Message)
	if e.RequestID != "" {
		text += " (request " + e.RequestID + ")"
	}
	return text
}

// Unwrap returns context.Canceled or context.DeadlineExceeded where it was the caller's own, and nil otherwise.
func (e *Error) Unwrap() error { return e.cause }

// GRPCStatus returns the status the call ended with, details included, for status.FromError and status.Code.
func (e *Error) GRPCStatus() *status.Status { return e.status }
