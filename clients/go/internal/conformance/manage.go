package main

import (
	"errors"
	"iter"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/cruxrpc/crux/clients/go/crux"
	cruxv1 "github.com/cruxrpc/crux/clients/go/crux/v1"
)

// calls are what a task can ask for.
var calls = map[string]func(*scene) error{
	"stream":       stream,
	"chat":         chat,
	"text":         text,
	"tools":        tools,
	"structured":   structured,
	"image":        image,
	"count_tokens": countTokens,
	"models":       models,
	"keys":         keys,
	"preferences":  preferences,
	"admin":        admin,
	"info":         info,
}

func (s *scene) did(what string) { s.saw.Did = append(s.saw.Did, what) }

// find returns whether a sequence holds an item.
func find[T any](items iter.Seq2[T, error], is func(T) bool) (bool, error) {
	for item, err := range items {
		if err != nil || is(item) {
			return err == nil, err
		}
	}
	return false, nil
}

func models(s *scene) error {
	count := 0
	for _, err := range s.client.Models().All(s.ctx, &cruxv1.ListModelsRequest{PageSize: 20}) {
		if err != nil {
			return err
		}
		count++
	}
	s.saw.Count = &count
	model, err := s.client.Models().Get(s.ctx, "openai/default")
	s.saw.Model = model.GetId()
	return err
}

func keys(s *scene) error {
	keys := s.client.Keys()
	key, err := keys.Create(s.ctx, &cruxv1.Key{Provider: "openai", DisplayName: "conformance"}, "conformance-key-value-0001")
	if err != nil {
		return err
	}
	s.did("created")
	listed, err := find(keys.All(s.ctx, nil), func(other *cruxv1.Key) bool { return other.GetId() == key.GetId() })
	if err != nil {
		return err
	}
	if listed {
		s.did("listed")
	}
	key, err = keys.Disable(s.ctx, key.GetId())
	if err != nil {
		return err
	}
	if key.GetState() == cruxv1.Key_STATE_DISABLED {
		s.did("disabled")
	}
	if err := keys.Delete(s.ctx, key.GetId()); err != nil {
		return err
	}
	s.did("deleted")
	_, err = keys.Get(s.ctx, key.GetId())
	if status.Code(err) != codes.NotFound {
		return err
	}
	s.did("not_found")
	return nil
}

func preferences(s *scene) error {
	const user = "conformance"
	preferences := s.client.Preferences()
	if _, err := preferences.Set(s.ctx, user, map[string]any{"theme": "dark"}); err != nil {
		return err
	}
	s.did("set")
	read, err := preferences.Get(s.ctx, user)
	if err != nil {
		return err
	}
	if read.GetValues()["theme"].GetStringValue() == "dark" {
		s.did("read")
	}
	if err := preferences.Delete(s.ctx, user); err != nil {
		return err
	}
	s.did("deleted")
	return nil
}

func admin(s *scene) error {
	const tenant = "conformance-go"
	admin := s.client.Admin()
	_, err := admin.Create(s.ctx, tenant, nil)
	var failed *crux.Error
	if errors.As(err, &failed) && failed.Reason == cruxv1.ErrorReason_ERROR_REASON_RESOURCE_EXISTS {
		err = nil
	}
	if err != nil {
		return err
	}
	s.did("tenant")
	token, secret, err := admin.CreateToken(s.ctx, &cruxv1.ApiToken{
		TenantId:   tenant,
		Scopes:     []string{"chat"},
		ExpireTime: timestamppb.New(time.Now().Add(time.Hour)),
	})
	if err != nil {
		return err
	}
	if secret != "" {
		s.did("token")
	}
	listed, err := find(admin.Tokens(s.ctx, &cruxv1.ListApiTokensRequest{TenantId: tenant}),
		func(other *cruxv1.ApiToken) bool { return other.GetId() == token.GetId() })
	if err != nil {
		return err
	}
	if listed {
		s.did("listed")
	}
	revoked, err := admin.RevokeToken(s.ctx, token.GetId())
	if err != nil {
		return err
	}
	if revoked.GetRevokeTime() != nil {
		s.did("revoked")
	}
	return nil
}

func info(s *scene) error {
	response, err := s.client.ServerInfo(s.ctx)
	s.saw.Version = response.GetServer().GetVersion()
	s.saw.Tenant = response.GetCaller().GetTenantId()
	return err
}
