package crux_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/cruxrpc/crux/clients/go/crux"
	cruxv1 "github.com/cruxrpc/crux/clients/go/crux/v1"
)

type addArguments struct {
	A int `json:"a" jsonschema:"the first number"`
	B int `json:"b,omitempty"`
}

func add(_ context.Context, arguments addArguments) (int, error) {
	if arguments.A < 0 {
		return 0, errors.New("too small")
	}
	return arguments.A + arguments.B, nil
}

func call(id, name, arguments string) *cruxv1.Part {
	return &cruxv1.Part{
		Kind:          &cruxv1.Part_ToolCall{ToolCall: &cruxv1.ToolCall{Id: id, Name: name, ArgumentsJson: arguments}},
		ProviderState: &cruxv1.ProviderState{Provider: "openai", Data: []byte("state of " + id)},
	}
}

// turns plays one answer after the other; the last one for ever.
func turns(turns ...[]*cruxv1.Part) *server {
	s := &server{}
	next := func() *cruxv1.ChatResponse {
		parts := turns[min(len(s.asked()), len(turns))-1]
		outcome := &cruxv1.Outcome{
			FinishReason: cruxv1.FinishReason_FINISH_REASON_STOP,
			Usage:        &cruxv1.Usage{InputTokens: proto.Int32(10), OutputTokens: proto.Int32(2), CostNanoUsd: proto.Int64(5)},
		}
		return &cruxv1.ChatResponse{Message: crux.Assistant(parts...), Outcome: outcome}
	}
	s.chat = func(context.Context, *cruxv1.ChatRequest) (*cruxv1.ChatResponse, error) { return next(), nil }
	s.stream = func(request *cruxv1.ChatRequest, stream cruxv1.ChatService_StreamChatServer) error {
		response := next()
		events := []*cruxv1.ChatEvent{started("g")}
		for index, part := range response.GetMessage().GetContent() {
			events = append(events, partFinished(int32(index), part))
		}
		return sends(nil, append(events, finished(response.GetOutcome()))...)(request, stream)
	}
	return s
}

// results returns the tool results of the last request.
func (s *server) results() []*cruxv1.ToolResult {
	asked := s.asked()
	messages := asked[len(asked)-1].GetMessages()
	var results []*cruxv1.ToolResult
	for _, part := range messages[len(messages)-1].GetContent() {
		results = append(results, part.GetToolResult())
	}
	return results
}

func TestRunAnswersCallsWholeAndStreamed(t *testing.T) {
	first := []*cruxv1.Part{
		{Kind: &cruxv1.Part_Reasoning{Reasoning: &cruxv1.Reasoning{Text: "hm"}}, ProviderState: &cruxv1.ProviderState{Data: []byte{0xff}}},
		call("1", "add", `{"a":1,"b":2}`), call("2", "add", `{"a":40}`),
	}
	for _, streamed := range []bool{false, true} {
		t.Run(fmt.Sprintf("streamed=%v", streamed), func(t *testing.T) {
			s := turns(first, []*cruxv1.Part{crux.Text("43")})
			client := s.serve(t)
			request := proto.Clone(prompt).(*cruxv1.ChatRequest)
			request.ToolChoice = &cruxv1.ToolChoice{Mode: cruxv1.ToolMode_TOOL_MODE_REQUIRED}
			before := proto.Clone(request)

			run := client.NewRun(request, crux.NewTool("add", "Adds.", add))
			starts := 0
			if streamed {
				for event, err := range run.Stream(context.Background()) {
					if err != nil {
						t.Fatal(err)
					}
					if event.GetStarted() != nil {
						starts++
					}
				}
			} else if _, err := run.Do(context.Background()); err != nil {
				t.Fatal(err)
			}

			history := run.History()
			if run.Steps() != 2 || len(history) != 4 || crux.MessageText(run.Response().GetMessage()) != "43" || streamed && starts != 2 {
				t.Fatalf("got %d steps, %d starts, history %v", run.Steps(), starts, history)
			}
			if back := s.asked()[1].GetMessages(); !proto.Equal(back[1], crux.Assistant(first...)) {
				t.Errorf("went back as %v", back[1])
			}
			results := s.results()
			if len(results) != 2 || results[0].GetToolCallId() != "1" || results[0].GetContent()[0].GetText() != "3" ||
				results[1].GetToolCallId() != "2" || results[1].GetContent()[0].GetText() != "40" || results[0].GetIsError() {
				t.Errorf("got %v", results)
			}
			if usage := run.Usage(); usage.GetInputTokens() != 20 || usage.GetOutputTokens() != 4 || usage.GetCostNanoUsd() != 10 ||
				usage.ReasoningTokens != nil {
				t.Errorf("got %v", usage)
			}
			if s.asked()[0].GetToolChoice().GetMode() != cruxv1.ToolMode_TOOL_MODE_REQUIRED || s.asked()[1].GetToolChoice() != nil {
				t.Error("a required call must be required once")
			}
			if !proto.Equal(before, request) {
				t.Error("the request was changed")
			}
		})
	}
}

