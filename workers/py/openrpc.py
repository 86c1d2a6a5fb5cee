"""rpc.discover: an OpenRPC document from signatures, annotations, defaults and docstrings."""

import collections.abc
import dataclasses
import datetime
import decimal
import enum
import inspect
import json
import sys
import types
import typing
import uuid

_SIMPLE = {
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    bool: {"type": "boolean"},
    None: {"type": "null"},
    type(None): {"type": "null"},
    bytes: {"type": "string", "contentEncoding": "base64"},
    bytearray: {"type": "string", "contentEncoding": "base64"},
    datetime.datetime: {"type": "string", "format": "date-time"},
    datetime.date: {"type": "string", "format": "date"},
    datetime.time: {"type": "string", "format": "time"},
    decimal.Decimal: {"type": "string", "format": "decimal"},
    uuid.UUID: {"type": "string", "format": "uuid"},
}
_ARRAYS = (list, set, frozenset, collections.abc.Sequence, collections.abc.Iterable, collections.abc.Collection)
_OBJECTS = (dict, collections.abc.Mapping)


def document(methods):
    schemas = Schemas()
    described = [_method(name, callable_, schemas) for name, callable_ in methods.items()]
    module = next((sys.modules.get(getattr(value, "__module__", None)) for value in methods.values()), None)
    info = {
        "title": getattr(module, "__name__", "preforge"),
        "version": str(getattr(module, "__version__", "0.0.0")),
    }
    if inspect.getdoc(module) and module is not None:
        info["description"] = inspect.getdoc(module)
    result = {"openrpc": "1.2.6", "info": info, "methods": described}
    if schemas.named:
        result["components"] = {"schemas": schemas.named}
    return result


def _method(name, function, schemas):
    described = {"name": name}
    doc = inspect.getdoc(function) or ""
    if doc:
        described["summary"] = doc.partition("\n")[0]
        rest = doc.partition("\n")[2].strip()
        if rest:
            described["description"] = rest
    try:
        signature = inspect.signature(function, follow_wrapped=False)
    except (TypeError, ValueError):
        signature = inspect.Signature()
    annotations = hints(function)
    parameters = signature.parameters.values()
    described["params"] = [
        _parameter(p, annotations, schemas) for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    ]
    described["params"].sort(key=lambda parameter: not parameter["required"])
    # Positional parameters keep their order: those with defaults come last anyway.
    kinds = {p.kind for p in parameters}
    if inspect.Parameter.POSITIONAL_ONLY in kinds:
        described["paramStructure"] = "by-position"
    elif inspect.Parameter.KEYWORD_ONLY in kinds:
        described["paramStructure"] = "by-name"
    else:
        described["paramStructure"] = "either"
    described["result"] = {"name": "result", "schema": schemas.of(annotations.get("return", typing.Any))}
    return described


def hints(function):
    function = getattr(function, "__func__", function)
    try:
        return typing.get_type_hints(function)
    except Exception:  # names that only exist for type checkers
        return {k: v for k, v in getattr(function, "__annotations__", {}).items() if not isinstance(v, str)}


def _parameter(parameter, annotations, schemas):
    schema = schemas.of(annotations.get(parameter.name, typing.Any))
    required = parameter.default is parameter.empty
    if not required:
        try:
            default = json.loads(json.dumps(parameter.default, allow_nan=False))
        except (TypeError, ValueError, RecursionError):
            pass
        else:
            schema = {"allOf": [schema], "default": default} if "$ref" in schema else {**schema, "default": default}
    return {"name": parameter.name, "required": required, "schema": schema}


class Schemas:
    def __init__(self):
        self.named = {}
        self.names = {}

    def of(self, hint):
        try:
            if hint in _SIMPLE:
                return dict(_SIMPLE[hint])
        except TypeError:
            return {}
        origin, args = typing.get_origin(hint), typing.get_args(hint)
        if origin is typing.Annotated:
            return self.of(args[0])
        if origin is typing.Literal:
            return {"enum": [arg.value if isinstance(arg, enum.Enum) else arg for arg in args]}
        if origin in (typing.Union, types.UnionType):
            return {"anyOf": [self.of(arg) for arg in args]}
        if origin in (typing.Required, typing.NotRequired, typing.Final, typing.ClassVar):
            return self.of(args[0])
        if isinstance(hint, typing.NewType):
            return self.of(hint.__supertype__)
        if isinstance(hint, typing.TypeVar):
            return self.of(hint.__bound__) if hint.__bound__ else {}
        container = origin or hint
        if container is tuple:
            return self._tuple(args)
        if container in (set, frozenset):
            return {**self._array(args), "uniqueItems": True}
        if container in _ARRAYS:
            return self._array(args)
        if container in _OBJECTS:
            return {"type": "object", **({"additionalProperties": self.of(args[1])} if len(args) == 2 else {})}
        if isinstance(container, type):
            return self._class(container)
        return {}

    def _array(self, args):
        return {"type": "array", **({"items": self.of(args[0])} if args else {})}

    def _tuple(self, args):
        if not args:
            return {"type": "array"}
        if len(args) == 2 and args[1] is Ellipsis:
            return self._array(args[:1])
        return {
            "type": "array",
            "items": [self.of(arg) for arg in args],
            "minItems": len(args),
            "maxItems": len(args),
        }

    def _class(self, cls):
        if issubclass(cls, enum.Enum):
            return self._named(cls, lambda: {"enum": [member.value for member in cls]})
        if typing.is_typeddict(cls):
            return self._named(cls, lambda: self._typed_dict(cls))
        if dataclasses.is_dataclass(cls):
            return self._named(cls, lambda: self._dataclass(cls))
        return next((dict(schema) for base in cls.__mro__ if (schema := _SIMPLE.get(base))), {})

    def _named(self, cls, make):
        """A reference, so that a class may contain itself."""
        if cls not in self.names:
            name = cls.__name__
            while name in self.named:
                name += "_"
            self.names[cls] = name
            self.named[name] = {}
            self.named[name] = {"title": cls.__name__, **make()}
        return {"$ref": f"#/components/schemas/{self.names[cls]}"}

    def _typed_dict(self, cls):
        annotations = hints(cls)
        return self._object({name: self.of(hint) for name, hint in annotations.items()}, sorted(cls.__required_keys__))

    def _dataclass(self, cls):
        annotations = hints(cls)
        fields = [field for field in dataclasses.fields(cls)]
        missing = dataclasses.MISSING
        required = [f.name for f in fields if f.init and f.default is missing and f.default_factory is missing]
        return self._object({f.name: self.of(annotations.get(f.name, typing.Any)) for f in fields}, required)

    @staticmethod
    def _object(properties, required):
        return {"type": "object", "properties": properties, **({"required": required} if required else {})}
