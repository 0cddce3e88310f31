package crux

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"google.golang.org/grpc"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	cruxv1 "github.com/cruxrpc/crux/clients/go/crux/v1"
)

// DefaultMaxSteps is how many model calls a [Run] makes at most, where its MaxSteps says nothing.
const DefaultMaxSteps = 10

// Run is a conversation in which the model calls tools until it has its answer. Start it with Do or Stream. Not for
// concurrent use.
//
// Each step is one model call. Its message goes back whole, provider state included, with the results of its tool
// calls, which run at once. Calls the provider runs itself are left to it, and calls that were cut are not run. A tool
// that fails, does not exist, or is given arguments that do not fit is a failed result, which the model is told. A turn
// that the provider paused is sent back to go on.
//
// A tool choice that requires a call holds until there is one, as the run could not end otherwise.
type Run struct {
	// MaxSteps bounds the model calls of one Do or Stream. 0: DefaultMaxSteps.
	MaxSteps int

	client   *Client
	request  *cruxv1.ChatRequest
	tools    map[string]*Tool
	err      error
	response *cruxv1.ChatResponse
	usage    usageSum
	steps    int
}

// NewRun prepares a run of a request with tools. The request stays as it is.
func (c *Client) NewRun(request *cruxv1.ChatRequest, tools ...*Tool) *Run {
	run := &Run{client: c, request: shallowCopy(request), tools: map[string]*Tool{}}
	for _, tool := range tools {
		definition, err := tool.Definition()
		run.err = errors.Join(run.err, err)
		run.tools[tool.name] = tool
		run.request.Tools = append(run.request.Tools, definition)
	}
	return run
}

// Do runs to the final answer and returns it. After an error, History tells how far it came, and Do goes on from there.
//
// Errors are of type [*Error], or [*StepLimitError].
func (r *Run) Do(ctx context.Context, options ...grpc.CallOption) (*cruxv1.ChatResponse, error) {
	err := r.loop(ctx, func() (*cruxv1.ChatResponse, error) {
		return r.client.Chat(ctx, r.request, options...)
	})
	if err != nil {
		return nil, err
	}
	return r.response, nil
}

// Stream runs to the final answer and returns the events of every step; each begins with started. As for the rest it is
// as Do and [Client.Stream]; tools run between a finished event and the next started.
func (r *Run) Stream(ctx context.Context, options ...grpc.CallOption) iter.Seq2[*cruxv1.ChatEvent, error] {
	return func(yield func(*cruxv1.ChatEvent, error) bool) {
		err := r.loop(ctx, func() (*cruxv1.ChatResponse, error) {
			var answer Accumulator
			for event, err := range r.client.Stream(ctx, r.request, options...) {
				if err != nil {
					return nil, err
				}
				answer.Add(event)
				if !yield(event, nil) {
					return nil, errLeft
				}
			}
			return answer.Response(), nil
		})
		if err != nil && !errors.Is(err, errLeft) {
			yield(nil, err)
		}
	}
}

// errLeft ends a run whose caller has left the loop. Nobody sees it.
var errLeft = errors.New("left")

// Response returns the last answer, nil before the first.
func (r *Run) Response() *cruxv1.ChatResponse { return r.response }

// History returns the whole conversation: the request's messages, and every message since.
func (r *Run) History() []*cruxv1.Message { return slices.Clone(r.request.Messages) }

// Usage returns the sum over all steps. Its cost is unset where that of any step is not known.
func (r *Run) Usage() *cruxv1.Usage { return r.usage.total() }

// Steps returns how many model calls have been made.
func (r *Run) Steps() int { return r.steps }

// loop asks the model and answers its calls, in turn.
func (r *Run) loop(ctx context.Context, ask func() (*cruxv1.ChatResponse, error)) error {
	if r.err != nil {
		return r.err
	}
	limit := r.MaxSteps
	if limit <= 0 {
		limit = DefaultMaxSteps
	}
	for range limit {
		if err := r.answer(ctx); err != nil {
			return err
		}
		r.steps++
		response, err := ask()
		if err != nil {
			var failure *Error
			// Where nothing is told, nothing is known to be used.
			if errors.As(err, &failure) && proto.Size(failure.Usage) > 0 {
				r.usage.add(failure.Usage)
			}
			return err
		}
		r.response = response
		r.usage.add(response.GetOutcome().GetUsage())
		r.request.Messages = append(r.request.Messages, response.GetMessage())
		paused := response.GetOutcome().GetFinishReason() == cruxv1.FinishReason_FINISH_REASON_PAUSED
		calling := len(ToolCalls(response.GetMessage())) > 0
		if !calling && !paused {
			return nil
		}
		if calling && r.request.GetToolChoice().GetMode() == cruxv1.ToolMode_TOOL_MODE_REQUIRED {
			r.request.ToolChoice = nil
		}
	}
	return &StepLimitError{Limit: limit, History: r.History(), Usage: r.Usage()}
}

// answer runs the tools that the last message calls, all at once, and appends their results.
func (r *Run) answer(ctx context.Context) error {
	messages := r.request.Messages
	if len(messages) == 0 || messages[len(messages)-1].GetRole() != cruxv1.Role_ROLE_ASSISTANT {
		return nil
	}
	calls := ToolCalls(messages[len(messages)-1])
	if len(calls) == 0 {
		return nil
	}
	results := answerAll(ctx, calls, r.tools)
	if err := ctx.Err(); err != nil {
		return newError(ctx, status.FromContextError(err).Err(), nil, nil)
	}
	r.request.Messages = append(messages, ToolMessage(results...))
	return nil
}

// StepLimitError ends a run that reached its limit before the model had its answer.
type StepLimitError struct {
	// Limit that was reached.
	Limit int
	// History of the run. Tools that its last message calls have not been run.
	History []*cruxv1.Message
	// Usage of all steps.
	Usage *cruxv1.Usage
}

// Error says which limit.
func (e *StepLimitError) Error() string {
	return fmt.Sprintf("crux: no answer after %d steps", e.Limit)
}
