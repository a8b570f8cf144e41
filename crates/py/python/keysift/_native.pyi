from typing import Any, Dict, List, Optional

__version__: str

class Engine:
    def __init__(
        self,
        rules: List[str],
        config: Optional[str],
        baseline: Optional[str],
        min_severity: str,
        min_confidence: str,
        fail_on: str,
        inline_suppressions: bool,
        reveal: bool,
    ) -> None: ...
    def scan_bytes(self, data: bytes, name: str) -> str: ...
    def scan(self, reading: Dict[str, Any]) -> str: ...
    def rules(self) -> List[str]: ...

def is_image(path: str) -> bool: ...
