package crux

import (
	"context"
	"iter"

	"google.golang.org/grpc"

	cruxv1 "github.com/cruxrpc/crux/clients/go/crux/v1"
)

// Models are the calls of the model registry: the generated ones, and those that need fewer words.
type Models struct {
	cruxv1.ModelRegistryServiceClient
}

// All returns the models of every page, ordered by id. The request's page_size is the size of a page; nil asks for all.
func (m Models) All(ctx context.Context, request *cruxv1.ListModelsRequest, options ...grpc.CallOption) iter.Seq2[*cruxv1.Model, error] {
	return pages(request.GetPageToken(), func(token string) ([]*cruxv1.Model, string, error) {
		page := copyOf(request)
		page.PageToken = token
		response, err := m.ListModels(ctx, page, options...)
		return response.GetModels(), response.GetNextPageToken(), err
	})
}

// Get returns one model, by id or alias.
func (m Models) Get(ctx context.Context, model string, options ...grpc.CallOption) (*cruxv1.Model, error) {
	response, err := m.GetModel(ctx, &cruxv1.GetModelRequest{Model: model}, options...)
	return response.GetModel(), err
}

// Update changes the fields named, such as "state" or "capabilities.tools", or "*" for all; without any, those that are
// set. A field that is named and unset goes back to what the provider says.
func (m Models) Update(ctx context.Context, model *cruxv1.Model, fields ...string) (*cruxv1.Model, error) {
	mask, err := maskOf(model, fields)
	if err != nil {
		return nil, err
	}
	response, err := m.UpdateModel(ctx, &cruxv1.UpdateModelRequest{Model: model, UpdateMask: mask})
	return response.GetModel(), err
}

// Refresh asks providers for their models now; without any, all that have a key.
func (m Models) Refresh(ctx context.Context, providers ...string) ([]*cruxv1.ProviderRefresh, error) {
	response, err := m.RefreshModels(ctx, &cruxv1.RefreshModelsRequest{Providers: providers})
	return response.GetRefreshes(), err
}

// Providers returns the configured providers and how they do, ordered by id.
func (m Models) Providers(ctx context.Context, options ...grpc.CallOption) iter.Seq2[*cruxv1.Provider, error] {
	return pages("", func(token string) ([]*cruxv1.Provider, string, error) {
		response, err := m.ListProviders(ctx, &cruxv1.ListProvidersRequest{PageToken: token}, options...)
		return response.GetProviders(), response.GetNextPageToken(), err
	})
}
