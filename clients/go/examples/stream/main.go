// Command stream prints an answer as it comes, and what it used.
package main

import (
	"cmp"
	"context"
	"fmt"
	"log"
	"os"

	"github.com/cruxrpc/crux/clients/go/crux"
	cruxv1 "github.com/cruxrpc/crux/clients/go/crux/v1"
)

func main() {
	client, err := crux.New(cmp.Or(os.Getenv("CRUX_ADDRESS"), "localhost:50051"), crux.WithToken(os.Getenv("CRUX_TOKEN")))
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = client.Close() }()

	request := crux.Prompt("anthropic/claude-sonnet-4-5", "Why is the sky blue?")
	request.Reasoning = &cruxv1.ReasoningConfig{Effort: cruxv1.ReasoningEffort_REASONING_EFFORT_LOW}
	var answer crux.Accumulator
	for event, err := range client.Stream(context.Background(), request) {
		if err != nil {
			log.Fatal(err)
		}
		answer.Add(event)
		switch event := event.GetEvent().(type) {
		case *cruxv1.ChatEvent_ReasoningDelta:
			fmt.Print(event.ReasoningDelta.GetText())
		case *cruxv1.ChatEvent_TextDelta:
			fmt.Print(event.TextDelta.GetText())
		case *cruxv1.ChatEvent_PartFinished:
			fmt.Println()
		}
	}
	usage := answer.Response().GetOutcome().GetUsage()
	fmt.Printf("%d parts, %d tokens in, %d out\n",
		len(answer.Message().GetContent()), usage.GetInputTokens(), usage.GetOutputTokens())
}
