"""`python -m keysift`: the command of the same installation."""

import os
import subprocess
import sys
import sysconfig
from typing import List


def command() -> str:
    """The executable that was installed with this package."""
    name = "keysift.exe" if os.name == "nt" else "keysift"
    folders: List[str] = [sysconfig.get_path("scripts")]
    folders += [sysconfig.get_path("scripts", scheme) for scheme in sysconfig.get_scheme_names() if scheme.endswith("user")]
    for folder in folders:
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            return path
    raise FileNotFoundError(f"{name} is not in {', '.join(folders)}")


if __name__ == "__main__":
    arguments = [command(), *sys.argv[1:]]
    if os.name == "nt":
        sys.exit(subprocess.run(arguments, check=False).returncode)
    os.execv(arguments[0], arguments)
