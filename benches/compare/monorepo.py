"""Generates a monorepo of fictitious services with planted secrets; the same seed gives the same files."""
import os
import random
import sys

WORDS = "account amount array batch buffer cache client config count cursor data date entry error event field file filter flag handler index input item job key label limit line list loader lock map message method model name node number object offset option order output page parser path pattern payload pool port price queue range record region request response result retry route row schema score service session shard size source state status stream table target task thread timeout token total type unit update user value version view window worker".split()


def identifier(r):
    return "_".join(r.sample(WORDS, r.randint(1, 3)))


def python(r):
    lines = ["import os", "import logging", ""]
    for _ in range(r.randint(4, 20)):
        lines += [f"def {identifier(r)}({identifier(r)}, {identifier(r)}=None):", f'    """{" ".join(r.sample(WORDS, 6)).capitalize()}."""']
        lines += [f"    {identifier(r)} = {identifier(r)}.{r.choice(WORDS)}({r.randint(0, 9999)}, \"{r.choice(WORDS)}\")" for _ in range(r.randint(2, 12))]
        lines += ["    return " + identifier(r), ""]
    return "\n".join(lines)


def script(r):
    lines = ["const fs = require('fs');", ""]
    for _ in range(r.randint(4, 20)):
        lines += [f"export function {identifier(r)}({identifier(r)}) {{"]
        lines += [f"  const {identifier(r)} = {identifier(r)}['{r.choice(WORDS)}'] || `{r.choice(WORDS)}-${{{identifier(r)}}}`;" for _ in range(r.randint(2, 10))]
        lines += [f"  return {{ {identifier(r)}: {r.randint(0, 99999)} }};", "}", ""]
    return "\n".join(lines)


def manifest(r):
    name = r.choice(WORDS)
    env = "".join(f"\n            - name: {identifier(r).upper()}\n              value: \"{r.choice(WORDS)}\"" for _ in range(r.randint(1, 9)))
    return f"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\nspec:\n  template:\n    spec:\n      automountServiceAccountToken: false\n      containers:\n        - name: {name}\n          image: registry.example/{name}:1.{r.randint(0, 99)}\n          env:{env}\n"


def readme(r):
    return "\n\n".join("#" * r.randint(1, 3) + " " + " ".join(r.sample(WORDS, 3)) + "\n\n" + ". ".join(" ".join(r.choices(WORDS, k=14)) for _ in range(r.randint(3, 12))) for _ in range(r.randint(2, 9)))


def data(r):
    return "[\n" + ",\n".join("  {" + ", ".join(f'"{r.choice(WORDS)}": {r.randint(0, 10**9)}' for _ in range(6)) + "}" for _ in range(r.randint(20, 400))) + "\n]\n"


def secret(r):
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    value = "".join(r.choices(letters, k=40))
    return r.choice([f"aws_secret_access_key = \"{value}\"", f"DB_PASSWORD={value[:18]}", f"slack: xo" + f"xb-{r.randint(10**11, 10**12)}-{r.randint(10**11, 10**12)}-{value[:24]}"])


def main(root):
    r = random.Random(20261121)
    kinds = [("py", python, 30), ("js", script, 30), ("yaml", manifest, 12), ("md", readme, 12), ("json", data, 16)]
    for number in range(12_000):
        ending, make, _ = r.choices(kinds, weights=[weight for *_, weight in kinds])[0]
        folder = os.path.join(root, f"services/{r.choice(WORDS)}/{r.choice(WORDS)}/src")
        os.makedirs(folder, exist_ok=True)
        text = make(r)
        if number % 100 == 0 and ending in ("py", "js"):
            text += "\n// " + secret(r) + "\n" if ending == "js" else "\n" + secret(r) + "\n"
        with open(os.path.join(folder, f"{r.choice(WORDS)}_{number}.{ending}"), "w") as out:
            out.write(text)


main(sys.argv[1])
