package crux

import (
	"context"
	"iter"

	"google.golang.org/grpc"

	cruxv1 "github.com/cruxrpc/crux/clients/go/crux/v1"
)

// Keys are the calls of the key vault: the generated ones, and those that need fewer words. No call gives a key back.
type Keys struct {
	cruxv1.KeyVaultServiceClient
}

// All returns the keys of every page, ordered by provider, then priority. Nil asks for all.
func (k Keys) All(ctx context.Context, request *cruxv1.ListKeysRequest, options ...grpc.CallOption) iter.Seq2[*cruxv1.Key, error] {
	return pages(request.GetPageToken(), func(token string) ([]*cruxv1.Key, string, error) {
		page := copyOf(request)
		page.PageToken = token
		response, err := k.ListKeys(ctx, page, options...)
		return response.GetKeys(), response.GetNextPageToken(), err
	})
}

// Create stores a key of a provider. Use CreateKey to choose its id, or to verify it first.
func (k Keys) Create(ctx context.Context, key *cruxv1.Key, secret string, options ...grpc.CallOption) (*cruxv1.Key, error) {
	response, err := k.CreateKey(ctx, &cruxv1.CreateKeyRequest{Key: key, Secret: secret}, options...)
	return response.GetKey(), err
}

// Get returns what is known about a key.
func (k Keys) Get(ctx context.Context, id string, options ...grpc.CallOption) (*cruxv1.Key, error) {
	response, err := k.GetKey(ctx, &cruxv1.GetKeyRequest{KeyId: id}, options...)
	return response.GetKey(), err
}

// Update changes the fields named, such as "priority"; without any, those that are set. The key's id says which.
func (k Keys) Update(ctx context.Context, key *cruxv1.Key, fields ...string) (*cruxv1.Key, error) {
	mask, err := maskOf(key, fields)
	if err != nil {
		return nil, err
	}
	response, err := k.UpdateKey(ctx, &cruxv1.UpdateKeyRequest{Key: key, UpdateMask: mask})
	return response.GetKey(), err
}

// Enable makes a key used again, from the next request on.
func (k Keys) Enable(ctx context.Context, id string, options ...grpc.CallOption) (*cruxv1.Key, error) {
	return k.setState(ctx, id, cruxv1.Key_STATE_ACTIVE, options)
}

// Disable stops the use of a key, from the next request on.
func (k Keys) Disable(ctx context.Context, id string, options ...grpc.CallOption) (*cruxv1.Key, error) {
	return k.setState(ctx, id, cruxv1.Key_STATE_DISABLED, options)
}

func (k Keys) setState(ctx context.Context, id string, state cruxv1.Key_State, options []grpc.CallOption) (*cruxv1.Key, error) {
	response, err := k.SetKeyState(ctx, &cruxv1.SetKeyStateRequest{KeyId: id, State: state}, options...)
	return response.GetKey(), err
}

// Delete destroys a key for good.
func (k Keys) Delete(ctx context.Context, id string, options ...grpc.CallOption) error {
	_, err := k.DeleteKey(ctx, &cruxv1.DeleteKeyRequest{KeyId: id}, options...)
	return err
}

// Rewrap wraps every key anew under the server's current key-encryption key, and tells how far it is; the last one has
// done set. What is wrapped stays so where it ends early. Give it a [Timeout] that suits the number of keys.
func (k Keys) Rewrap(ctx context.Context, options ...grpc.CallOption) iter.Seq2[*cruxv1.RewrapKeysResponse, error] {
	return func(yield func(*cruxv1.RewrapKeysResponse, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		call, err := k.RewrapKeys(ctx, &cruxv1.RewrapKeysRequest{}, options...)
		if err != nil {
			yield(nil, err)
			return
		}
		begun, done := false, false
		for {
			progress, err := call.Recv()
			if err != nil {
				if !done {
					yield(nil, broken(ctx, err, begun, ""))
				}
				return
			}
			begun, done = true, progress.GetDone()
			if !yield(progress, nil) {
				return
			}
		}
	}
}
