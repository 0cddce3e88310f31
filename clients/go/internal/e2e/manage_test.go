package e2e

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/cruxrpc/crux/clients/go/crux"
	cruxv1 "github.com/cruxrpc/crux/clients/go/crux/v1"
)

// reason returns why a call failed.
func reason(err error) cruxv1.ErrorReason {
	var failed *crux.Error
	if !errors.As(err, &failed) {
		return cruxv1.ErrorReason_ERROR_REASON_UNSPECIFIED
	}
	return failed.Reason
}

func TestTokenIsAsked(t *testing.T) {
	for name, test := range map[string]struct {
		token string
		want  cruxv1.ErrorReason
	}{
		"none":  {"", cruxv1.ErrorReason_ERROR_REASON_UNAUTHENTICATED},
		"wrong": {"wrong", cruxv1.ErrorReason_ERROR_REASON_UNAUTHENTICATED},
		"right": {env(t, token), cruxv1.ErrorReason_ERROR_REASON_UNSPECIFIED},
	} {
		_, err := connect(t, tokenServer, crux.WithToken(test.token)).ServerInfo(context.Background())

		if reason(err) != test.want || (err == nil) != (name == "right") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestMutualTLS(t *testing.T) {
	directory := env(t, certificates)
	authority, err := os.ReadFile(filepath.Join(directory, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	own, err := tls.LoadX509KeyPair(filepath.Join(directory, "client.pem"), filepath.Join(directory, "client.key"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	for name, test := range map[string]struct {
		config *tls.Config
		ok     bool
	}{
		"with a certificate":   {&tls.Config{RootCAs: roots, Certificates: []tls.Certificate{own}}, true},
		"without":              {&tls.Config{RootCAs: roots}, false},
		"an unknown authority": {&tls.Config{Certificates: []tls.Certificate{own}}, false},
	} {
		client := connect(t, mtlsServer, crux.WithTLS(test.config))
		start := time.Now()

		response, err := client.Chat(context.Background(), crux.Prompt("openai/gpt-5", "hi"))

		if (err == nil) != test.ok || test.ok && response.GetText() != "You said: hi" || time.Since(start) > 5*time.Second {
			t.Errorf("%s: got %v, %v after %v", name, response, err, time.Since(start))
		}
	}
}

func TestModelsAreListedAndChanged(t *testing.T) {
	models := connect(t, plainServer).Models()
	count := func(size int32) (count int) {
		for _, err := range models.All(context.Background(), &cruxv1.ListModelsRequest{PageSize: size}) {
			if err != nil {
				t.Fatal(err)
			}
			count++
		}
		return count
	}
	if small, large := count(20), count(1000); small != large || small <= 20 {
		t.Errorf("got %d and %d models", small, large)
	}

	model, err := models.Get(context.Background(), "openai/default")
	if err != nil {
		t.Fatal(err)
	}
	changed, err := models.Update(context.Background(), &cruxv1.Model{Id: model.GetId(), DisplayName: "Changed"})
	if err != nil || changed.GetDisplayName() != "Changed" || changed.GetPricing() == nil {
		t.Errorf("got %v, %v", changed, err)
	}
	back, err := models.Update(context.Background(), &cruxv1.Model{Id: model.GetId()}, "display_name")
	if err != nil || back.GetDisplayName() != model.GetDisplayName() {
		t.Errorf("got %v, %v", back, err)
	}

	providers := 0
	for _, err := range models.Providers(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		providers++
	}
	if refreshes, err := models.Refresh(context.Background(), "openai"); err != nil || len(refreshes) != 1 || providers < 7 {
		t.Errorf("got %v, %v, %d providers", refreshes, err, providers)
	}
}

func TestKeysLiveAndDie(t *testing.T) {
	ctx := context.Background()
	keys := connect(t, plainServer).Keys()

	key, err := keys.Create(ctx, &cruxv1.Key{Provider: "openai", DisplayName: "a"}, "value-of-no-key-0001")
	if err != nil {
		t.Fatal(err)
	}
	listed := false
	for other, err := range keys.All(ctx, &cruxv1.ListKeysRequest{Provider: "openai"}) {
		if err != nil {
			t.Fatal(err)
		}
		listed = listed || other.GetId() == key.GetId()
	}
	disabled, disableErr := keys.Disable(ctx, key.GetId())
	enabled, enableErr := keys.Enable(ctx, key.GetId())
	updated, updateErr := keys.Update(ctx, &cruxv1.Key{Id: key.GetId(), Priority: 7})
	var last *cruxv1.RewrapKeysResponse
	for progress, err := range keys.Rewrap(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		last = progress
	}
	deleteErr := keys.Delete(ctx, key.GetId())
	_, gone := keys.Get(ctx, key.GetId())

	if err := errors.Join(disableErr, enableErr, updateErr, deleteErr); err != nil {
		t.Fatal(err)
	}
	if !listed || disabled.GetState() != cruxv1.Key_STATE_DISABLED || enabled.GetState() != cruxv1.Key_STATE_ACTIVE ||
		updated.GetPriority() != 7 || updated.GetDisplayName() != "a" || !last.GetDone() ||
		reason(gone) != cruxv1.ErrorReason_ERROR_REASON_RESOURCE_NOT_FOUND {
		t.Errorf("listed %v, then %v, %v, %v, %v; at last %v", listed, disabled, enabled, updated, last, gone)
	}
}

func TestPreferencesAreKept(t *testing.T) {
	ctx := context.Background()
	preferences := connect(t, plainServer).Preferences()

	_, setErr := preferences.Set(ctx, "u-1", map[string]any{"theme": "dark", "size": 12, "tags": []any{"a"}})
	_, removeErr := preferences.Remove(ctx, "u-1", "size")
	read, readErr := preferences.Get(ctx, "u-1")
	deleteErr := preferences.Delete(ctx, "u-1")
	none, noneErr := preferences.Get(ctx, "u-1")
	_, invalid := preferences.Set(ctx, "u-1", map[string]any{"a": struct{}{}})

	if err := errors.Join(setErr, removeErr, readErr, deleteErr, noneErr); err != nil {
		t.Fatal(err)
	}
	if len(read.GetValues()) != 2 || read.GetValues()["theme"].GetStringValue() != "dark" || len(none.GetValues()) != 0 || invalid == nil {
		t.Errorf("got %v, then %v, and %v", read, none, invalid)
	}
}

func TestTenantsAndTokens(t *testing.T) {
	ctx := context.Background()
	admin := connect(t, tokenServer, crux.WithToken(env(t, token))).Admin()

	tenant, err := admin.Create(ctx, "acme", &cruxv1.Tenant{DisplayName: "Acme"})
	if err != nil {
		t.Fatal(err)
	}
	updated, updateErr := admin.Update(ctx, &cruxv1.Tenant{Id: "acme", Policy: &cruxv1.TenantPolicy{DeniedModels: []string{"openai/*"}}},
		"policy.denied_models")
	created, secret, tokenErr := admin.CreateToken(ctx, &cruxv1.ApiToken{
		TenantId: "acme", Scopes: []string{"chat"}, ExpireTime: timestamppb.New(time.Now().Add(time.Hour)),
	})
	if err := errors.Join(updateErr, tokenErr); err != nil {
		t.Fatal(err)
	}
	acme := connect(t, tokenServer, crux.WithToken(secret))
	_, denied := acme.Chat(ctx, crux.Prompt("openai/gpt-5", "hi"))
	_, allowed := acme.Chat(ctx, crux.Prompt("gemini/gemini-2.5-flash", "hi"))
	_, scope := acme.Preferences().Get(ctx, "")
	revoked, revokeErr := admin.RevokeToken(ctx, created.GetId())
	_, refused := acme.Chat(ctx, crux.Prompt("gemini/gemini-2.5-flash", "hi"))
	var tenants, tokens, actions []string
	for tenant, err := range admin.Tenants(ctx) {
		tenants = append(tenants, tenant.GetId())
		revokeErr = errors.Join(revokeErr, err)
	}
	for token, err := range admin.Tokens(ctx, &cruxv1.ListApiTokensRequest{TenantId: "acme", IncludeInactive: true}) {
		tokens = append(tokens, token.GetId())
		revokeErr = errors.Join(revokeErr, err)
	}
	for record, err := range admin.Audit(ctx, "") {
		actions = append(actions, record.GetAction())
		revokeErr = errors.Join(revokeErr, err)
	}
	deleteErr := admin.Delete(ctx, "acme")
	_, gone := admin.Tenant(ctx, "acme")

	if err := errors.Join(revokeErr, deleteErr, allowed); err != nil {
		t.Fatal(err)
	}
	if tenant.GetDisplayName() != "Acme" || updated.GetDisplayName() != "Acme" || revoked.GetRevokeTime() == nil ||
		!slices.Contains(tenants, "acme") || !slices.Contains(tokens, created.GetId()) ||
		!slices.Contains(actions, "crux.v1.AdminService/CreateTenant") {
		t.Errorf("got %v, %v, %v; %v, %v, %v", tenant, updated, revoked, tenants, tokens, actions)
	}
	for name, got := range map[string][2]cruxv1.ErrorReason{
		"denied model":  {reason(denied), cruxv1.ErrorReason_ERROR_REASON_MODEL_NOT_ALLOWED},
		"scope":         {reason(scope), cruxv1.ErrorReason_ERROR_REASON_PERMISSION_DENIED},
		"revoked token": {reason(refused), cruxv1.ErrorReason_ERROR_REASON_UNAUTHENTICATED},
		"no tenant":     {reason(gone), cruxv1.ErrorReason_ERROR_REASON_RESOURCE_NOT_FOUND},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: got %v, want %v", name, got[0], got[1])
		}
	}
}

func TestServerTellsOfItself(t *testing.T) {
	response, err := connect(t, plainServer).ServerInfo(context.Background())

	if err != nil || response.GetServer().GetVersion() == "" || response.GetCaller().GetTenantId() != "local" {
		t.Errorf("got %v, %v", response, err)
	}
}

func TestWrongAddress(t *testing.T) {
	client, err := crux.New("127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	start := time.Now()

	_, err = client.ServerInfo(context.Background())

	var failed *crux.Error
	if !errors.As(err, &failed) || failed.Code != codes.Unavailable || time.Since(start) > 5*time.Second {
		t.Errorf("got %v after %v", err, time.Since(start))
	}
}
