"""Whether a packaged crate holds every file that its sources embed: `crates.sh` calls this, because building each crate takes minutes."""

import pathlib
import re
import sys
import tarfile

missing = []
for name in sys.argv[1:]:
    with tarfile.open(name) as crate:
        files = {pathlib.PurePosixPath(member.name) for member in crate.getmembers() if member.isfile()}
        for member in crate.getmembers():
            # Tests are run in the repository, not from the registry.
            if not member.name.endswith(".rs") or "/tests/" in member.name or "/benches/" in member.name:
                continue
            text = crate.extractfile(member).read().decode()
            for path in re.findall(r'include(?:_str|_bytes)?!\(\s*"([^"]+)"\s*\)', text):
                parts = []
                for part in (pathlib.PurePosixPath(member.name).parent / path).parts:
                    if part == "..":
                        parts = parts[:-1]
                    else:
                        parts.append(part)
                if pathlib.PurePosixPath(*parts) not in files:
                    missing.append(f"{member.name} embeds {path}, which the package lacks")
sys.exit("\n".join(missing) or None)
