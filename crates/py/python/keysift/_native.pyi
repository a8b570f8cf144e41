from typing import Any, Callable, Dict, List, Optional, Tuple

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
        value_key: Optional[bytes],
    ) -> None: ...
    def scan_bytes(self, data: bytes, name: str) -> str: ...
    def scan(self, reading: Dict[str, Any]) -> str: ...
    def scan_git(self, reading: Dict[str, Any], known: Optional[Callable[[bytes], bytes]]) -> Tuple[str, bytes, int]: ...
    def rules(self) -> List[str]: ...

def is_image(path: str) -> bool: ...
