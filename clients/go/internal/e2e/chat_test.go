package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/cruxrpc/crux/clients/go/crux"
	cruxv1 "github.com/cruxrpc/crux/clients/go/crux/v1"
)

var models = []string{
	"openai/gpt-5", "anthropic/claude-sonnet-4-5", "gemini/gemini-2.5-flash", "ollama/llama3.2",
	"openrouter/openai/gpt-5", "deepseek/deepseek-chat", "xai/grok-4",
}

const slow = "openai/gpt-5+fault:gap=50ms,chunks=200"

func TestEveryProviderAnswersWholeAndStreamed(t *testing.T) {
	client := connect(t, plainServer)
	for _, model := range models {
		t.Run(model, func(t *testing.T) {
			request := crux.Prompt(model, "grüß Gott 世界")

			whole, err := client.Chat(context.Background(), request)
			if err != nil {
				t.Fatal(err)
			}
			streamed, err := crux.Collect(client.Stream(context.Background(), request))
			if err != nil {
				t.Fatal(err)
			}
			var text strings.Builder
			for piece, err := range client.Text(context.Background(), request) {
				if err != nil {
					t.Fatal(err)
				}
				text.WriteString(piece)
			}

			const want = "You said: grüß Gott 世界"
			if whole.GetText() != want || streamed.GetText() != want || text.String() != want {
				t.Errorf("got %q, %q and %q", whole.GetText(), streamed.GetText(), text.String())
			}
			if streamed.GetOutcome().GetFinishReason() != cruxv1.FinishReason_FINISH_REASON_STOP ||
				streamed.GetOutcome().GetUsage().GetOutputTokens() == 0 || streamed.GetGenerationId() == "" {
				t.Errorf("got %v", streamed)
			}
		})
	}
}

func TestConversationGoesOn(t *testing.T) {
	client := connect(t, plainServer)
	for _, model := range models[:3] {
		request := crux.Prompt(model, "one")
		request.Reasoning = &cruxv1.ReasoningConfig{Effort: cruxv1.ReasoningEffort_REASONING_EFFORT_HIGH}
		first, err := crux.Collect(client.Stream(context.Background(), request))
		if err != nil {
			t.Fatal(err)
		}

		request.Messages = append(request.Messages, first.GetMessage(), crux.User(crux.Text("two")))
		second, err := client.Chat(context.Background(), request)

		if err != nil || !strings.Contains(second.GetText(), "two") {
			t.Errorf("%s: got %v, %v", model, second, err)
		}
	}
}

func TestImageIsTaken(t *testing.T) {
	var encoded bytes.Buffer
	if err := png.Encode(&encoded, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
		t.Fatal(err)
	}
	part, err := crux.MediaReader("", &encoded)
	if err != nil {
		t.Fatal(err)
	}
	client := connect(t, plainServer)
	for _, model := range models[:3] {
		request := &cruxv1.ChatRequest{Model: model, Messages: []*cruxv1.Message{crux.User(crux.Text("what?"), part)}}

		response, err := client.Chat(context.Background(), request)

		if err != nil || response.GetText() != "You said: what?" {
			t.Errorf("%s: got %v, %v", model, response, err)
		}
	}
}

func TestThreeMebibytesBothWays(t *testing.T) {
	client := connect(t, plainServer)
	text := strings.Repeat("word ", 3<<20/5)

	response, err := client.Chat(context.Background(), crux.Prompt("openai/gpt-5", text))

	if err != nil || len(response.GetText()) < len(text) {
		t.Errorf("got %d bytes back for %d, %v", len(response.GetText()), len(text), err)
	}
}

func TestCancelStopsTheProvider(t *testing.T) {
	client := connect(t, plainServer)
	stopsProvider(t, func(ctx context.Context, cancel context.CancelFunc) {
		deltas := 0
		var last error
		for event, err := range client.Stream(ctx, crux.Prompt(slow, "hi")) {
			last = err
			if event.GetTextDelta() != nil {
				if deltas++; deltas == 3 {
					cancel()
				}
			}
		}
		if !errors.Is(last, context.Canceled) {
			t.Errorf("got %v", last)
		}
	})
}

