"""[rpc] check_types: do the parameters of a call fit the annotations?

What is checked is what rpc.discover says of them: its schemas, of which only those members count that it makes.
"""

import inspect
import json

import _preforge_openrpc as openrpc

_NAMES = {
    "integer": "an integer",
    "number": "a number",
    "string": "a string",
    "boolean": "true or false",
    "null": "null",
    "array": "an array",
    "object": "an object",
}
_FOUND = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null", list: "array", dict: "object"}
_SHOWN_MAX = 40


def checker(function):
    """A function of params (list or dict) that gives None or the data of the error; None if nothing is annotated."""
    try:
        parameters = inspect.signature(function, follow_wrapped=False).parameters.values()
    except (TypeError, ValueError):
        return None
    schemas = openrpc.Schemas()
    hints = openrpc.hints(function)
    wanted = {p.name: schemas.of(hints[p.name]) for p in parameters if p.name in hints}
    wanted = {name: schema for name, schema in wanted.items() if schema}
    if not wanted:
        return None
    positional = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    rest = next((p.name for p in parameters if p.kind == p.VAR_POSITIONAL), None)
    others = next((p.name for p in parameters if p.kind == p.VAR_KEYWORD), None)
    by_name = {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    checks = _Checks(schemas.named)

    def check(params):
        wrong = []
        if isinstance(params, dict):
            items = [(name, name if name in by_name else others, value) for name, value in params.items()]
        else:
            items = [(name, name, value) for name, value in zip(positional, params)]
            more = params[len(positional) :]
            items += [(f"{rest}[{i}]", rest, value) for i, value in enumerate(more)]
        for shown, name, value in items:
            if name in wanted:
                complaint = checks.complaint(wanted[name], value, shown)
                if complaint:
                    wrong.append((shown, complaint))
        if not wrong:
            return None
        return {"detail": "; ".join(complaint for _, complaint in wrong), "wrong": [shown for shown, _ in wrong]}

    return check


def _shown(value):
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN_MAX else text[:_SHOWN_MAX] + "..."


def _same(value, constant):
    """1, 1.0 and true are different values in JSON, but for numbers that are equal."""
    if isinstance(value, bool) or isinstance(constant, bool):
        return value is constant
    return value == constant


class _Checks:
    def __init__(self, named):
        self.named = named

    def complaint(self, schema, value, path):
        """None, or a sentence that begins with the path."""
        if "$ref" in schema:
            schema = self.named[schema["$ref"].rpartition("/")[2]]
        for part in schema.get("allOf", ()):
            if complaint := self.complaint(part, value, path):
                return complaint
        if "anyOf" in schema:
            return self._any(schema["anyOf"], value, path)
        if "enum" in schema and not any(_same(value, constant) for constant in schema["enum"]):
            return f"{path} must be one of {', '.join(map(_shown, schema['enum']))}, not {_shown(value)}"
        wanted = schema.get("type")
        found = _FOUND[type(value)]
        if wanted and wanted != found and not (wanted == "number" and found == "integer"):
            return f"{path} must be {_NAMES[wanted]}, not {_NAMES[found]}"
        if found == "array":
            return self._array(schema, value, path)
        return self._object(schema, value, path) if found == "object" else None

    def _any(self, schemas, value, path):
        complaints = []
        for schema in schemas:
            complaint = self.complaint(schema, value, path)
            if not complaint:
                return None
            complaints.append(complaint)
        return " or ".join(complaints)

    def _array(self, schema, value, path):
        least, most = schema.get("minItems", 0), schema.get("maxItems")
        if len(value) < least or (most is not None and len(value) > most):
            return f"{path} must have {least} elements, not {len(value)}"
        items = schema.get("items")
        if items == {"type": "number"} and set(map(type, value)) <= {int, float}:
            return None  # long lists of numbers are what many calls have
        for i, item in enumerate(value):
            wanted = items[i] if isinstance(items, list) else items
            if wanted and (complaint := self.complaint(wanted, item, f"{path}[{i}]")):
                return complaint
        if schema.get("uniqueItems") and len({json.dumps(item, sort_keys=True) for item in value}) < len(value):
            return f"{path} must have no element twice"
        return None

    def _object(self, schema, value, path):
        properties = schema.get("properties", {})
        for name in schema.get("required", ()):
            if name not in value:
                return f"{path}.{name} is missing"
        more = schema.get("additionalProperties")
        for name, item in value.items():
            wanted = properties.get(name, more)
            if wanted and (complaint := self.complaint(wanted, item, f"{path}.{name}")):
                return complaint
        return None
