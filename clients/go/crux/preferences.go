package crux

import (
	"context"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/structpb"

	cruxv1 "github.com/cruxrpc/crux/clients/go/crux/v1"
)

// Preferences are the calls that keep preferences: the generated ones, and those that need fewer words. A user's id is
// the application's own; an empty one stands for the tenant.
type Preferences struct {
	cruxv1.PreferencesServiceClient
}

// Get returns a user's preferences. None are an empty set.
func (p Preferences) Get(ctx context.Context, user string, options ...grpc.CallOption) (*cruxv1.Preferences, error) {
	response, err := p.GetPreferences(ctx, &cruxv1.GetPreferencesRequest{EndUserId: user}, options...)
	return response.GetPreferences(), err
}

// Set adds or replaces preferences, all or none of them. Values are what structpb.NewValue takes.
func (p Preferences) Set(ctx context.Context, user string, values map[string]any, options ...grpc.CallOption) (*cruxv1.Preferences, error) {
	set, err := structpb.NewStruct(values)
	if err != nil {
		return nil, fmt.Errorf("crux: %w", err)
	}
	request := &cruxv1.UpdatePreferencesRequest{EndUserId: user, Set: set.GetFields()}
	response, err := p.UpdatePreferences(ctx, request, options...)
	return response.GetPreferences(), err
}

// Remove removes preferences, where they are there.
func (p Preferences) Remove(ctx context.Context, user string, names ...string) (*cruxv1.Preferences, error) {
	request := &cruxv1.UpdatePreferencesRequest{EndUserId: user, Remove: names}
	response, err := p.UpdatePreferences(ctx, request)
	return response.GetPreferences(), err
}

// Delete removes all of a user's preferences.
func (p Preferences) Delete(ctx context.Context, user string, options ...grpc.CallOption) error {
	_, err := p.DeletePreferences(ctx, &cruxv1.DeletePreferencesRequest{EndUserId: user}, options...)
	return err
}
