import { create } from "@bufbuild/protobuf";

import { CostBasis, UsageSchema, type Usage } from "./gen/crux/v1/usage_pb.js";

const COUNTS = [
  "inputTokens",
  "outputTokens",
  "cacheReadTokens",
  "cacheWriteTokens",
  "reasoningTokens",
  "inputImageTokens",
  "inputAudioTokens",
  "outputImageTokens",
  "outputAudioTokens",
  "providerToolCalls",
] as const satisfies (keyof Usage)[];

/**
 * Sums usages. A count that none of them has stays unset. The cost is unset as soon as one of them is not known: an
 * unknown price is not zero.
 */
export function sumUsage(usages: readonly Usage[]): Usage {
  const sum = create(UsageSchema, { estimated: usages.some(({ estimated }) => estimated) });
  for (const count of COUNTS) {
    const known = usages.map((usage) => usage[count]).filter((value) => value !== undefined);
    if (known.length > 0) {
      sum[count] = known.reduce((total, value) => total + value, 0);
    }
  }
  const costs = usages.map(({ costNanoUsd }) => costNanoUsd).filter((cost) => cost !== undefined);
  if (usages.length > 0 && costs.length === usages.length) {
    sum.costNanoUsd = costs.reduce((total, cost) => total + cost, 0n);
    sum.costBasis = same(usages.map(({ costBasis }) => costBasis)) ?? CostBasis.COMPUTED;
    sum.priceVersion = same(usages.map(({ priceVersion }) => priceVersion)) ?? "";
  }
  return sum;
}

function same<T>(values: readonly T[]): T | undefined {
  return values.every((value) => value === values[0]) ? values[0] : undefined;
}
