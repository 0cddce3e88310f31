package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strings"

	"github.com/cruxrpc/crux/clients/go/crux"
)

// client returns the client of a task's server, the same for each task that names it in the same way.
func (d *driver) client(asked *task) (*crux.Client, error) {
	name := strings.Join([]string{asked.Address, asked.Token, asked.CA, asked.Cert, asked.Key}, "\n")
	if client := d.clients[name]; client != nil {
		return client, nil
	}
	options := []crux.Option{crux.WithToken(asked.Token)}
	if asked.CA == "" {
		options = append(options, crux.WithPlaintext())
	} else {
		config, err := tlsConfig(asked)
		if err != nil {
			return nil, err
		}
		options = append(options, crux.WithTLS(config))
	}
	client, err := crux.New(asked.Address, options...)
	if err != nil {
		return nil, err
	}
	d.clients[name] = client
	return client, nil
}

func tlsConfig(asked *task) (*tls.Config, error) {
	authority, err := os.ReadFile(asked.CA)
	if err != nil {
		return nil, err
	}
	config := &tls.Config{RootCAs: x509.NewCertPool()}
	if !config.RootCAs.AppendCertsFromPEM(authority) {
		return nil, fmt.Errorf("no certificate in %s", asked.CA)
	}
	if asked.Cert == "" {
		return config, nil
	}
	certificate, err := tls.LoadX509KeyPair(asked.Cert, asked.Key)
	config.Certificates = []tls.Certificate{certificate}
	return config, err
}
