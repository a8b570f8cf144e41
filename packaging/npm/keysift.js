#!/usr/bin/env node
// Starts the executable of the package for this platform, which npm installed with this one. Nothing is downloaded.
"use strict";

const { spawnSync } = require("node:child_process");
const os = require("node:os");

const platform = `${process.platform}-${process.arch}`;
const name = process.platform === "win32" ? "keysift.exe" : "keysift";

let executable;
try {
  executable = require.resolve(`@keysift/${platform}/bin/${name}`);
} catch {
  console.error(
    `keysift: the package @keysift/${platform} is not installed. ` +
      "Either npm was told to omit optional dependencies, or this platform has no package: see docs/install.md for other ways.",
  );
  process.exit(2);
}

// Signals of the terminal reach both processes: the executable writes its report, and this one waits for it.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => {});
const run = spawnSync(executable, process.argv.slice(2), { stdio: "inherit" });
if (run.error) {
  console.error(`keysift: ${executable}: ${run.error.message}`);
  process.exit(2);
}
process.exit(run.signal ? 128 + os.constants.signals[run.signal] : run.status);
