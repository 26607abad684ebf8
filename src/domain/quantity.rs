//! Kubernetes quantities as far as a learner must understand them: CPUs to threads, and whether one is positive.

/// The number that a quantity stands for, in base units. `None` when it is no quantity.
/// Grammar: k8s.io/apimachinery/pkg/api/resource, without exponents.
pub fn parse(text: &str) -> Option<f64> {
    const SUFFIXES: [(&str, f64); 13] = [
        ("Ki", 1024.0),
        ("Mi", 1_048_576.0),
        ("Gi", 1_073_741_824.0),
        ("Ti", 1_099_511_627_776.0),
        ("Pi", 1_125_899_906_842_624.0),
        ("m", 1e-3),
        ("k", 1e3),
        ("M", 1e6),
        ("G", 1e9),
        ("T", 1e12),
        ("P", 1e15),
        ("u", 1e-6),
        ("n", 1e-9),
    ];
    let (digits, factor) = SUFFIXES
        .iter()
        .find_map(|(suffix, factor)| text.strip_suffix(suffix).map(|digits| (digits, *factor)))
        .unwrap_or((text, 1.0));
    let plain = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || c == '.');
    plain.then(|| digits.parse::<f64>().ok()).flatten().map(|number| number * factor)
}

/// Threads for a CPU quantity: rounded down, at least one. More would only wait for the cgroup's quota.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 1 ..= 1024")]
pub fn threads(cpus: f64) -> u32 {
    cpus.floor().clamp(1.0, 1024.0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_read_as_the_api_server_reads_them() {
        let read = ["2", "500m", "1.5", "4Gi", "10M", "x", "", "-1", "1e3"].map(parse);
        let expected =
            [Some(2.0), Some(0.5), Some(1.5), Some(4_294_967_296.0), Some(1e7), None, None, None, None];
        assert_eq!(read, expected);
    }

    #[test]
    fn half_a_cpu_is_one_thread_and_two_and_a_half_are_two() {
        assert_eq!([0.5, 1.0, 2.5, 64.0].map(threads), [1, 1, 2, 64]);
    }
}
