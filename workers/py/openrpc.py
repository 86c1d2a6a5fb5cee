"""rpc.discover: an OpenRPC document from signatures, annotations, defaults and docstrings."""

import collections.abc
import dataclasses
import datetime
import decimal
import enum
import inspect
import json
import re
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
_ARRAYS = (
    list,
    collections.abc.Sequence,
    collections.abc.MutableSequence,
    collections.abc.Iterable,
    collections.abc.Collection,
)
_SETS = (set, frozenset, collections.abc.Set, collections.abc.MutableSet)
_OBJECTS = (dict, collections.abc.Mapping, collections.abc.MutableMapping)
_NOTHING = object()


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
    doc = _doc(function)
    if doc:
        described["summary"] = doc.partition("\n")[0]
        rest = doc.partition("\n")[2].strip()
        if rest:
            described["description"] = rest
    try:
        own = isinstance(function, (types.FunctionType, types.MethodType))
        signature = inspect.signature(function, follow_wrapped=not own)  # as calls are bound: signature.c
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


def _doc(function):
    """Its own, not that of functools.partial or whatever class it is of."""
    doc = inspect.getdoc(function)
    return doc if doc and doc != inspect.getdoc(type(function)) else ""


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
        default = _as_json(parameter.default)
        if default is not _NOTHING:
            schema = {"allOf": [schema], "default": default} if "$ref" in schema else {**schema, "default": default}
    return {"name": parameter.name, "required": required, "schema": schema}


def _as_json(value):
    """The value as JSON has it: nothing if that is not without loss."""
    if isinstance(value, enum.Enum):
        value = value.value
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        return _NOTHING


def _one_of(values):
    values = [_as_json(value) for value in values]
    return {} if _NOTHING in values or not values else {"enum": values}


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
            return _one_of(args)
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
        if container in _SETS:
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
            return self._named(cls, lambda: _one_of(cls))
        if typing.is_typeddict(cls):
            return self._named(cls, lambda: self._typed_dict(cls))
        if dataclasses.is_dataclass(cls):
            return self._named(cls, lambda: self._dataclass(cls))
        if issubclass(cls, tuple) and hasattr(cls, "_fields"):
            return self._named(cls, lambda: self._named_tuple(cls))
        if issubclass(cls, (list, tuple)):
            return {"type": "array"}
        if issubclass(cls, dict):
            return {"type": "object"}
        return next((dict(schema) for base in cls.__mro__ if (schema := _SIMPLE.get(base))), {})

    def _named(self, cls, make):
        """A reference, so that a class may contain itself."""
        if cls not in self.names:
            name = re.sub("[^A-Za-z0-9._-]", "_", cls.__name__)  # the names that OpenRPC allows
            while name in self.named:
                name += "_"
            self.names[cls] = name
            self.named[name] = {}
            self.named[name] = {"title": cls.__name__, **make()}
        return {"$ref": f"#/components/schemas/{self.names[cls]}"}

    def _typed_dict(self, cls):
        annotations = hints(cls)
        return self._object({name: self.of(hint) for name, hint in annotations.items()}, sorted(cls.__required_keys__))

    def _named_tuple(self, cls):
        annotations = hints(cls)
        return self._tuple([annotations.get(name, typing.Any) for name in cls._fields])

    def _dataclass(self, cls):
        annotations = hints(cls)
        fields = [field for field in dataclasses.fields(cls)]
        missing = dataclasses.MISSING
        required = [f.name for f in fields if f.init and f.default is missing and f.default_factory is missing]
        return self._object({f.name: self.of(annotations.get(f.name, typing.Any)) for f in fields}, required)

    @staticmethod
    def _object(properties, required):
        return {"type": "object", "properties": properties, **({"required": required} if required else {})}