func TestCallsThatCannotSucceedAreFailedResults(t *testing.T) {
	for name, test := range map[string]struct{ name, arguments, says string }{
		"unknown tool":       {"multiply", "{}", `no tool "multiply"`},
		"not JSON":           {"add", `{"a":`, "do not fit"},
		"wrong type":         {"add", `{"a":"one"}`, "do not fit"},
		"missing argument":   {"add", `{"b":1}`, "do not fit"},
		"nothing":            {"add", ``, "do not fit"},
		"unknown argument":   {"add", `{"a":1,"c":2}`, "do not fit"},
		"a failing function": {"add", `{"a":-1}`, "too small"},
	} {
		t.Run(name, func(t *testing.T) {
			s := turns([]*cruxv1.Part{call("1", test.name, test.arguments)}, []*cruxv1.Part{crux.Text("sorry")})

			_, err := s.serve(t).NewRun(prompt, crux.NewTool("add", "Adds.", add)).Do(context.Background())

			results := s.results()
			if err != nil || len(results) != 1 || !results[0].GetIsError() || results[0].GetToolCallId() != "1" ||
				!strings.Contains(results[0].GetContent()[0].GetText(), test.says) {
				t.Errorf("got %v, %v", results, err)
			}
		})
	}
}

func TestCallsOfOthersAreLeftToThem(t *testing.T) {
	cut := call("1", "add", `{"a":`)
	cut.Incomplete = true
	provided := call("2", "web_search", `{}`)
	provided.GetToolCall().ProviderExecuted = true
	var ran atomic.Int64
	s := turns([]*cruxv1.Part{cut, provided, crux.Text("so far")})

	run := s.serve(t).NewRun(prompt, crux.NewTool("add", "Adds.", func(ctx context.Context, arguments addArguments) (int, error) {
		ran.Add(1)
		return add(ctx, arguments)
	}))
	_, err := run.Do(context.Background())

	if err != nil || run.Steps() != 1 || ran.Load() != 0 {
		t.Errorf("got %v after %d steps and %d calls", err, run.Steps(), ran.Load())
	}
}

func TestCallsRunAtOnce(t *testing.T) {
	var arrived atomic.Int64
	all := make(chan struct{})
	meet := func(ctx context.Context, _ struct{}) (string, error) {
		if arrived.Add(1) == 3 {
			close(all)
		}
		select {
		case <-all:
			return "met", nil
		case <-time.After(5 * time.Second):
			return "", errors.New("alone")
		}
	}
	s := turns([]*cruxv1.Part{call("1", "meet", "{}"), call("2", "meet", ""), call("3", "meet", "{}")}, []*cruxv1.Part{crux.Text("ok")})

	_, err := s.serve(t).NewRun(prompt, crux.NewTool("meet", "Meets.", meet)).Do(context.Background())

	if err != nil || slices.ContainsFunc(s.results(), (*cruxv1.ToolResult).GetIsError) {
		t.Errorf("got %v, %v", err, s.results())
	}
}

func TestStepLimitCarriesTheHistory(t *testing.T) {
	s := turns([]*cruxv1.Part{call("1", "add", `{"a":1}`)})
	run := s.serve(t).NewRun(prompt, crux.NewTool("add", "Adds.", add))
	run.MaxSteps = 3

	_, err := run.Do(context.Background())

	var limit *crux.StepLimitError
	if !errors.As(err, &limit) || limit.Limit != 3 || len(s.asked()) != 3 || len(limit.History) != 6 ||
		limit.Usage.GetInputTokens() != 30 {
		t.Fatalf("got %v after %d calls", err, len(s.asked()))
	}
	if _, err := run.Do(context.Background()); !errors.As(err, &limit) || len(limit.History) != 12 {
		t.Errorf("a run goes on where it was: got %v", err)
	}
}

