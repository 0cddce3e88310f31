//! What a model's tokens cost, and what a generation has cost. An unknown price is never zero.

use serde::{Deserialize, Serialize};

use crate::domain::usage::{NanoUsd, Usage};

/// Prices of one model: nano-USD for a million tokens.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pricing {
    /// Input that no other price is for.
    pub input: Option<i64>,
    /// Output that no other price is for, reasoning included.
    pub output: Option<i64>,
    /// Input read from the provider's prompt cache.
    pub cache_read: Option<i64>,
    /// Input written to it.
    pub cache_write: Option<i64>,
    /// Images in the input; unset, they cost what text does.
    pub input_image: Option<i64>,
    /// Audio in the input.
    pub input_audio: Option<i64>,
    /// Images in the output.
    pub output_image: Option<i64>,
    /// Audio in the output.
    pub output_audio: Option<i64>,
    /// The largest input these prices are for: above it the provider takes more than is known here.
    pub max_input_tokens: Option<u32>,
    /// The price list they are from; its last word is a day, such as `catalog@2026-11-22`.
    pub version: String,
}

/// What a generation costs by a price list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricedCost {
    /// How much.
    pub cost: NanoUsd,
    /// [`Pricing::version`] of the list.
    pub price_version: String,
}

const MILLION: i128 = 1_000_000;

impl Pricing {
    /// What `usage` costs; `None` where a count or the price of any part of it is unknown.
    pub fn cost(&self, usage: &Usage) -> Option<PricedCost> {
        let (input, output) = (usage.input_tokens?, usage.output_tokens?);
        if self.max_input_tokens.is_some_and(|most| input > most) {
            return None;
        }
        // A search or a run has its own fee, which no list here tells.
        if usage.provider_tool_calls.is_some_and(|calls| calls > 0) {
            return None;
        }
        let inputs = [
            (usage.cache_read_tokens, self.cache_read),
            (usage.cache_write_tokens, self.cache_write),
            (usage.input_image_tokens, self.input_image.or(self.input)),
            (usage.input_audio_tokens, self.input_audio),
        ];
        let outputs = [
            (usage.output_image_tokens, self.output_image),
            (usage.output_audio_tokens, self.output_audio),
        ];
        let total = side(input, self.input, &inputs)? + side(output, self.output, &outputs)?;
        let nano = (total + MILLION / 2) / MILLION;
        Some(PricedCost {
            cost: NanoUsd(i64::try_from(nano).ok()?),
            price_version: self.version.clone(),
        })
    }

    /// The day of the list: the last word of its version.
    pub fn day(&self) -> Option<&str> {
        self.version.rsplit_once('@').map(|(_, day)| day)
    }

    /// Whether the prices are the same, whichever list they are from.
    pub fn equals(&self, other: &Self) -> bool {
        Self {
            version: other.version.clone(),
            ..self.clone()
        } == *other
    }
}

/// A million times what one side of a generation costs: its parts at their prices, the rest at `price`.
fn side(all: u32, price: Option<i64>, parts: &[(Option<u32>, Option<i64>)]) -> Option<i128> {
    let mut rest = i128::from(all);
    let mut cost = 0_i128;
    for (tokens, price) in parts {
        let tokens = i128::from(tokens.unwrap_or_default());
        if tokens > 0 {
            cost += tokens * i128::from((*price)?);
            rest -= tokens;
        }
    }
    match rest {
        0 => Some(cost),
        1.. => Some(cost + rest * i128::from(price?)),
        // Parts that are more than the whole overlap: how, nobody says.
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Pricing;
    use crate::domain::usage::{NanoUsd, Usage};

    fn pricing() -> Pricing {
        Pricing {
            input: Some(2_000_000_000),
            output: Some(8_000_000_000),
            cache_read: Some(500_000_000),
            max_input_tokens: Some(1_000_000),
            version: "test@2026-11-22".to_owned(),
            ..Pricing::default()
        }
    }

    fn usage(input: u32, output: u32) -> Usage {
        Usage {
            input_tokens: Some(input),
            output_tokens: Some(output),
            ..Usage::default()
        }
    }

    #[test]
    fn every_part_is_paid_once_at_its_own_price() {
        let cached = Usage {
            cache_read_tokens: Some(400),
            ..usage(1000, 10)
        };

        let priced = pricing().cost(&cached).unwrap();

        assert_eq!(priced.cost, NanoUsd(600 * 2_000 + 400 * 500 + 10 * 8_000));
        assert_eq!(priced.price_version, "test@2026-11-22");
        assert_eq!(pricing().cost(&usage(0, 0)).unwrap().cost, NanoUsd(0));
    }

    #[test]
    fn what_is_not_known_is_unpriced_and_never_zero() {
        let unknown = [
            Usage::default(),
            Usage {
                input_audio_tokens: Some(1),
                ..usage(10, 10)
            },
            Usage {
                cache_write_tokens: Some(1),
                ..usage(10, 10)
            },
            Usage {
                provider_tool_calls: Some(1),
                ..usage(10, 10)
            },
            Usage {
                cache_read_tokens: Some(11),
                ..usage(10, 10)
            },
            usage(1_000_001, 1),
        ];
        for usage in unknown {
            assert_eq!(pricing().cost(&usage), None, "{usage:?}");
        }
        let half = Pricing {
            output: None,
            ..pricing()
        };
        assert_eq!(half.cost(&usage(10, 10)), None);
        assert_eq!(half.cost(&usage(10, 0)).unwrap().cost, NanoUsd(20_000));
    }

    #[test]
    fn fractions_of_a_nano_usd_are_rounded_once() {
        let cheap = Pricing {
            input: Some(1),
            output: Some(1),
            ..Pricing::default()
        };

        assert_eq!(cheap.cost(&usage(499_999, 0)).unwrap().cost, NanoUsd(0));
        assert_eq!(cheap.cost(&usage(250_000, 250_000)).unwrap().cost, NanoUsd(1));
    }
}
