//! Token and money accounting of one generation.

use crate::domain::pricing::PricedCost;

/// Usage of one generation. An unset count was not reported; 0 is a count.
///
/// Totals include their parts, for every provider alike: input = uncached + cache read + cache
/// write, and output = visible + reasoning.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage {
    /// All input tokens.
    pub input_tokens: Option<u32>,
    /// All output tokens.
    pub output_tokens: Option<u32>,
    /// Part of the input: read from the provider's prompt cache.
    pub cache_read_tokens: Option<u32>,
    /// Part of the input: written to the provider's prompt cache.
    pub cache_write_tokens: Option<u32>,
    /// Part of the output: reasoning, shown or not.
    pub reasoning_tokens: Option<u32>,
    /// Part of the input: images.
    pub input_image_tokens: Option<u32>,
    /// Part of the input: audio.
    pub input_audio_tokens: Option<u32>,
    /// Part of the output: images.
    pub output_image_tokens: Option<u32>,
    /// Part of the output: audio.
    pub output_audio_tokens: Option<u32>,
    /// Tool calls the provider ran and charges for.
    pub provider_tool_calls: Option<u32>,
    /// What the provider says it costs.
    pub reported_cost: Option<NanoUsd>,
    /// What it costs by a price list; `None` where a price is unknown.
    pub priced_cost: Option<PricedCost>,
    /// Counts are the server's estimate.
    pub is_estimated: bool,
    /// The provider's own usage object, JSON; only where raw output is asked for.
    pub raw_json: Option<String>,
}

impl Usage {
    /// What it costs: the provider's own word, else what its prices make of it.
    pub fn cost(&self) -> Option<NanoUsd> {
        self.reported_cost
            .or_else(|| self.priced_cost.as_ref().map(|priced| priced.cost))
    }
}

/// Money in nano-USD (1e-9 USD). Integers only: floats lose cents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct NanoUsd(pub i64);

impl NanoUsd {
    /// Reads a decimal number of USD exactly as written, such as `0.00012345` or `1.2e-05`, rounding
    /// half up past the ninth decimal. `None` for anything else, and beyond the range.
    pub fn from_decimal_usd(text: &str) -> Option<Self> {
        let text = text.trim();
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (negative, digits) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() || fraction.len() > 60 {
            return None;
        }
        let mut value: i128 = 0;
        for digit in whole.bytes().chain(fraction.bytes()) {
            let digit = digit.is_ascii_digit().then(|| i128::from(digit - b'0'))?;
            value = value.checked_mul(10)?.checked_add(digit)?;
        }
        let shift = 9 + exponent.clamp(-60, 60) - i32::try_from(fraction.len()).ok()?;
        let nano = if shift >= 0 {
            value.checked_mul(10_i128.checked_pow(shift.unsigned_abs())?)?
        } else {
            match 10_i128.checked_pow(shift.unsigned_abs()) {
                Some(divisor) => (value + divisor / 2) / divisor,
                None => 0,
            }
        };
        i64::try_from(if negative { -nano } else { nano }).ok().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::NanoUsd;

    #[test]
    fn decimal_usd_is_read_exactly() {
        for (text, nano) in [
            ("0", 0),
            ("0.00012345", 123_450),
            ("1.2e-05", 12_000),
            ("0.0000000015", 2),
            ("0.0000000014", 1),
            ("12", 12_000_000_000),
            ("-0.5", -500_000_000),
            ("3e2", 300_000_000_000),
        ] {
            assert_eq!(NanoUsd::from_decimal_usd(text), Some(NanoUsd(nano)), "{text}");
        }
        for text in ["", "x", "1e99", ".", "1.2.3", "99999999999999999999"] {
            assert_eq!(NanoUsd::from_decimal_usd(text), None, "{text}");
        }
    }
}
