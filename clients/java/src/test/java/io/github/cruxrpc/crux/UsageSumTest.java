package io.github.cruxrpc.crux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cruxrpc.crux.v1.CostBasis;
import io.github.cruxrpc.crux.v1.Usage;
import org.junit.jupiter.api.Test;

class UsageSumTest {
  private static final Usage PRICED =
      Usage.newBuilder()
          .setInputTokens(3)
          .setCostNanoUsd(5)
          .setCostBasis(CostBasis.COST_BASIS_COMPUTED)
          .setPriceVersion("v1")
          .build();
  private static final Usage UNPRICED =
      Usage.newBuilder().setInputTokens(4).setOutputTokens(1).setEstimated(true).build();

  @Test
  void countsAndCostsAreAdded() {
    assertEquals(
        PRICED.toBuilder().setInputTokens(6).setCostNanoUsd(10).build(),
        UsageSum.of(PRICED, PRICED));
  }

  @Test
  void costIsUnknownWhereThatOfOneIs() {
    Usage expected =
        Usage.newBuilder().setInputTokens(7).setOutputTokens(1).setEstimated(true).build();

    assertEquals(expected, UsageSum.of(PRICED, UNPRICED));
    assertEquals(expected, UsageSum.of(UNPRICED, PRICED));
  }
}
