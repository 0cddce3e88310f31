// Command tools lets a model call two functions, at once where it likes, and prints the conversation.
package main

import (
	"cmp"
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/cruxrpc/crux/clients/go/crux"
	cruxv1 "github.com/cruxrpc/crux/clients/go/crux/v1"
)

type weatherArguments struct {
	City string `json:"city" jsonschema:"the city's name"`
	Days int    `json:"days,omitempty" jsonschema:"how many days ahead"`
}

type weather struct {
	Celsius int    `json:"celsius"`
	Sky     string `json:"sky"`
}

func getWeather(_ context.Context, arguments weatherArguments) (weather, error) {
	return weather{Celsius: 12 + arguments.Days, Sky: "clear over " + arguments.City}, nil
}

type timeArguments struct {
	Zone string `json:"zone" jsonschema:"the time zone's IANA name"`
}

func getTime(_ context.Context, arguments timeArguments) (string, error) {
	zone, err := time.LoadLocation(arguments.Zone)
	if err != nil {
		return "", err // the model is told, and may try another
	}
	return time.Now().In(zone).Format(time.Kitchen), nil
}

func main() {
	client, err := crux.New(cmp.Or(os.Getenv("CRUX_ADDRESS"), "localhost:50051"), crux.WithToken(os.Getenv("CRUX_TOKEN")))
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = client.Close() }()

	run := client.NewRun(crux.Prompt("openai/gpt-5", "What are the weather and the time in Paris?"),
		crux.NewTool("get_weather", "Tells the weather of a city.", getWeather),
		crux.NewTool("get_time", "Tells the time in a zone.", getTime),
	)
	for event, err := range run.Stream(context.Background()) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Print(event.GetTextDelta().GetText())
	}
	fmt.Println()
	for _, message := range run.History() {
		for _, part := range message.GetContent() {
			switch kind := part.GetKind().(type) {
			case *cruxv1.Part_ToolCall:
				fmt.Printf("called %s with %s\n", kind.ToolCall.GetName(), kind.ToolCall.GetArgumentsJson())
			case *cruxv1.Part_ToolResult:
				fmt.Printf("%s answered %s\n", kind.ToolResult.GetName(), kind.ToolResult.GetContent()[0].GetText())
			}
		}
	}
	fmt.Printf("%d steps, %d tokens out\n", run.Steps(), run.Usage().GetOutputTokens())
}
