"""The methods that all servers offer, and a minimal JSON-RPC around them for those that know none."""


def empty():
    return None


def echo(value):
    return value


METHODS = {"empty": empty, "echo": echo}


def answer(request):
    """The answer to a decoded request or batch."""
    if isinstance(request, list):
        return [answer(each) for each in request]
    result = METHODS[request["method"]](*request.get("params", ()))
    return {"jsonrpc": "2.0", "result": result, "id": request["id"]}
