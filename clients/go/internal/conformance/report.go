package main

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/code"

	"github.com/cruxrpc/crux/clients/go/crux"
	cruxv1 "github.com/cruxrpc/crux/clients/go/crux/v1"
)

// report is one line of output.
type report struct {
	Name             string          `json:"name"`
	Ending           string          `json:"ending"`
	Message          string          `json:"message,omitempty"`
	Text             *string         `json:"text,omitempty"`
	Deltas           int             `json:"deltas"`
	Parts            []string        `json:"parts,omitempty"`
	HasProviderState *bool           `json:"has_provider_state,omitempty"`
	FinishReason     string          `json:"finish_reason,omitempty"`
	Usage            *usage          `json:"usage,omitempty"`
	Attempts         *int            `json:"attempts,omitempty"`
	UnknownEvents    int             `json:"unknown_events"`
	Error            *failure        `json:"error,omitempty"`
	ElapsedMS        int64           `json:"elapsed_ms"`
	ToolCalls        []string        `json:"tool_calls,omitempty"`
	Steps            int             `json:"steps,omitempty"`
	Value            json.RawMessage `json:"value,omitempty"`
	Count            *int            `json:"count,omitempty"`
	Model            string          `json:"model,omitempty"`
	Did              []string        `json:"did,omitempty"`
	Version          string          `json:"version,omitempty"`
	Tenant           string          `json:"tenant,omitempty"`
}

type usage struct {
	InputTokens  *int32 `json:"input_tokens,omitempty"`
	OutputTokens *int32 `json:"output_tokens,omitempty"`
	Estimated    bool   `json:"estimated"`
}

type failure struct {
	Code         string   `json:"code"`
	Reason       string   `json:"reason,omitempty"`
	Retryable    bool     `json:"retryable"`
	RetryDelayMS int64    `json:"retry_delay_ms,omitempty"`
	Provider     string   `json:"provider,omitempty"`
	HTTPStatus   int32    `json:"http_status,omitempty"`
	Violations   []string `json:"violations,omitempty"`
	HasRequestID bool     `json:"has_request_id"`
}

// response notes what an answer holds, whole or not.
func (r *report) response(response *cruxv1.ChatResponse) {
	if response == nil {
		return
	}
	text := response.GetText()
	r.Text = &text
	r.Parts = nil
	state := false
	for _, part := range response.GetMessage().GetContent() {
		r.Parts = append(r.Parts, kind(part))
		state = state || part.GetProviderState() != nil
	}
	r.HasProviderState = &state
	outcome := response.GetOutcome()
	if outcome == nil {
		return
	}
	r.FinishReason = strings.TrimPrefix(outcome.GetFinishReason().String(), "FINISH_REASON_")
	r.used(outcome.GetUsage())
	attempts := len(outcome.GetAttempts())
	r.Attempts = &attempts
}

func (r *report) used(sum *cruxv1.Usage) {
	if sum != nil {
		r.Usage = &usage{sum.InputTokens, sum.OutputTokens, sum.GetEstimated()}
	}
}

// kind returns the contract's name of a part's kind.
func kind(part *cruxv1.Part) string {
	message := part.ProtoReflect()
	field := message.WhichOneof(message.Descriptor().Oneofs().ByName("kind"))
	if field == nil {
		return "unknown"
	}
	return string(field.Name())
}

// end says how the call ended. It returns what was not the call's doing.
func (r *report) end(err error) error {
	var failed *crux.Error
	switch {
	case err == nil:
		r.Ending = "ok"
		return nil
	case errors.Is(err, errLeft):
		r.Ending = "cancelled"
		return nil
	case !errors.As(err, &failed):
		return err
	case errors.Is(err, context.Canceled):
		r.Ending = "cancelled"
	case errors.Is(err, context.DeadlineExceeded):
		r.Ending = "deadline"
	default:
		r.Ending = failed.Origin.String()
	}
	r.Error = &failure{
		Code:         code.Code(failed.Code).String(),
		Reason:       failed.ReasonName(),
		Retryable:    failed.Retryable,
		RetryDelayMS: failed.RetryDelay.Milliseconds(),
		Provider:     failed.Provider.GetProvider(),
		HTTPStatus:   failed.Provider.GetHttpStatus(),
		HasRequestID: failed.RequestID != "",
	}
	if _, known := cruxv1.ErrorReason_name[int32(failed.Reason)]; !known {
		r.Error.Reason = strconv.Itoa(int(failed.Reason))
	}
	for _, violation := range failed.Violations {
		r.Error.Violations = append(r.Error.Violations, violation.GetField())
	}
	if failed.Usage != nil {
		r.used(failed.Usage)
	}
	if failed.Attempts != nil {
		attempts := len(failed.Attempts)
		r.Attempts = &attempts
	}
	return nil
}
