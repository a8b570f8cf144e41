"""Images: their layers, and those that a cache knows."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import tarfile
import time
from pathlib import Path
from typing import Any, Callable, Iterator, List, Optional, Set

from . import redact

_LARGEST = 16 << 20


@contextlib.contextmanager
def _reader(path: Path) -> Iterator[Callable[[str], Optional[bytes]]]:
    """Reads files of an image by name: a folder, or a tar that is not compressed."""
    if path.is_dir():
        # Names are of a stranger.
        yield lambda name: (path / name).read_bytes() if ".." not in name and (path / name).is_file() else None
        return
    with tarfile.open(path, "r:") as archive:
        yield _of_tar(archive)


def _of_tar(archive: tarfile.TarFile) -> Callable[[str], Optional[bytes]]:
    members = {member.name.lstrip("./"): member for member in archive if member.isfile()}

    def read(name: str) -> Optional[bytes]:
        member = members.get(name)
        file = archive.extractfile(member) if member and member.size <= _LARGEST else None
        return file.read() if file else None

    return read


def layers(path: Path) -> List[List[str]]:
    """The digests of the unpacked layers of each image in an archive, from the lowest on; none if they are not known."""
    try:
        with _reader(path) as read:
            docker = read("manifest.json")
            if docker is not None:
                return [_of_config(read(str(image["Config"]))) for image in json.loads(docker)]
            return _of_index(read, json.loads(read("index.json") or b"{}"), 0)
    except (OSError, tarfile.TarError, ValueError, KeyError, TypeError, AttributeError):
        return []


def _of_config(config: Optional[bytes]) -> List[str]:
    return [str(digest) for digest in json.loads(config or b"{}").get("rootfs", {}).get("diff_ids", [])]


def _of_index(read: Callable[[str], Optional[bytes]], index: Any, depth: int) -> List[List[str]]:
    def blob(digest: str) -> Optional[bytes]:
        return read("blobs/" + digest.replace(":", "/"))

    found: List[List[str]] = []
    for entry in index.get("manifests", []) if depth < 4 else []:
        manifest = json.loads(blob(str(entry["digest"])) or b"{}")
        if "manifests" in manifest:
            found += _of_index(read, manifest, depth + 1)
        elif "config" in manifest:
            found.append(_of_config(blob(str(manifest["config"]["digest"]))))
    return found


def left_out(images: List[List[str]], is_clean: Callable[[str], bool]) -> Set[str]:
    """The layers that need not be read: those without findings at the bottom of every image that has them.

    A layer with findings, and what is above it, is read: only then it is known which of its files are live.
    """
    keep: Set[str] = set()
    clean: Set[str] = set()
    for image in images:
        at = next((number for number, layer in enumerate(image) if not is_clean(layer)), len(image))
        clean.update(image[:at])
        keep.update(image[at:])
    return clean - keep


def _skopeo(args: List[str], deadline: float) -> bytes:
    tool = shutil.which("skopeo")
    if tool is None:
        raise LookupError("docker:// needs skopeo on the worker; or list an archive: skopeo copy docker://IMAGE oci-archive:image.tar")
    try:
        rest = max(0.1, deadline - time.monotonic())
        done = subprocess.run([tool, *args], stdin=subprocess.DEVNULL, capture_output=True, timeout=rest, check=False)
    except subprocess.TimeoutExpired:
        raise TimeoutError(f"skopeo {args[0]} did not end in time") from None
    if done.returncode != 0:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise RuntimeError(redact.message("; ".join(lines[-2:]))[:500])
    return done.stdout


def digest_of(reference: str, deadline: float) -> str:
    """The digest of an image in a registry."""
    return _skopeo(["inspect", "--format", "{{.Digest}}", reference], deadline).decode().strip()


def download(reference: str, folder: Path, deadline: float) -> Path:
    """An image of a registry as a folder. Credentials are those of the worker (`~/.docker/config.json`, REGISTRY_AUTH_FILE)."""
    _skopeo(["copy", "--quiet", reference, f"oci:{folder / 'image'}:latest"], deadline)
    return folder / "image"