func TestPausedTurnGoesOn(t *testing.T) {
	s := &server{}
	s.chat = func(context.Context, *cruxv1.ChatRequest) (*cruxv1.ChatResponse, error) {
		reason := cruxv1.FinishReason_FINISH_REASON_PAUSED
		if len(s.asked()) == 2 {
			reason = cruxv1.FinishReason_FINISH_REASON_STOP
		}
		return &cruxv1.ChatResponse{Message: crux.Assistant(crux.Text("a")), Outcome: &cruxv1.Outcome{FinishReason: reason}}, nil
	}

	run := s.serve(t).NewRun(prompt)
	_, err := run.Do(context.Background())

	if err != nil || run.Steps() != 2 || len(s.asked()[1].GetMessages()) != 2 || run.Usage().CostNanoUsd != nil {
		t.Errorf("got %v after %d steps", err, run.Steps())
	}
}

func TestFailedStepsCountWithWhatTheyTell(t *testing.T) {
	priced := &cruxv1.Usage{InputTokens: proto.Int32(10), CostNanoUsd: proto.Int64(5)}
	for name, test := range map[string]struct{ told, want *cruxv1.Usage }{
		"nothing":  {&cruxv1.Usage{}, priced},
		"unpriced": {&cruxv1.Usage{InputTokens: proto.Int32(1)}, &cruxv1.Usage{InputTokens: proto.Int32(11)}},
	} {
		t.Run(name, func(t *testing.T) {
			s := turns([]*cruxv1.Part{crux.Text("a")})
			answer := s.chat
			s.chat = func(ctx context.Context, request *cruxv1.ChatRequest) (*cruxv1.ChatResponse, error) {
				if len(s.asked()) == 1 {
					st, err := status.New(codes.Internal, "odd").WithDetails(&cruxv1.GenerationFailed{Usage: test.told})
					return nil, errors.Join(err, st.Err())
				}
				response, err := answer(ctx, request)
				response.Outcome.Usage = priced
				return response, err
			}

			run := s.serve(t).NewRun(prompt)
			_, failure := run.Do(context.Background())
			_, err := run.Do(context.Background())

			if failure == nil || err != nil || !proto.Equal(run.Usage(), test.want) {
				t.Errorf("got %v, %v, %v", failure, err, run.Usage())
			}
		})
	}
}

func TestCancelWhileToolsRunEndsTheRun(t *testing.T) {
	s := turns([]*cruxv1.Part{call("1", "wait", "")})
	ctx, cancel := context.WithCancel(context.Background())
	run := s.serve(t).NewRun(prompt, crux.NewTool("wait", "Waits.", func(ctx context.Context, _ struct{}) (string, error) {
		cancel()
		<-ctx.Done()
		return "", ctx.Err()
	}))

	_, err := run.Do(ctx)

	if !errors.Is(err, context.Canceled) || len(s.asked()) != 1 {
		t.Errorf("got %v after %d calls", err, len(s.asked()))
	}
}

func TestLeavingAStreamedRunEndsIt(t *testing.T) {
	s := turns([]*cruxv1.Part{call("1", "add", `{"a":1}`)}, []*cruxv1.Part{crux.Text("1")})
	run := s.serve(t).NewRun(prompt, crux.NewTool("add", "Adds.", add))

	for range run.Stream(context.Background()) {
		break
	}

	if len(s.asked()) != 1 || len(run.History()) != 1 {
		t.Errorf("got %d calls, history %v", len(s.asked()), run.History())
	}
}

func TestFailedStepKeepsTheHistoryBefore(t *testing.T) {
	s := turns([]*cruxv1.Part{call("1", "add", `{"a":1}`)})
	answer := s.chat
	s.chat = func(ctx context.Context, request *cruxv1.ChatRequest) (*cruxv1.ChatResponse, error) {
		if len(s.asked()) == 2 {
			return nil, status.Error(codes.Internal, "no")
		}
		return answer(ctx, request)
	}
	run := s.serve(t).NewRun(prompt, crux.NewTool("add", "Adds.", add))

	_, err := run.Do(context.Background())

	var failed *crux.Error
	if !errors.As(err, &failed) || len(run.History()) != 3 {
		t.Errorf("got %v, history %v", err, run.History())
	}
}