func TestCancelStopsTheProviderOfAWholeChat(t *testing.T) {
	client := connect(t, plainServer)
	stopsProvider(t, func(ctx context.Context, cancel context.CancelFunc) {
		time.AfterFunc(200*time.Millisecond, cancel)

		_, err := client.Chat(ctx, crux.Prompt("openai/gpt-5+fault:delay=20s", "hi"))

		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

func TestLeavingStopsTheProvider(t *testing.T) {
	client := connect(t, plainServer)
	stopsProvider(t, func(context.Context, context.CancelFunc) {
		for event := range client.Stream(context.Background(), crux.Prompt(slow, "hi")) {
			if event.GetTextDelta() != nil {
				break
			}
		}
	})
}

func TestLeavingTheTextStopsTheProvider(t *testing.T) {
	client := connect(t, plainServer)
	stopsProvider(t, func(context.Context, context.CancelFunc) {
		for range client.Text(context.Background(), crux.Prompt(slow, "hi")) {
			break
		}
	})
}

func TestDeadlineIsKept(t *testing.T) {
	client := connect(t, plainServer)
	const deadline = time.Second
	calls := map[string]func(context.Context, string) error{
		"stream": func(ctx context.Context, model string) error {
			_, err := crux.Collect(client.Stream(ctx, crux.Prompt(model, "hi")))
			return err
		},
		"chat": func(ctx context.Context, model string) error {
			_, err := client.Chat(ctx, crux.Prompt(model, "hi"))
			return err
		},
	}
	for name, call := range calls {
		for _, fault := range []string{"gap=50ms,chunks=200,delay=300ms", "stall-headers", "delay-first-byte=20s"} {
			t.Run(name+" "+fault, func(t *testing.T) {
				if name == "chat" && strings.HasPrefix(fault, "gap") {
					fault = "delay=20s"
				}
				ctx, cancel := context.WithTimeout(context.Background(), deadline)
				defer cancel()
				start := time.Now()

				err := call(ctx, "openai/gpt-5+fault:"+fault)

				took := time.Since(start)
				if !errors.Is(err, context.DeadlineExceeded) || took < deadline*9/10 || took > deadline*11/10 {
					t.Errorf("got %v after %v", err, took)
				}
			})
		}
	}
}

func TestSlowReaderSlowsTheProvider(t *testing.T) {
	client := connect(t, plainServer)
	request := crux.Prompt("openai/gpt-5+fault:chunks=20000,chunk-bytes=8000", "hi") // 160 MB
	before := sandboxStats(t)

	stopsProvider(t, func(context.Context, context.CancelFunc) {
		for event := range client.Stream(context.Background(), request) {
			if event.GetTextDelta() == nil {
				continue
			}
			time.Sleep(2 * time.Second)
			if now := sandboxStats(t); now.Completed != before.Completed || now.Open != before.Open+1 {
				t.Errorf("the provider did not wait: %+v, then %+v", before, now)
			}
			break
		}
	})
}

func TestErrorsSayWhatHappened(t *testing.T) {
	client := connect(t, plainServer)
	once := &cruxv1.RoutingOptions{MaxAttempts: proto.Int32(1)}
	for name, test := range map[string]struct {
		model  string
		origin crux.Origin
		code   codes.Code
		reason cruxv1.ErrorReason
		holds  func(*crux.Error) bool
	}{
		"over the limit": {"openai/gpt-5+fault:status=429,retry-after=30", crux.FromStatus, codes.ResourceExhausted,
			cruxv1.ErrorReason_ERROR_REASON_PROVIDER_RATE_LIMITED, func(e *crux.Error) bool {
				return e.Retryable && e.RetryDelay == 30*time.Second && e.Provider.GetHttpStatus() == 429 && e.Provider.GetProvider() == "openai"
			}},
		"no such model": {"openai/missing", crux.FromStatus, codes.NotFound,
			cruxv1.ErrorReason_ERROR_REASON_MODEL_NOT_FOUND, func(e *crux.Error) bool { return !e.Retryable }},
		"broken midway": {"anthropic/claude-sonnet-4-5+fault:no-terminal", crux.FromEvent, codes.Unavailable,
			cruxv1.ErrorReason_ERROR_REASON_PROVIDER_STREAM_BROKEN, func(e *crux.Error) bool {
				return e.Retryable && e.Usage.GetEstimated() && len(e.Attempts) == 1 && e.GenerationID != ""
			}},
		"an error midway": {"gemini/gemini-2.5-flash+fault:error-midstream", crux.FromEvent, codes.Unavailable,
			cruxv1.ErrorReason_ERROR_REASON_PROVIDER_UNAVAILABLE, func(e *crux.Error) bool { return e.Retryable && e.Usage != nil }},
		"no messages": {"", crux.FromStatus, codes.InvalidArgument,
			cruxv1.ErrorReason_ERROR_REASON_INVALID_REQUEST, func(e *crux.Error) bool { return len(e.Violations) >= 1 }},
	} {
		t.Run(name, func(t *testing.T) {
			request := crux.Prompt(test.model, "hello there")
			request.Routing = once

			_, err := crux.Collect(client.Stream(context.Background(), request))

			var failed *crux.Error
			if !errors.As(err, &failed) {
				t.Fatalf("got %v", err)
			}
			if failed.Origin != test.origin || failed.Code != test.code || failed.Reason != test.reason ||
				failed.RequestID == "" || !test.holds(failed) {
				t.Errorf("got %+v", failed)
			}
		})
	}
}

func TestTokensAreCounted(t *testing.T) {
	response, err := connect(t, plainServer).CountTokens(context.Background(), crux.Prompt("openai/gpt-5", "one two three"))

	if err != nil || response.GetInputTokens() == 0 {
		t.Errorf("got %v, %v", response, err)
	}
}

type city struct {
	Name       string   `json:"name"`
	Population int      `json:"population"`
	Capital    bool     `json:"capital"`
	Tags       []string `json:"tags"`
	Mayor      *struct {
		Name string `json:"name"`
	} `json:"mayor,omitempty"`
}

func TestStructuredAnswersOfEveryDialect(t *testing.T) {
	client := connect(t, plainServer)
	for _, model := range []string{"openai/gpt-5", "anthropic/claude-sonnet-4-5", "gemini/gemini-2.5-flash", "ollama/llama3.2"} {
		value, response, err := crux.Structured[city](context.Background(), client, crux.Prompt(model, "Köln"))

		if err != nil || value.Name == "" || response.GetOutcome().GetModel() == "" {
			t.Errorf("%s: got %+v, %v", model, value, err)
		}
	}
}

func TestRunsKeepTheStateOfReasoning(t *testing.T) {
	client := connect(t, plainServer)
	for _, model := range models[:3] {
		for _, streamed := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s streamed=%v", model, streamed), func(t *testing.T) {
				runToolsOnce(t, client, model, streamed)
			})
		}
	}
}

