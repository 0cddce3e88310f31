package io.github.cruxrpc.crux;

import com.google.protobuf.Descriptors.FieldDescriptor;
import io.github.cruxrpc.crux.v1.CostBasis;
import io.github.cruxrpc.crux.v1.Usage;

/** Adds up the usage of several generations. */
final class UsageSum {
  private UsageSum() {}

  /**
   * A count that only one of them has is the sum's. The cost is set where both have one, as a price
   * that is not known is not zero; what it is of they share, or it is left out.
   */
  static Usage of(Usage first, Usage second) {
    Usage.Builder sum = first.toBuilder();
    for (FieldDescriptor field : Usage.getDescriptor().getFields()) {
      if (field.hasPresence() && second.hasField(field)) {
        long added = number(first.getField(field)) + number(second.getField(field));
        boolean wide = field.getJavaType() == FieldDescriptor.JavaType.LONG;
        sum.setField(field, wide ? (Object) added : (Object) Math.toIntExact(added));
      }
    }
    sum.setEstimated(first.getEstimated() || second.getEstimated());
    sum.clearRawJson();
    if (first.getCostBasis() != second.getCostBasis()) {
      sum.setCostBasis(CostBasis.COST_BASIS_UNSPECIFIED);
    }
    if (!first.getPriceVersion().equals(second.getPriceVersion())) {
      sum.clearPriceVersion();
    }
    if (!first.hasCostNanoUsd() || !second.hasCostNanoUsd()) {
      sum.clearCostNanoUsd().clearCostBasis().clearPriceVersion();
    }
    return sum.build();
  }

  private static long number(Object count) {
    return ((Number) count).longValue();
  }
}