func TestPanicOfAToolReachesTheCaller(t *testing.T) {
	s := turns([]*cruxv1.Part{call("1", "fall", "")})
	run := s.serve(t).NewRun(prompt, crux.NewTool("fall", "Falls.", func(context.Context, struct{}) (string, error) {
		panic("down")
	}))
	defer func() {
		if value := recover(); value == nil || !strings.Contains(fmt.Sprint(value), "down") {
			t.Errorf("got %v", value)
		}
	}()

	_, _ = run.Do(context.Background())

	t.Error("it must panic here")
}

func TestToolIsDeclaredFromItsTypes(t *testing.T) {
	type place struct {
		City  string    `json:"city" jsonschema:"the city's name"`
		Days  []int     `json:"days"`
		Until *float64  `json:"until,omitempty"`
		Tags  [2]string `json:"tags"`
	}
	definition, err := crux.NewTool("weather", "Tells it.", func(context.Context, place) (string, error) { return "", nil }).Definition()
	if err != nil {
		t.Fatal(err)
	}

	const want = `{"type":"object","properties":{"city":{"type":"string","description":"the city's name"},` +
		`"days":{"type":"array","items":{"type":"integer"}},"until":{"type":["null","number"]},` +
		`"tags":{"type":"array","items":{"type":"string"},"minItems":2,"maxItems":2}},` +
		`"required":["city","days","tags"],"additionalProperties":false}`
	function := definition.GetFunction()
	if function.GetInputSchemaJson() != want || function.GetName() != "weather" || function.GetDescription() != "Tells it." {
		t.Errorf("got  %s\nwant %s", function.GetInputSchemaJson(), want)
	}
}

func TestToolWithoutArgumentsHasNoSchema(t *testing.T) {
	definition, err := crux.NewTool("now", "Tells it.", func(context.Context, struct{}) (string, error) { return "", nil }).Definition()

	if err != nil || definition.GetFunction().GetInputSchemaJson() != "" {
		t.Errorf("got %v, %v", definition, err)
	}
}

func TestTypesWithoutSchemaFailBeforeAnyCall(t *testing.T) {
	s := turns([]*cruxv1.Part{crux.Text("ok")})
	client := s.serve(t)
	for _, tool := range []*crux.Tool{
		crux.NewTool("a", "", func(context.Context, int) (string, error) { return "", nil }),
		crux.NewTool("b", "", func(context.Context, struct{ C chan int }) (string, error) { return "", nil }),
	} {
		_, err := client.NewRun(prompt, tool).Do(context.Background())

		if err == nil || len(s.asked()) != 0 {
			t.Errorf("got %v after %d calls", err, len(s.asked()))
		}
	}
}

func TestResultsBecomeParts(t *testing.T) {
	image := crux.MediaOf("image/png", "", []byte{1})
	for name, test := range map[string]struct {
		result any
		want   []*cruxv1.Part
	}{
		"text":    {"plain", []*cruxv1.Part{crux.Text("plain")}},
		"no part": {(*cruxv1.Part)(nil), nil},
		"JSON":    {map[string]int{"a": 1}, []*cruxv1.Part{crux.Text(`{"a":1}`)}},
		"part":    {image, []*cruxv1.Part{image}},
		"parts":   {[]*cruxv1.Part{image, crux.Text("x")}, []*cruxv1.Part{image, crux.Text("x")}},
	} {
		t.Run(name, func(t *testing.T) {
			s := turns([]*cruxv1.Part{call("1", "f", "")}, []*cruxv1.Part{crux.Text("ok")})
			tool := crux.NewTool("f", "", func(context.Context, struct{}) (any, error) { return test.result, nil })

			if _, err := s.serve(t).NewRun(prompt, tool).Do(context.Background()); err != nil {
				t.Fatal(err)
			}

			if got := s.results()[0].GetContent(); !slices.EqualFunc(got, test.want, func(a, b *cruxv1.Part) bool { return proto.Equal(a, b) }) {
				t.Errorf("got %v", got)
			}
		})
	}
}
