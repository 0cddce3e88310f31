package crux

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	cruxv1 "github.com/cruxrpc/crux/clients/go/crux/v1"
)

// usageSum adds up usage.
type usageSum struct {
	sum *cruxv1.Usage
	// A cost was missing: what is known of the others is no total.
	costUnknown bool
}

// add adds one usage; nil is one of which nothing is known.
func (u *usageSum) add(usage *cruxv1.Usage) {
	u.costUnknown = u.costUnknown || usage == nil || usage.CostNanoUsd == nil
	if u.sum == nil {
		u.sum = &cruxv1.Usage{CostBasis: usage.GetCostBasis(), PriceVersion: usage.GetPriceVersion()}
	}
	sum := u.sum.ProtoReflect()
	usage.ProtoReflect().Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch field.Kind() {
		case protoreflect.Int32Kind:
			sum.Set(field, protoreflect.ValueOfInt32(int32(sum.Get(field).Int()+value.Int())))
		case protoreflect.Int64Kind:
			sum.Set(field, protoreflect.ValueOfInt64(sum.Get(field).Int()+value.Int()))
		}
		return true
	})
	u.sum.Estimated = u.sum.Estimated || usage.GetEstimated()
	if u.sum.CostBasis != usage.GetCostBasis() {
		u.sum.CostBasis = cruxv1.CostBasis_COST_BASIS_UNSPECIFIED
	}
	if u.sum.PriceVersion != usage.GetPriceVersion() {
		u.sum.PriceVersion = ""
	}
}

// total returns the sum so far.
func (u *usageSum) total() *cruxv1.Usage {
	if u.sum == nil {
		return &cruxv1.Usage{}
	}
	total := proto.Clone(u.sum).(*cruxv1.Usage)
	if u.costUnknown {
		total.CostNanoUsd, total.CostBasis, total.PriceVersion = nil, cruxv1.CostBasis_COST_BASIS_UNSPECIFIED, ""
	}
	return total
}
