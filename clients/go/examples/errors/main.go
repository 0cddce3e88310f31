// Command errors shows what a failed call tells. The faults are the sandbox's; other servers know no such models.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	"google.golang.org/protobuf/proto"

	"github.com/cruxrpc/crux/clients/go/crux"
	cruxv1 "github.com/cruxrpc/crux/clients/go/crux/v1"
)

func main() {
	client, err := crux.New(cmp.Or(os.Getenv("CRUX_ADDRESS"), "localhost:50051"), crux.WithToken(os.Getenv("CRUX_TOKEN")))
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = client.Close() }()

	limited := crux.Prompt("openai/gpt-5+fault:status=429,retry-after=30", "hello")
	limited.Routing = &cruxv1.RoutingOptions{MaxAttempts: proto.Int32(1)} // the server would wait and try again
	for _, request := range []*cruxv1.ChatRequest{
		{Model: "openai/gpt-5"}, // no messages
		crux.Prompt("openai/missing", "hello"),
		limited,
		crux.Prompt("openai/gpt-5+fault:error-midstream", "hello"),
	} {
		response, err := crux.Collect(client.Stream(context.Background(), request))
		explain(response, err)
	}
}

func explain(response *cruxv1.ChatResponse, err error) {
	var failed *crux.Error
	if !errors.As(err, &failed) {
		log.Fatalf("expected an error of crux, got %v", err)
	}
	fmt.Printf("%s (%v, %v)\n", failed.ReasonName(), failed.Code, failed.Origin)
	for _, violation := range failed.Violations {
		fmt.Printf("  field %s: %s\n", violation.GetField(), violation.GetDescription())
	}
	if failed.Provider != nil {
		fmt.Printf("  provider %s answered %d\n", failed.Provider.GetProvider(), failed.Provider.GetHttpStatus())
	}
	if failed.Retryable {
		fmt.Printf("  may be sent again, after %v at least\n", failed.RetryDelay)
	}
	if failed.Origin != crux.FromStatus {
		fmt.Printf("  came before: %q, %d tokens\n", response.GetText(), failed.Usage.GetOutputTokens())
	}
}
