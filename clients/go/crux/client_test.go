package crux_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"

	"github.com/cruxrpc/crux/clients/go/crux"
)

const token = "not-a-real-token"

func TestTokenIsSentAsBearer(t *testing.T) {
	var sent []string
	client := (&server{count: func(ctx context.Context) error {
		incoming, _ := metadata.FromIncomingContext(ctx)
		sent = incoming.Get("authorization")
		return nil
	}}).serve(t, crux.WithToken(token))

	_, err := client.CountTokens(context.Background(), prompt)

	if err != nil || len(sent) != 1 || sent[0] != "Bearer "+token {
		t.Errorf("got %v, %v", sent, err)
	}
}

func TestTokenIsNeverPrinted(t *testing.T) {
	option := crux.WithToken(token)
	client, err := crux.New("localhost:1", option)
	if err != nil {
		t.Fatal(err)
	}
	_, callErr := client.CountTokens(context.Background(), prompt)
	_, refused := crux.New("crux.example:1", option, crux.WithPlaintext())
	_, invalid := crux.New("localhost:1", crux.WithToken(token+"\n"))

	for name, value := range map[string]any{
		"client": client, "client's value": *client, "option": option, "error": callErr, "refusal": refused, "invalid": invalid,
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			if text := fmt.Sprintf(verb, value); strings.Contains(text, token) {
				t.Errorf("%s with %s shows the token", name, verb)
			}
		}
	}
	if refused == nil || invalid == nil {
		t.Errorf("got %v and %v", refused, invalid)
	}
}

func TestTokenInPlaintextStaysOnThisMachine(t *testing.T) {
	for _, test := range []struct {
		address string
		options []crux.Option
		ok      bool
	}{
		{"localhost:50051", nil, true},
		{"LOCALHOST", nil, true},
		{"127.0.0.1:50051", nil, true},
		{"127.8.9.1:50051", nil, true},
		{"[::1]:50051", nil, true},
		{"[::ffff:127.0.0.1]:50051", nil, true},
		{"dns:///localhost:50051", nil, true},
		{"dns:localhost:50051", nil, true},
		{"passthrough:///127.0.0.1:50051", nil, true},
		{"unix:///run/crux.sock", nil, true},
		{"localhost:50051", []crux.Option{crux.WithPlaintext()}, true},
		{"crux.internal:50051", nil, true}, // TLS
		{"crux.internal:50051", []crux.Option{crux.WithTLS(nil)}, true},
		{"crux.internal:50051", []crux.Option{crux.WithPlaintext()}, false},
		{"10.0.0.1:50051", []crux.Option{crux.WithPlaintext()}, false},
		{"0.0.0.0:50051", []crux.Option{crux.WithPlaintext()}, false},
		{"[::]:50051", []crux.Option{crux.WithPlaintext()}, false},
		{"dns:///crux.internal:50051", []crux.Option{crux.WithPlaintext()}, false},
		{"dns://127.0.0.1/crux.internal:50051", []crux.Option{crux.WithPlaintext()}, false},
		{"localhost.example:50051", []crux.Option{crux.WithPlaintext()}, false},
		{"127.0.0.1.example:50051", []crux.Option{crux.WithPlaintext()}, false},
		{"crux.internal:50051", []crux.Option{crux.WithPlaintext(), crux.WithPlaintextToken()}, true},
	} {
		client, err := crux.New(test.address, append(test.options, crux.WithToken(token))...)
		if (err == nil) != test.ok {
			t.Errorf("%s: got %v", test.address, err)
		}
		if client != nil {
			_ = client.Close()
		}
	}
}

func TestOtherMachinesAreSpokenToWithTLS(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	first := make(chan byte, 16)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			header := make([]byte, 1)
			_, _ = conn.Read(header)
			first <- header[0]
			_ = conn.Close()
		}
	}()

	client, err := crux.New(listener.Addr().String(), crux.WithTLS(&tls.Config{ServerName: "crux.example"}))
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.CountTokens(context.Background(), prompt)

	const handshake = 22
	if got := <-first; got != handshake || err == nil {
		t.Errorf("first byte %d, error %v", got, err)
	}
}

func TestOptionsThatContradictAreRefused(t *testing.T) {
	if _, err := crux.New("localhost:1", crux.WithTLS(nil), crux.WithPlaintext()); err == nil {
		t.Error("TLS and plaintext")
	}
	if _, err := crux.New(""); err == nil {
		t.Error("no address")
	}
}

func TestWrongAddressFailsWithinSeconds(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close()
	for _, address := range []string{listener.Addr().String(), "passthrough:///does-not-exist.invalid:50051"} {
		client, err := crux.New(address, crux.WithPlaintext())
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()

		_, err = client.Chat(context.Background(), prompt)

		var failed *crux.Error
		if !errors.As(err, &failed) || failed.Code != codes.Unavailable || time.Since(start) > 6*time.Second {
			t.Errorf("%s: got %v after %v", address, err, time.Since(start))
		}
		if !strings.Contains(err.Error(), "dial") {
			t.Errorf("the error does not say what is wrong: %v", err)
		}
		_ = client.Close()
	}
}

func TestListenerThatIsSilentFailsWithinSeconds(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0") // takes connections, and never says a word
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	client, err := crux.New(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	start := time.Now()

	_, err = client.Chat(context.Background(), prompt)

	var failed *crux.Error
	if !errors.As(err, &failed) || failed.Code != codes.Unavailable || time.Since(start) > 9*time.Second {
		t.Errorf("got %v after %v", err, time.Since(start))
	}
}
