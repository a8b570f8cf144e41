"""What a type checker must accept: `mypy --strict` in `packaging/test-wheel.sh`."""

from pathlib import Path
from typing import Optional, Tuple

import keysift

engine: keysift.Engine = keysift.Engine(rules=["a.yaml"], config=Path("."), min_severity="high", reveal=False)
report: keysift.Report = engine.scan_path(Path("."), "b", archives=True, timeout=1.5)
findings: Tuple[keysift.Finding, ...] = report.findings
line: int = findings[0].line
edit: Optional[keysift.Edit] = findings[0].edit
engine.scan_git(Path("."), since="main", timeout=1.0)
value: Optional[str] = findings[0].value_fingerprint
keysift.Engine(value_key=b"key")
keysift.scan_bytes(b"", name=Path("a")).as_dict()
keysift.scan_image("image.tar", base=["sha256:0"])
version: str = keysift.__version__
