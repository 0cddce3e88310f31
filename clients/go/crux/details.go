package crux

import (
	"context"
	"errors"
	"maps"
	"strconv"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	cruxv1 "github.com/cruxrpc/crux/clients/go/crux/v1"
)

const (
	errorDomain  = "crux.v1"
	reasonPrefix = "ERROR_REASON_"
)

// newError reads an error of gRPC: the status with its details, and the metadata around it.
func newError(ctx context.Context, err error, header, trailer metadata.MD) *Error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	st, ok := status.FromError(err)
	if !ok {
		st = status.FromContextError(err)
	}
	e := &Error{Code: st.Code(), Message: st.Message(), status: st}
	e.readDetails(st)
	e.RequestID = first(e.RequestID, trailer.Get("x-request-id"), header.Get("x-request-id"))
	e.GenerationID = first("", trailer.Get("crux-generation-id"), header.Get("crux-generation-id"))
	e.Retryable = e.Retryable || e.Code == codes.Unavailable
	if pushback, err := strconv.Atoi(first("", trailer.Get("grpc-retry-pushback-ms"))); err == nil && e.RetryDelay == 0 {
		e.RetryDelay = max(0, time.Duration(pushback)*time.Millisecond)
	}
	e.settle(ctx)
	return e
}

// failure reads a failed event. end is what the call ended with, nil where it ended with OK.
func failure(ctx context.Context, event *cruxv1.GenerationFailed, end *Error) *Error {
	e := &Error{}
	if end != nil {
		*e = *end
	}
	detail := event.GetError()
	e.Origin = FromEvent
	e.Code = codes.Code(detail.GetCode())
	e.Reason = detail.GetReason()
	e.Message = detail.GetMessage()
	e.Retryable = detail.GetRetryable()
	e.RetryDelay = detail.GetRetryDelay().AsDuration()
	e.Metadata = detail.GetMetadata()
	e.Provider = detail.GetProviderError()
	e.Attempts = event.GetAttempts()
	e.Usage = event.GetUsage()
	if e.Code == codes.OK {
		e.Code = codes.Unknown
	}
	if e.status.Code() != e.Code {
		e.status = status.New(e.Code, e.Message)
	}
	e.cause = nil
	e.settle(ctx)
	return e
}

// readDetails reads what the details say: google.rpc's messages, and what no failed event had told.
func (e *Error) readDetails(st *status.Status) {
	var failed *cruxv1.GenerationFailed
	for _, detail := range st.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			if detail.GetDomain() == errorDomain {
				e.reasonName = detail.GetReason()
				e.Reason = cruxv1.ErrorReason(cruxv1.ErrorReason_value[reasonPrefix+detail.GetReason()])
				e.Metadata = maps.Clone(detail.GetMetadata())
				e.Provider = providerError(detail.GetMetadata())
			}
		case *errdetails.RetryInfo:
			e.Retryable = true
			e.RetryDelay = detail.GetRetryDelay().AsDuration()
		case *errdetails.BadRequest:
			e.Violations = append(e.Violations, detail.GetFieldViolations()...)
		case *errdetails.RequestInfo:
			e.RequestID = detail.GetRequestId()
		case *cruxv1.GenerationFailed:
			failed = detail
		}
	}
	e.Attempts = failed.GetAttempts()
	e.Usage = failed.GetUsage()
	if provider := failed.GetError().GetProviderError(); provider != nil {
		e.Provider = provider
	}
}

// providerError gathers what the metadata of a status says about a provider.
func providerError(facts map[string]string) *cruxv1.ProviderError {
	if facts["provider"] == "" {
		return nil
	}
	httpStatus, _ := strconv.ParseInt(facts["providerStatus"], 10, 32)
	return &cruxv1.ProviderError{
		Provider:   facts["provider"],
		Model:      strings.TrimPrefix(facts["model"], facts["provider"]+"/"),
		HttpStatus: int32(httpStatus),
		Code:       facts["providerCode"],
		RequestId:  facts["providerRequestId"],
	}
}

// clockSlack is how much earlier than here a deadline may be noticed elsewhere.
const clockSlack = 200 * time.Millisecond

// settle finds out whether the caller itself ended the call.
func (e *Error) settle(ctx context.Context) {
	deadline, bounded := ctx.Deadline()
	late := bounded && time.Until(deadline) < clockSlack
	switch {
	case ctx.Err() == context.Canceled && e.Code == codes.Canceled:
		e.cause = context.Canceled
	case late && e.Code == codes.DeadlineExceeded,
		ctx.Err() == context.DeadlineExceeded && e.Code == codes.Canceled,
		e.Reason == cruxv1.ErrorReason_ERROR_REASON_DEADLINE_EXCEEDED:
		e.Code = codes.DeadlineExceeded
		e.Reason = cruxv1.ErrorReason_ERROR_REASON_DEADLINE_EXCEEDED
		e.cause = context.DeadlineExceeded
	}
}

// first returns a value, or the first that metadata has.
func first(value string, others ...[]string) string {
	for _, other := range others {
		if value == "" && len(other) > 0 {
			value = other[0]
		}
	}
	return value
}
