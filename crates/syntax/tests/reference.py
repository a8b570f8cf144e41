"""Reads texts with the parsers of Python: one JSON array [reference, text] a line in, one JSON value a line out.

A reference is a parser and a path in what it gives. A module that is missing, and a text that the parser refuses, give null; modules that
are missing are named on standard error."""

import ast, configparser, csv, io, json, netrc, shlex, sqlite3, sys, tempfile, tomllib
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
    for number, step in enumerate(path):
        if step == "json":
            return walk(json.loads(data), path[number + 1 :])
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
    if parser == "sqlite":
        base = sqlite3.connect(":memory:")
        base.execute("CREATE TABLE users (name, password, mail)")
        base.executescript(text)
        return base.execute(f"SELECT {path[1]} FROM {path[0]}").fetchone()[0]
    if parser == "notebook":
        cells = json.loads(text)["cells"]
        text = "".join(line for cell in cells for line in cell["source"])
    if parser in ("python", "notebook"):
        for statement in ast.parse(text).body:
            if isinstance(statement, ast.Assign) and statement.targets[0].id == path[0]:
                return ast.literal_eval(statement.value)
    if parser == "words":
        word = shlex.split(text)[int(path[0])]
        return word.removeprefix(path[1] if len(path) > 1 else "")
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
