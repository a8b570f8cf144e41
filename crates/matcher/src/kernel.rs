//! Selection of the instruction set.

use std::{fmt, sync::OnceLock};

/// An instruction set for which the sieve is implemented. All kernels report the same hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kernel {
    /// No vector instructions.
    Scalar,
    /// x86-64 with SSSE3: 16 bytes at a time.
    Ssse3,
    /// x86-64 with AVX2: 32 bytes at a time.
    Avx2,
    /// x86-64 with AVX-512 F, BW and VL: 64 bytes at a time.
    Avx512,
    /// As `Avx512`, with VBMI: six-bit classes, one permutation each.
    Avx512Vbmi,
    /// 64-bit Arm with NEON: 16 bytes at a time.
    Neon,
}

impl Kernel {
    /// All kernels, available on this machine or not.
    pub const ALL: &'static [Kernel] = &[
        Kernel::Scalar,
        Kernel::Ssse3,
        Kernel::Avx2,
        Kernel::Avx512,
        Kernel::Avx512Vbmi,
        Kernel::Neon,
    ];

    /// The environment variable that selects a kernel by name, for tests.
    pub const VARIABLE: &'static str = "KEYSIFT_MATCHER_KERNEL";

    /// Returns the fastest kernel that is available on this machine; determined once.
    pub fn best() -> Kernel {
        static BEST: OnceLock<Kernel> = OnceLock::new();
        *BEST.get_or_init(|| {
            let order = [
                Kernel::Avx512Vbmi,
                Kernel::Avx512,
                Kernel::Avx2,
                Kernel::Neon,
                Kernel::Ssse3,
            ];
            order
                .into_iter()
                .find(|kernel| kernel.is_available())
                .unwrap_or(Kernel::Scalar)
        })
    }

    /// Returns the kernel with this name (`avx2`), if there is one.
    pub fn named(name: &str) -> Option<Kernel> {
        Self::ALL.iter().copied().find(|kernel| kernel.name() == name)
    }

    /// Returns the name.
    pub const fn name(self) -> &'static str {
        match self {
            Kernel::Scalar => "scalar",
            Kernel::Ssse3 => "ssse3",
            Kernel::Avx2 => "avx2",
            Kernel::Avx512 => "avx512",
            Kernel::Avx512Vbmi => "avx512vbmi",
            Kernel::Neon => "neon",
        }
    }

    /// Returns whether the kernel is available on this machine.
    pub fn is_available(self) -> bool {
        match self {
            Kernel::Scalar => true,
            #[cfg(target_arch = "x86_64")]
            Kernel::Ssse3 => is_x86_feature_detected!("ssse3"),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 => {
                is_x86_feature_detected!("avx2")
                    && is_x86_feature_detected!("bmi1")
                    && is_x86_feature_detected!("popcnt")
            }
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512 => {
                Kernel::Avx2.is_available()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512vl")
            }
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512Vbmi => Kernel::Avx512.is_available() && is_x86_feature_detected!("avx512vbmi"),
            #[cfg(target_arch = "aarch64")]
            Kernel::Neon => true,
            #[allow(unreachable_patterns, reason = "the kernels of other processors")]
            _ => false,
        }
    }
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
