"""Reads texts with the parsers of Python: one JSON array [reference, text] a line in, one JSON value a line out.

A reference is a parser and a path in what it gives. A module that is missing, and a text that the parser refuses, give null; modules that
are missing are named on standard error."""

import configparser, csv, io, json, netrc, shlex, sys, tempfile, tomllib
import xml.etree.ElementTree as xml

missing = set()
try:
    import yaml
except ImportError:
    missing.add("yaml")
try:
    import dotenv
except ImportError:
    missing.add("dotenv")


def walk(data, path):
    for step in path:
        data = data[int(step) if isinstance(data, list) else step]
    return data


def read(parser, path, text):
    if parser in missing:
        return None
    if parser == "yaml":
        return walk(yaml.safe_load(text), path)
    if parser == "dotenv":
        return dotenv.dotenv_values(stream=io.StringIO(text), interpolate=False)[path[0]]
    if parser == "ini":
        config = configparser.ConfigParser(interpolation=None)
        config.read_string(text)
        return config[path[0]][path[1]]
    if parser == "toml":
        return walk(tomllib.loads(text), path)
    if parser == "json":
        return walk(json.loads(text), path)
    if parser == "xml":
        element = xml.fromstring(text).find(path[0]) if path[0] != "." else xml.fromstring(text)
        return element.text if path[1] == "text" else element.attrib[path[1]]
    if parser == "shell":
        return [word for word in shlex.split(text) if word.startswith(path[0] + "=")][0].split("=", 1)[1]
    if parser == "netrc":
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(text)
            file.flush()
            return netrc.netrc(file.name).authenticators(path[0])[2]
    if parser == "csv":
        return list(csv.DictReader(io.StringIO(text)))[0][path[0]]
    raise ValueError(parser)


for line in sys.stdin:
    reference, text = json.loads(line)
    parser, *path = reference.split()
    try:
        value = read(parser, path, text)
    except Exception as error:
        value = None
    print(json.dumps(value if isinstance(value, str) else None))
if missing:
    print("missing:", *sorted(missing), file=sys.stderr)
