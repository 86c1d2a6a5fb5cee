"""Runs what async methods return, each to its end, in one event loop that lives as long as the process.

The loop only runs while a call does: tasks that a method leaves behind go on during the next call.
"""

import asyncio
import os

_loop = None
_pid = None


async def _wait_for(awaitable):
    return await awaitable


def run(awaitable):
    """The result of an awaitable. What ends it early (a deadline) is given to it as a cancellation, too."""
    global _loop, _pid
    if _pid != os.getpid():
        # That of another process shares its epoll set with it.
        _loop, _pid = asyncio.new_event_loop(), os.getpid()
        asyncio.set_event_loop(_loop)
    task = _loop.create_task(awaitable if asyncio.iscoroutine(awaitable) else _wait_for(awaitable))
    try:
        return _loop.run_until_complete(task)
    except BaseException:
        _settle(task)
        raise


def _settle(task):
    """Nothing of a task that failed may run on, or be reported as forgotten."""
    if not task.done():
        task.cancel()
        try:
            _loop.run_until_complete(task)
        except BaseException:
            pass
    if task.done() and not task.cancelled():
        task.exception()


def close():
    """Before a fork: the loop's descriptors must not be shared."""
    global _loop, _pid
    if _loop is not None and _pid == os.getpid():
        pending = asyncio.all_tasks(_loop)
        for task in pending:
            task.cancel()
        if pending:
            _loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
        _loop.run_until_complete(_loop.shutdown_asyncgens())
        _loop.close()
        asyncio.set_event_loop(None)
    _loop = _pid = None
