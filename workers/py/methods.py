"""Which methods an application offers, and why some of what it has is no method."""

import fnmatch
import inspect
import types


def offered(module, path, patterns, prefix):
    """Two dicts: name -> callable, and name -> why that is no method.

    module: the application; path: of its file, for messages; patterns: [app] methods, a list of str or None; prefix:
    what the names begin with. Raises ValueError with a sentence for whoever configures.
    """
    finder = _Finder()
    finder.add_module(module, path, "")
    if patterns:
        _check_patterns(patterns, [*finder.methods, *finder.refused], path)
    methods = {prefix + name: value for name, value in finder.methods.items() if _is_wanted(name, patterns)}
    refused = {prefix + name: why for name, why in finder.refused.items() if _is_wanted(name, patterns)}
    for name in methods:
        if name.startswith("rpc."):
            raise ValueError(f'{path}: the method "{name}": names that begin with "rpc." are reserved')
        if not name.isprintable():
            raise ValueError(f"{path}: the method {ascii(name)}: not a name that can be printed")
    return methods, refused


def _check_patterns(patterns, names, path):
    for pattern in patterns:
        if not any(fnmatch.fnmatchcase(name, pattern.removeprefix("!")) for name in names):
            raise ValueError(f'{path}: no method fits the pattern "{pattern}" in methods')


def _is_wanted(name, patterns):
    if not patterns:
        return True
    wanted = patterns[0].startswith("!")
    for pattern in patterns:
        if fnmatch.fnmatchcase(name, pattern.removeprefix("!")):
            wanted = not pattern.startswith("!")
    return wanted


class _Finder:
    def __init__(self):
        self.methods = {}
        self.refused = {}
        self.modules = []  # the ones that are being looked at: modules may list each other

    def add_module(self, module, where, dotted):
        if any(module is seen for seen in self.modules):
            return
        self.modules.append(module)
        if "__all__" in vars(module):
            for name in _exported(module, where):
                self.add_listed(dotted + name, getattr(module, name))
        else:
            for name, value in list(vars(module).items()):
                if not name.startswith("_") and _is_own_function(value, module):
                    self.add_callable(dotted + name, value)
        self.modules.pop()

    def add_listed(self, name, value):
        if isinstance(value, types.ModuleType):
            self.add_module(value, getattr(value, "__file__", None) or value.__name__, name + ".")
        elif isinstance(value, type):
            self.add_class(name, value)
        elif callable(value):
            self.add_callable(name, value)
        else:
            self.refused[name] = f"{name} is not a function but of type {type(value).__name__}"

    def add_class(self, name, cls):
        self.refused[name] = f"{name} is a class; what can be called are its static and class methods"
        names = {name: None for base in reversed(cls.__mro__[:-1]) for name in vars(base)}
        for attribute in names:
            found = inspect.getattr_static(cls, attribute, None)
            if not attribute.startswith("_") and isinstance(found, (staticmethod, classmethod)):
                self.add_callable(f"{name}.{attribute}", getattr(cls, attribute))

    def add_callable(self, name, value):
        if inspect.isgeneratorfunction(value) or inspect.isasyncgenfunction(value):
            self.refused[name] = (
                f"{name} is a generator function; a call has one result, so it has to return a list instead"
            )
        else:
            self.methods[name] = value


def _exported(module, where):
    names = list(module.__all__)
    for name in names:
        if not isinstance(name, str):
            raise ValueError(f"{where}: __all__ has an entry that is no str but {type(name).__name__}")
        if not hasattr(module, name):
            raise ValueError(f'{where}: __all__ names "{name}", which the module does not define')
    return names


def _is_own_function(value, module):
    """Defined in the module itself; also when a decorator of another module has wrapped it."""
    is_wrapper = callable(value) and not isinstance(value, type) and hasattr(value, "__wrapped__")
    if not isinstance(value, types.FunctionType) and not is_wrapper:
        return False
    return getattr(value, "__module__", None) == module.__name__
