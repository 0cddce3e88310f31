// Command cancel ends a call in each of the three ways there are: leaving the loop, cancelling, and a deadline.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/cruxrpc/crux/clients/go/crux"
)

func main() {
	client, err := crux.New(cmp.Or(os.Getenv("CRUX_ADDRESS"), "localhost:50051"), crux.WithToken(os.Getenv("CRUX_TOKEN")))
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = client.Close() }()

	// The sandbox sends one of these hundred words every 50 ms; other servers know no such model.
	request := crux.Prompt("openai/gpt-5+fault:gap=50ms,chunks=100", "Count to a hundred.")

	words := 0
	for _, err := range client.Text(context.Background(), request) {
		if err != nil {
			log.Fatal(err)
		}
		if words++; words == 3 {
			break
		}
	}
	fmt.Println("left after", words, "words")

	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(200*time.Millisecond, cancel)
	_, err = crux.Collect(client.Stream(ctx, request))
	fmt.Println("cancelled:", errors.Is(err, context.Canceled))

	_, err = crux.Collect(client.Stream(context.Background(), request, crux.Timeout(200*time.Millisecond)))
	fmt.Println("deadline passed:", errors.Is(err, context.DeadlineExceeded))
}
