// Command structured asks for an answer of a Go type.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/cruxrpc/crux/clients/go/crux"
)

type city struct {
	Name       string   `json:"name"`
	Country    string   `json:"country" jsonschema:"ISO 3166-1 alpha-2"`
	Population int      `json:"population"`
	Sights     []string `json:"sights" jsonschema:"the three best known"`
}

func main() {
	client, err := crux.New(cmp.Or(os.Getenv("CRUX_ADDRESS"), "localhost:50051"), crux.WithToken(os.Getenv("CRUX_TOKEN")))
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = client.Close() }()

	paris, response, err := crux.Structured[city](context.Background(), client,
		crux.Prompt("gemini/gemini-2.5-flash", "Describe Paris."))
	if format := new(crux.FormatError); errors.As(err, &format) {
		log.Fatalf("%v; it was: %q", err, format.Text())
	} else if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%+v\n", paris)
	fmt.Println("answered by", response.GetOutcome().GetModel())
}
