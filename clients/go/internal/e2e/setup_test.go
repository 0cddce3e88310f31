// Package e2e tests the client against servers that run: `crux serve --sandbox`, started by test.sh.
package e2e

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/cruxrpc/crux/clients/go/crux"
)

// environment names what test.sh has started.
const (
	plainServer  = "CRUX_TEST_ADDRESS"       // in plaintext, open
	sandbox      = "CRUX_TEST_SANDBOX"       // its sandbox's HTTP address
	tokenServer  = "CRUX_TEST_TOKEN_ADDRESS" // in plaintext, wants token
	token        = "CRUX_TEST_TOKEN"
	mtlsServer   = "CRUX_TEST_MTLS_ADDRESS"
	certificates = "CRUX_TEST_CERTIFICATES" // directory of ca.pem, client.pem, client.key
)

func env(t *testing.T, name string) string {
	t.Helper()
	value := os.Getenv(name)
	if value == "" {
		t.Fatalf("%s is not set: run test.sh", name)
	}
	return value
}

func connect(t *testing.T, server string, options ...crux.Option) *crux.Client {
	t.Helper()
	client, err := crux.New(env(t, server), options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// stats are what the sandbox counts.
type stats struct {
	Open      int `json:"open"`
	Completed int `json:"completed"`
	Aborted   int `json:"aborted"`
}

func sandboxStats(t *testing.T) stats {
	t.Helper()
	response, err := http.Get("http://" + env(t, sandbox) + "/sandbox/stats")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var counted stats
	if err := json.NewDecoder(response.Body).Decode(&counted); err != nil {
		t.Fatal(err)
	}
	return counted
}

// stopsProvider fails the test unless the sandbox has been left by one more caller within a second.
func stopsProvider(t *testing.T, call func(context.Context, context.CancelFunc)) {
	t.Helper()
	before := sandboxStats(t).Aborted
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	call(ctx, cancel)
	for end := time.Now().Add(time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if sandboxStats(t).Aborted == before+1 {
			return
		}
	}
	t.Errorf("the provider's request goes on: %+v", sandboxStats(t))
}
