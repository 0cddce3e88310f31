package crux

import (
	"context"
	"iter"

	"google.golang.org/grpc"

	cruxv1 "github.com/cruxrpc/crux/clients/go/crux/v1"
)

// Admin are the calls that manage tenants and tokens: the generated ones, and those that need fewer words.
type Admin struct {
	cruxv1.AdminServiceClient
}

// Tenants returns the tenants of every page, ordered by id.
func (a Admin) Tenants(ctx context.Context, options ...grpc.CallOption) iter.Seq2[*cruxv1.Tenant, error] {
	return pages("", func(token string) ([]*cruxv1.Tenant, string, error) {
		response, err := a.ListTenants(ctx, &cruxv1.ListTenantsRequest{PageToken: token}, options...)
		return response.GetTenants(), response.GetNextPageToken(), err
	})
}

// Tenant returns a tenant; for an empty id, the caller's own.
func (a Admin) Tenant(ctx context.Context, id string, options ...grpc.CallOption) (*cruxv1.Tenant, error) {
	response, err := a.GetTenant(ctx, &cruxv1.GetTenantRequest{TenantId: id}, options...)
	return response.GetTenant(), err
}

// Create creates a tenant. Nil is a tenant without further properties.
func (a Admin) Create(ctx context.Context, id string, tenant *cruxv1.Tenant, options ...grpc.CallOption) (*cruxv1.Tenant, error) {
	response, err := a.CreateTenant(ctx, &cruxv1.CreateTenantRequest{TenantId: id, Tenant: tenant}, options...)
	return response.GetTenant(), err
}

// Update changes the fields named, such as "state" or "policy.allowed_models"; without any, those that are set. The
// tenant's id says which.
func (a Admin) Update(ctx context.Context, tenant *cruxv1.Tenant, fields ...string) (*cruxv1.Tenant, error) {
	mask, err := maskOf(tenant, fields)
	if err != nil {
		return nil, err
	}
	response, err := a.UpdateTenant(ctx, &cruxv1.UpdateTenantRequest{Tenant: tenant, UpdateMask: mask})
	return response.GetTenant(), err
}

// Delete deletes a tenant with its tokens, keys and preferences.
func (a Admin) Delete(ctx context.Context, id string, options ...grpc.CallOption) error {
	_, err := a.DeleteTenant(ctx, &cruxv1.DeleteTenantRequest{TenantId: id}, options...)
	return err
}

// Tokens returns the tokens of every page, ordered by id. Nil asks for the caller's own tenant's.
func (a Admin) Tokens(ctx context.Context, request *cruxv1.ListApiTokensRequest, options ...grpc.CallOption) iter.Seq2[*cruxv1.ApiToken, error] {
	return pages(request.GetPageToken(), func(token string) ([]*cruxv1.ApiToken, string, error) {
		page := copyOf(request)
		page.PageToken = token
		response, err := a.ListApiTokens(ctx, page, options...)
		return response.GetApiTokens(), response.GetNextPageToken(), err
	})
}

// CreateToken creates a token and returns its secret, which cannot be shown again.
func (a Admin) CreateToken(ctx context.Context, token *cruxv1.ApiToken, options ...grpc.CallOption) (created *cruxv1.ApiToken, secret string, err error) {
	response, err := a.CreateApiToken(ctx, &cruxv1.CreateApiTokenRequest{ApiToken: token}, options...)
	return response.GetApiToken(), response.GetSecret(), err
}

// RevokeToken ends a token at once.
func (a Admin) RevokeToken(ctx context.Context, id string, options ...grpc.CallOption) (*cruxv1.ApiToken, error) {
	response, err := a.RevokeApiToken(ctx, &cruxv1.RevokeApiTokenRequest{ApiTokenId: id}, options...)
	return response.GetApiToken(), err
}

// Audit returns the operations on tenants, tokens and keys, latest first. An empty tenant is all of them.
func (a Admin) Audit(ctx context.Context, tenant string, options ...grpc.CallOption) iter.Seq2[*cruxv1.AuditRecord, error] {
	return pages("", func(token string) ([]*cruxv1.AuditRecord, string, error) {
		request := &cruxv1.ListAuditRecordsRequest{PageToken: token, TenantId: tenant}
		response, err := a.ListAuditRecords(ctx, request, options...)
		return response.GetAuditRecords(), response.GetNextPageToken(), err
	})
}
