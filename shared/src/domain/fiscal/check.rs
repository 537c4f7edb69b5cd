//! Check digits modulo 11: the digits, from the last to the first, are multiplied by weights that begin again after the highest.

/// The weighted sum of digits modulo 11; none for a text that has anything else. `weights` go round.
pub fn sum(digits: &str, weights: std::ops::RangeInclusive<u32>) -> Option<u32> {
    let weights = weights.cycle();
    let mut sum = 0_u32;
    for (digit, weight) in digits.chars().rev().zip(weights) {
        sum = (sum + digit.to_digit(10)? * weight) % 11;
    }
    Some(sum)
}
