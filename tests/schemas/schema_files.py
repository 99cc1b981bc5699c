"""The documents of schemas/json, for tests."""

import json
import pathlib
import sys

try:
    import jsonschema
except ImportError as missing:
    sys.exit(f"{sys.executable}: {missing}; `tools/dev setup kafka` installs what this test needs. Then configure again")

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "schemas/json"


def load(name):
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def closed(schema):
    """The schema, with members that it does not declare as errors. Clients must take them."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: part if key in ("if", "then", "allOf") else closed(part) for key, part in schema.items()}
    declares = schema.get("type") == "object" and isinstance(schema.get("properties"), dict)
    return {"additionalProperties": False, **made} if declares else made


def validator(schema):
    """A validator of a schema that refers to files of the folder."""
    resolver = jsonschema.RefResolver(f"{FOLDER.as_uri()}/", schema)
    return jsonschema.Draft202012Validator(schema, resolver=resolver)


def errors(name, value, is_closed=False):
    """What is wrong with the value by the schema `name`."""
    schema = load(f"{name}.schema.json")
    return [f"{error.json_path}: {error.message[:300]}" for error in validator(closed(schema) if is_closed else schema).iter_errors(value)]
