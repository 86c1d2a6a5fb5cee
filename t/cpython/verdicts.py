"""Run modules of CPython's own test suite and write what became of each test, a JSON array a line.

usage: verdicts.py DIRECTORY MODULE[:PATTERN]...

MODULE is a module of the package test (test_bool); with a PATTERN (of fnmatch), only tests whose IDs match it run.  The file
DIRECTORY/MODULE.json gets ["start", ID] when a test begins and [VERDICT, ID, TEXT] when it has one: "ok", "failed", "error",
"skipped", "expected failure" or "unexpected success"; TEXT is the reason of a skip, or the end of the traceback.  Its last line
is ["end"]: without it the process died.
"""
import fnmatch
import importlib
import json
import os
import random
import sys
import unittest
from test import support
from test.support import os_helper


class Recorder(unittest.TestResult):
    def __init__(self, out):
        super().__init__()
        self.out = out
        self.n_subtests = 0

    def note(self, *what):
        json.dump(what, self.out)
        self.out.write("\n")
        self.out.flush()

    def verdict(self, word, test, text=""):
        self.note(word, test.id() if hasattr(test, "id") else str(test), text)

    def startTest(self, test):
        super().startTest(test)
        self.note("start", test.id())

    def addSuccess(self, test):
        self.verdict("ok", test)

    def addError(self, test, err):
        self.verdict("error", test, self._exc_info_to_string(err, test)[-3000:])

    def addFailure(self, test, err):
        self.verdict("failed", test, self._exc_info_to_string(err, test)[-3000:])

    def addSubTest(self, test, subtest, err):
        if err is not None:
            word = "failed" if issubclass(err[0], test.failureException) else "error"
            self.verdict(word, subtest, self._exc_info_to_string(err, test)[-3000:])

    def addSkip(self, test, reason):
        self.verdict("skipped", test, reason)

    def addExpectedFailure(self, test, err):
        self.verdict("expected failure", test)

    def addUnexpectedSuccess(self, test):
        self.verdict("unexpected success", test)


def tests_of(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from tests_of(test)
        else:
            yield test


def run(name, pattern, out):
    recorder = Recorder(out)
    try:
        module = importlib.import_module("test." + name)
        suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    except unittest.SkipTest as e:
        recorder.note("skipped", name, str(e))
    else:
        if pattern:
            suite = unittest.TestSuite(t for t in tests_of(suite) if fnmatch.fnmatchcase(t.id(), pattern))
        suite.run(recorder)
    recorder.note("end")


def main():
    directory, *modules = sys.argv[1:]
    directory = os.path.abspath(directory)
    support.use_resources = []  # as regrtest without -u: no network, nothing that takes minutes or gigabytes
    support.verbose = False
    for module in modules:
        name, _, pattern = module.partition(":")
        random.seed(1)
        with open(f"{directory}/{name}.json", "w", encoding="utf-8") as out, os_helper.temp_cwd("preforge-test", quiet=True):
            run(name, pattern, out)
        support.gc_collect()


main()
