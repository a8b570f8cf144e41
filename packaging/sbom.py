"""cargo metadata -> CycloneDX 1.5: `sbom.sh` calls this. What only tests and builds need is left out, as it is in no executable."""

import datetime
import json
import os
import sys
import tomllib
import uuid

target = sys.argv[1]
metadata = json.load(sys.stdin)
packages = {package["id"]: package for package in metadata["packages"]}
nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
with open("Cargo.lock", "rb") as lock:
    checksums = {(p["name"], p["version"]): p.get("checksum") for p in tomllib.load(lock)["package"]}
root = next(p["id"] for p in metadata["packages"] if p["name"] == "keysift" and p["source"] is None)


def needs(node: str) -> list:
    """What is linked: dependencies that are neither of tests nor of build scripts."""
    dependencies = nodes[node]["deps"]
    return sorted(d["pkg"] for d in dependencies if any(kind["kind"] is None for kind in d["dep_kinds"]))


reached, waiting = set(), [root]
while waiting:
    node = waiting.pop()
    if node not in reached:
        reached.add(node)
        waiting += needs(node)


def purl(package: dict) -> str:
    return f"pkg:cargo/{package['name']}@{package['version']}"


def component(package: dict, kind: str) -> dict:
    entry = {
        "type": kind,
        "bom-ref": purl(package),
        "name": package["name"],
        "version": package["version"],
        "purl": purl(package),
    }
    if package["description"]:
        entry["description"] = " ".join(package["description"].split())
    if package["license"]:
        entry["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
    checksum = checksums.get((package["name"], package["version"]))
    if checksum:
        entry["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    if package["repository"]:
        entry["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
    return entry


when = datetime.datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), datetime.timezone.utc)
application = packages[root]
document = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.5",
    "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, purl(application) + '/' + target)}",
    "version": 1,
    "metadata": {
        "timestamp": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "component": component(application, "application"),
        "properties": [{"name": "keysift:target", "value": target}],
    },
    "components": [component(packages[node], "library") for node in sorted(reached - {root})],
    "dependencies": [
        {"ref": purl(packages[node]), "dependsOn": [purl(packages[need]) for need in needs(node)]} for node in sorted(reached)
    ],
}
json.dump(document, sys.stdout, indent=1)
print()
