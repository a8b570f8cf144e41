"""The table of private keys that everybody has: `make_public_keys.py "whose=folder" … > public_keys.txt`.

A line a key: the first eight bytes of the SHA-256 of what its armour holds, in hex, and whose tests or samples it comes with. The keys themselves are
nowhere in this repository.
"""
import base64
import binascii
import hashlib
import pathlib
import re
import sys

BLOCK = re.compile(rb"-----BEGIN ((?:[A-Z0-9]+ )*PRIVATE KEY)-----(.*?)-----END \1-----", re.S)
table = {}
for argument in sys.argv[1:]:
    owner, folder = argument.split("=", 1)
    for path in sorted(pathlib.Path(folder).rglob("*")):
        if not path.is_file() or path.is_symlink() or path.stat().st_size > 4 << 20:
            continue
        for _, body in BLOCK.findall(path.read_bytes()):
            if b"ENCRYPTED" in body:
                continue
            letters = re.sub(rb"\\[nr]|[\s\"',;\\]", b"", body)
            try:
                key = base64.b64decode(letters, validate=True)
            except binascii.Error:
                continue
            if len(key) >= 32:
                table.setdefault(hashlib.sha256(key).hexdigest()[:16], owner)
for fingerprint, owner in sorted(table.items()):
    print(fingerprint, owner)
