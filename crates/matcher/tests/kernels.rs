//! The loops of the kernels have no calls and write eight positions at a time. The test reads its own machine
//! code.
//!
//! An intrinsic that is not inlined costs a call for each vector and doubles the run time; additions with
//! overflow checks cost another quarter of a scan. Both are visible only in the machine code. The test needs
//! an optimized build with symbols, and `objdump`. `.ci/run` runs it without LTO, which must not be
//! necessary: `CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_STRIP=none cargo test --release -p
//! keysift-matcher --test kernels`.
#![cfg(target_arch = "x86_64")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot go on fails, one that is skipped says so"
)]

use std::process::Command;

use keysift_matcher::{Case, Kernel, Matcher, PADDING, RunFinder};

/// The kernels by symbol name, and the instructions of their main loop.
const KERNELS: &[(&str, &[&str])] = &[
    ("x865ssse3", &["pshufb", "paddw"]),
    ("x864avx2", &["vpshufb", "vpaddw"]),
    ("x866avx512", &["vpshufb", "vpaddw"]),
    ("x8610avx512vbmi", &["vpermb", "vpaddw"]),
    ("x8613members_ssse3", &["pshufb"]),
    ("x8612members_avx2", &["vpshufb"]),
    ("x8614members_avx512", &["vpshufb"]),
];

struct Function {
    name: String,
    /// Address and instruction.
    code: Vec<(u64, String)>,
}

fn functions(listing: &str) -> Vec<Function> {
    let mut functions: Vec<Function> = Vec::new();
    for line in listing.lines() {
        if let Some((_, name)) = line.strip_suffix(">:").and_then(|line| line.split_once(" <")) {
            functions.push(Function {
                name: name.to_owned(),
                code: Vec::new(),
            });
        } else if let Some((address, instruction)) = line.trim_start().split_once(":\t") {
            let address = u64::from_str_radix(address, 16);
            if let (Ok(address), Some(function)) = (address, functions.last_mut()) {
                function.code.push((address, instruction.to_owned()));
            }
        }
    }
    functions
}

/// Returns the ranges of backward jumps.
fn loops(function: &Function) -> Vec<(u64, u64)> {
    let start = function.code.first().map_or(0, |(address, _)| *address);
    let back = function.code.iter().filter_map(|(address, instruction)| {
        let (mnemonic, target) = instruction.split_once(' ')?;
        let target = target.trim().split(' ').next()?;
        let target = u64::from_str_radix(target, 16).ok()?;
        (mnemonic.starts_with('j') && start <= target && target <= *address).then_some((target, *address))
    });
    back.collect()
}

#[test]
fn the_loops_of_the_kernels_have_no_calls() {
    // Unused kernels are not in the program.
    let mut builder = Matcher::builder();
    builder.literal(b"abcd", Case::Ignore);
    let matcher = builder.build().unwrap();
    matcher.find_padded(&[b'a'; PADDING + 1], 1, |_| ());
    RunFinder::with_kernel(1, Kernel::best()).feed(b"a", |_| ());

    if cfg!(debug_assertions) {
        eprintln!("SKIPPED: this build is not optimised; see the head of this file");
        return;
    }
    let Ok(output) = Command::new("objdump")
        .args(["-d", "--no-show-raw-insn"])
        .arg(std::env::current_exe().unwrap())
        .output()
    else {
        eprintln!("SKIPPED: there is no objdump");
        return;
    };
    let functions = functions(&String::from_utf8_lossy(&output.stdout));
    if !functions
        .iter()
        .any(|function| function.name.contains("keysift_matcher"))
    {
        eprintln!("SKIPPED: this build has no symbols; see the head of this file");
        return;
    }
    for (kernel, work) in KERNELS {
        let compiled: Vec<_> = functions
            .iter()
            .filter(|function| function.name.contains(&format!("{kernel}17h")))
            .collect();
        assert!(!compiled.is_empty(), "{kernel} is a function of its own");
        for function in compiled {
            let loops = loops(function);
            let inside = |address: u64| loops.iter().any(|(from, to)| (*from..=*to).contains(&address));
            let within: Vec<_> = function
                .code
                .iter()
                .filter(|(address, _)| inside(*address))
                .map(|(_, instruction)| instruction.as_str())
                .collect();
            for work in *work {
                assert!(
                    within.iter().any(|instruction| instruction.starts_with(work)),
                    "{} has a loop that does its work by {work}",
                    function.name
                );
            }
            let calls: Vec<_> = within
                .iter()
                .filter(|instruction| instruction.starts_with("call"))
                .collect();
            assert!(calls.is_empty(), "the loop of {} calls {calls:?}", function.name);
        }
    }
}
