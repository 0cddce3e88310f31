package crux

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/grpc"

	cruxv1 "github.com/cruxrpc/crux/clients/go/crux/v1"
)

// Structured asks for an answer of type T and returns it, with all else that was answered. The schema is derived from
// T as [NewTool] does it, unless the request has a response format of its own. The request stays as it is.
//
// An answer that is not a whole T is a [*FormatError]; other errors are of type [*Error].
func Structured[T any](ctx context.Context, client *Client, request *cruxv1.ChatRequest, options ...grpc.CallOption) (T, *cruxv1.ChatResponse, error) {
	var value, none T
	format, err := formatOf[T]()
	if err != nil {
		return none, nil, fmt.Errorf("crux: %w", err)
	}
	if request.GetResponseFormat() == nil {
		schema, err := format.text()
		if err != nil {
			return none, nil, fmt.Errorf("crux: %w", err)
		}
		request = shallowCopy(request)
		request.ResponseFormat = &cruxv1.ResponseFormat{Kind: &cruxv1.ResponseFormat_JsonSchema{
			JsonSchema: &cruxv1.JsonSchemaFormat{SchemaJson: schema},
		}}
	}
	response, err := client.Chat(ctx, request, options...)
	if err != nil {
		return none, nil, err
	}
	if reason := response.GetOutcome().GetFinishReason(); reason != cruxv1.FinishReason_FINISH_REASON_STOP {
		return none, response, &FormatError{Response: response, Err: errors.New("the answer ended early")}
	}
	if err := format.read(response.GetText(), &value); err != nil {
		return none, response, &FormatError{Response: response, Err: err}
	}
	return value, response, nil
}

// FormatError is an answer that is not of the form that was asked for.
type FormatError struct {
	// Response is the whole answer: its text, its finish reason, its usage.
	Response *cruxv1.ChatResponse
	// Err says what is wrong with it.
	Err error
}

// Text returns what was answered: the text, or the refusal where there is no text.
func (e *FormatError) Text() string {
	if text := e.Response.GetText(); text != "" {
		return text
	}
	var refusal strings.Builder
	for _, part := range e.Response.GetMessage().GetContent() {
		refusal.WriteString(part.GetRefusal())
	}
	return refusal.String()
}

// FinishReason returns why the answer ended.
func (e *FormatError) FinishReason() cruxv1.FinishReason {
	return e.Response.GetOutcome().GetFinishReason()
}

// Error says what is wrong, without the text.
func (e *FormatError) Error() string {
	reason := strings.TrimPrefix(e.FinishReason().String(), "FINISH_REASON_")
	return fmt.Sprintf("crux: the answer is not of the form asked for (%s): %v", reason, e.Err)
}

// Unwrap returns what is wrong.
func (e *FormatError) Unwrap() error { return e.Err }