// runToolsOnce runs two tools that wait for each other. The sandbox refuses state that is not byte for byte its own.
func runToolsOnce(t *testing.T, client *crux.Client, model string, streamed bool) {
	weather, clock := make(chan struct{}), make(chan struct{})
	meet := func(own, other chan struct{}) (string, error) {
		close(own)
		select {
		case <-other:
			return "met", nil
		case <-time.After(5 * time.Second):
			return "", errors.New("not parallel")
		}
	}
	request := crux.Prompt(model, "weather and time in Köln")
	request.Reasoning = &cruxv1.ReasoningConfig{Effort: cruxv1.ReasoningEffort_REASONING_EFFORT_HIGH}
	request.ParallelToolCalls = proto.Bool(true)
	run := client.NewRun(request,
		crux.NewTool("get_weather", "Tells the weather.", func(context.Context, struct {
			City string `json:"city"`
		}) (string, error) {
			return meet(weather, clock)
		}),
		crux.NewTool("get_time", "Tells the time.", func(context.Context, struct {
			Zone string `json:"zone"`
		}) (string, error) {
			return meet(clock, weather)
		}))

	var err error
	if streamed {
		for _, failure := range run.Stream(context.Background()) {
			err = failure
		}
	} else {
		_, err = run.Do(context.Background())
	}

	if err != nil {
		t.Fatal(err)
	}
	history := run.History()
	hasState := slices.ContainsFunc(history[1].GetContent(), func(part *cruxv1.Part) bool { return part.GetProviderState() != nil })
	if run.Steps() != 2 || len(history) != 4 || len(history[2].GetContent()) != 2 || !hasState ||
		!strings.Contains(run.Response().GetText(), "met") || run.Usage().GetOutputTokens() == 0 {
		t.Errorf("got %d steps, %v", run.Steps(), history)
	}
}
