"""What becomes of results that JSON has no type for."""

import array
import base64
import dataclasses
import datetime
import decimal
import enum
import uuid


def plain(value):
    """The value as one that JSON has, one level deep; NotImplemented if there is none."""
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (decimal.Decimal, uuid.UUID)):
        return str(value)
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if isinstance(value, (set, frozenset)):
        try:
            return sorted(value)
        except TypeError:
            return list(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, array.array) or type(value).__module__ == "numpy":
        return value.tolist() if hasattr(value, "tolist") else NotImplemented
    return NotImplemented


def key(value):
    """The same for the key of a dict, which must be a str in the end."""
    value = plain(value)
    return value if isinstance(value, (str, int, float)) or value is None else NotImplemented
