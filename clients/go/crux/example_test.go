package crux_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/cruxrpc/crux/clients/go/crux"
	cruxv1 "github.com/cruxrpc/crux/clients/go/crux/v1"
)

var (
	ctx     = context.Background()
	client  *crux.Client
	request *cruxv1.ChatRequest
)

func ExampleNew() {
	client, err := crux.New("dns:///crux.internal:50051",
		crux.WithToken(os.Getenv("CRUX_TOKEN")),
		crux.WithTLS(&tls.Config{MinVersion: tls.VersionTLS13}))
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = client.Close() }()
}

func ExampleClient_Stream() {
	var answer crux.Accumulator
	for event, err := range client.Stream(ctx, request) {
		if err != nil {
			log.Fatal(err)
		}
		answer.Add(event)
		switch event := event.GetEvent().(type) {
		case *cruxv1.ChatEvent_ReasoningDelta:
			fmt.Fprint(os.Stderr, event.ReasoningDelta.GetText())
		case *cruxv1.ChatEvent_TextDelta:
			fmt.Print(event.TextDelta.GetText())
		}
	}
	request.Messages = append(request.Messages, answer.Message()) // whole, provider state included
}

func ExampleClient_Text() {
	for text, err := range client.Text(ctx, crux.Prompt("openai/gpt-5", "hello")) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Print(text)
	}
}

func ExampleTimeout() {
	answer, err := client.Chat(ctx, request, crux.Timeout(20*time.Second))
	if errors.Is(err, context.DeadlineExceeded) {
		log.Fatal("too late")
	}
	fmt.Println(answer.GetText())
}

func ExampleError() {
	_, err := client.Chat(ctx, request)
	var failed *crux.Error
	switch {
	case errors.Is(err, context.Canceled): // your own cancel
	case errors.Is(err, context.DeadlineExceeded): // your own deadline, whichever side noticed first
	case errors.As(err, &failed):
		log.Println(failed.ReasonName(), failed.Message, failed.RequestID)
	}
}

func ExampleNewTool() {
	type place struct {
		City string `json:"city" jsonschema:"the city's name"`
		Days int    `json:"days,omitempty"` // optional
	}
	type weather struct {
		Celsius int `json:"celsius"`
	}
	getWeather := func(_ context.Context, at place) (weather, error) {
		return weather{Celsius: 12 + at.Days}, nil
	}

	run := client.NewRun(request, crux.NewTool("get_weather", "Tells the weather.", getWeather))
	answer, err := run.Do(ctx)
	if limit := new(crux.StepLimitError); errors.As(err, &limit) {
		log.Fatalf("%v; the conversation has %d messages", limit, len(limit.History))
	} else if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer.GetText(), run.Steps(), run.Usage().GetOutputTokens())
}

func ExampleStructured() {
	type city struct {
		Name   string   `json:"name"`
		Sights []string `json:"sights" jsonschema:"the three best known"`
	}
	paris, _, err := crux.Structured[city](ctx, client, crux.Prompt("openai/gpt-5", "Describe Paris."))
	if format := new(crux.FormatError); errors.As(err, &format) {
		log.Fatal(format.FinishReason(), format.Text())
	}
	fmt.Println(paris.Name, paris.Sights, err)
}

func ExampleMediaFile() {
	picture, err := crux.MediaFile("cat.png")
	if err != nil {
		log.Fatal(err)
	}
	request.Messages = []*cruxv1.Message{crux.User(crux.Text("What is this?"), picture)}
}

func ExampleModels_All() {
	for model, err := range client.Models().All(ctx, &cruxv1.ListModelsRequest{Provider: "openai"}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(model.GetId())
	}
}

func ExampleAdmin_Update() {
	// What is set is what changes; names of fields say so where a field is to be emptied.
	_, err := client.Admin().Update(ctx, &cruxv1.Tenant{Id: "acme", DisplayName: "Acme"})
	_, emptied := client.Admin().Update(ctx, &cruxv1.Tenant{Id: "acme"}, "labels")
	fmt.Println(err, emptied)
}
