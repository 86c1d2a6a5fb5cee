# preforge-python is python3 to whoever calls it, and compiles.
use strict;
use warnings;

use File::Copy ();
use Test::More;
use Preforge qw(program read_file run sanitized write_file);

my $dir = File::Temp->newdir('preforge-python-XXXXXX', TMPDIR => 1);
my $program = program('preforge-python');
my $python = '/usr/bin/python3.11';

# Run it with PREFORGE_JIT set to $mode.
sub python
{
	my ($mode, $args, %option) = @_;
	# Eager mode compiles all of the standard library that runs, a function at a time.
	return run([ $program, @$args ], timeout => 400, %option, env => { PREFORGE_JIT => $mode, %{ $option{env} // {} } });
}

subtest 'a bad PREFORGE_JIT' => sub {
	my $result = python('fast', [ '-c', '1' ]);
	is($result->{status}, 2, 'exit status');
	is($result->{err}, qq(preforge-python: the environment variable PREFORGE_JIT is "fast"; it takes off, on or eager\n),
		'what it says');
	for my $level ('4', '', '01') {
		$result = python('off', [ '-c', '1' ], env => { PREFORGE_JIT_OPTIMIZE => $level });
		is($result->{status}, 2, "exit status with PREFORGE_JIT_OPTIMIZE=$level");
		is($result->{err}, qq(preforge-python: the environment variable PREFORGE_JIT_OPTIMIZE is "$level"; it takes 0, 1, 2 or 3\n),
			'what it says');
	}
	$result = python('eager', [ '-c', '1' ], env => { PREFORGE_JIT_TOGETHER => 9 });
	is($result->{status}, 2, 'exit status with PREFORGE_JIT_TOGETHER=9');
	is($result->{err}, qq(preforge-python: the environment variable PREFORGE_JIT_TOGETHER is "9"; it takes 0 to 8\n), 'what it says');
	$result = python('eager', [ '-c', '1' ], env => { PREFORGE_JIT_INTS => 5 });
	is($result->{status}, 2, 'exit status with PREFORGE_JIT_INTS=5');
	is($result->{err}, qq(preforge-python: the environment variable PREFORGE_JIT_INTS is "5"; it takes 0, 1, 2, 3 or 4\n), 'what it says');
	$result = python('eager', [ '-c', '1' ], env => { PREFORGE_JIT_CALLS => 10 });
	is($result->{status}, 2, 'exit status with PREFORGE_JIT_CALLS=10');
	is($result->{err}, qq(preforge-python: the environment variable PREFORGE_JIT_CALLS is "10"; it takes 0 to 9\n), 'what it says');
};

# Each is the same program by python3 and by us in all modes: status, output and, but for the program's name, errors.
my $script = write_file("$dir/script.py", <<'END');
import sys
def f(n):
    total = 0
    for i in range(n):
        total += i * i
    return total
def g(a, /, b, *rest, c, d=4, **more):
    return a, b, rest, c, d, more
print(__name__, sys.argv, f(1000), f(10**5), f(10.0 if "float" in sys.argv else 3))
print(g(1, 2, 3, c=5, a=6), g(1, b=2, c=3))
sys.exit(f(4))
END
my $module = write_file("$dir/some_module.py", "print(__name__, 1 / 4)\n");
my @same = (
	[ 'a script',           [ $script, 'a', '-b' ] ],
	[ 'a traceback',        [ $script, 'float' ] ],
	[ '-c',                 [ '-c', 'import sys; print(sys.argv, [x for x in range(3)])', 'x' ] ],
	[ '-m',                 [ '-m', 'some_module' ], cwd => "$dir" ],
	[ 'standard input',     ['-'], stdin => "def f(x): return x + 1\nprint(f(1), f(2.5), f(2**70))\n" ],
	[ 'an exit status',     [ '-c', 'raise SystemExit(77)' ] ],
	[ 'a message at exit',  [ '-c', 'raise SystemExit("sorry")' ] ],
	[ 'a syntax error',     [ '-c', 'def' ] ],
	[ 'an option',          [ '-X', 'utf8', '-O', '-c', 'import sys; print(sys.flags)' ] ],
	[ 'a recursion',        [ '-c', "def f(n): return f(n + 1)\ntry: f(0)\nexcept RecursionError as e: print(e)" ] ],
	[ 'the end of modules', [ '-Wd', '-c', "class A:\n    def __del__(self): print(f(1), self)\n    def __repr__(self): return 'A'\ndef f(x): return x\na, b = A(), open('/dev/null')\nprint(f(2))" ] ],
	[ 'exit functions',     [ '-c', "import atexit\ndef f(): print('end')\natexit.register(f)\nprint('begin')" ] ],
	[ 'a signal',           [ '-c', 'import os, signal; os.kill(os.getpid(), signal.SIGINT)' ] ],
	[ 'after -i',           [ '-i', '-c', 'x = 5' ], stdin => "print(x + 1)\n" ],
);
for my $case (@same) {
	my ($name, $args, %option) = @$case;
	my $expected = run([ $python, @$args ], %option);
	for my $mode (qw(off on eager)) {
		my $result = python($mode, $args, %option);
		is_deeply($result, $expected, "$name, $mode");
	}
}

subtest 'a script that is not there' => sub {
	my $result = python('on', ["$dir/nowhere.py"]);
	is($result->{status}, 2, 'exit status');
	is($result->{err}, "$program: can't open file '$dir/nowhere.py': [Errno 2] No such file or directory\n", 'what it says');
};

# A native function's code object holds the native one; f.__code__ would show the original.
my $probe = <<'END';
import gc, types
def is_native(f):
    codes = [c for c in gc.get_referents(f) if isinstance(c, types.CodeType)]
    return any(type(o).__module__ == "preforge" for c in codes for o in c.co_consts)
def f(n):
    total = 0
    for i in range(n):
        total += i
    return total
END

subtest 'eager: native from the first call on' => sub {
	my $result = python('eager', [ '-c', $probe . 'print(is_native(f), f(10), is_native(f), f(10))' ]);
	is($result->{out}, "False 45 True 45\n", 'output');
	is($result->{err}, '', 'errors');
};

my $group = $probe . <<'END';
def g(n):
    def inner(k):
        return k + n
    return inner(1)
def h(n):
    return n + 7
END

subtest 'eager, together: native when there are enough of them' => sub {
	my $calls = 'print(f(10), is_native(f), g(1), h(4)); print([is_native(x) for x in (f, g)])';
	my $result = python('eager', [ '-S', '-c', $group . $calls ], env => { PREFORGE_JIT_TOGETHER => 6 });
	is($result->{out}, "45 False 2 11\n[False, False]\n", 'closures that died do not count');
	$result = python('eager', [ '-S', '-c', $group . $calls ], env => { PREFORGE_JIT_TOGETHER => 5 }); # types has one, too
	is($result->{out}, "45 False 2 11\n[True, True]\n", 'all that live');
	$result = python('eager', [ '-S', '-c', $group . 'print([(f(10), is_native(f)) for i in range(5)])' ], env => { PREFORGE_JIT_TOGETHER => 8 });
	is($result->{out}, "[(45, False), (45, False), (45, False), (45, False), (45, True)]\n", 'one that is called often does not wait');
	is($result->{err}, '', 'errors');
};

subtest 'on: native once it has spent a millisecond' => sub {
	my $result = python('on', [ '-c', $probe . 'print(f(10), f(10), is_native(f), f(10**6), is_native(f), f(10), is_native(f))' ]);
	is($result->{out}, "45 45 False 499999500000 False 45 True\n", 'output');
	is($result->{err}, '', 'errors');
};

subtest 'off: never' => sub {
	my $result = python('off', [ '-c', $probe . 'print(f(10**6), f(10), is_native(f))' ]);
	is($result->{out}, "499999500000 45 False\n", 'output');
};

subtest 'without the compiler: told once, and it runs on' => sub {
	my $alone = "$dir/preforge-python";
	File::Copy::copy(program($_), "$dir/$_") or die "$_: $!" for qw(preforge-python preforge-main-python.so);
	chmod 0755, $alone;
	for my $mode (qw(on eager)) {
		my $result = run([ $alone, '-c', $probe . 'print(f(10**6), f(10**6), is_native(f))' ], env => { PREFORGE_JIT => $mode });
		is($result->{status}, 0, "$mode: exit status");
		is($result->{out}, "499999500000 499999500000 False\n", 'output');
		is(
			$result->{err},
			"preforge-python: running without compiling: the compiler module preforge-gccjit.so is missing\n",
			'errors'
		);
	}
};

subtest 'what the program starts is this program too' => sub {
	my $result = python('on', [ '-c', <<'END' ]);
import subprocess, sys
print(sys.executable)
sys.stdout.flush()
subprocess.run([sys.executable, "-c", "import sys; print(sys.executable)"])
END
	is($result->{out}, "$program\n$program\n", 'sys.executable');
};

subtest 'children that the program forks' => sub {
	my $result = python('eager', [ '-c', <<'END' ]);
import os
def f(n):
    return sum(x * x for x in range(n))
def g(n):
    return f(n) + 1
print(f(10), flush=True)
pid = os.fork()
if pid == 0:
    print(f(1000000), g(10), flush=True)
    os._exit(3)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), g(11))
END
	is($result->{out}, "285\n333332833333500000 286\n3 386\n", 'output');
	is($result->{err}, '', 'errors');
};

subtest 'multiprocessing' => sub {
	my $file = write_file("$dir/pool.py", <<'END');
import multiprocessing
def square(x):
    return x * x
if __name__ == "__main__":
    for how in "fork", "spawn", "forkserver":
        with multiprocessing.get_context(how).Pool(2) as pool:
            print(how, pool.map(square, range(5)))
END
	my $result = python('on', [$file]);
	is($result->{out}, join('', map {"$_ [0, 1, 4, 9, 16]\n"} qw(fork spawn forkserver)), 'output');
	is($result->{err}, '', 'errors');
};

subtest 'namespaces of exec() die with their functions' => sub {
	my $result = python('eager', [ '-c', <<'END' ]);
import gc, weakref

class Mark:
    pass

SOURCE = """
def square(x, by=2):
    return x ** by
def squares(n):
    return sum([square(i) for i in range(n)])
"""

marks, results = [], []
for i in range(8):
    namespace = {'mark': Mark()}
    marks.append(weakref.ref(namespace['mark']))
    exec(SOURCE, namespace)
    results.append(namespace['squares'](i))
    namespace['again'] = namespace
kept = namespace['squares']
del namespace
gc.collect()
print(results, [mark() is not None for mark in marks], kept(5))
del kept
gc.collect()
print(any(mark() for mark in marks))
END
	is($result->{err}, '', 'errors');
	is($result->{out}, "[0, 0, 1, 5, 14, 30, 55, 91] [False, False, False, False, False, False, False, True] 30\nFalse\n", 'output');
};

subtest 'what a loop frees is kept for its next round' => sub {
	plan skip_all => 'sanitizers have a malloc() of their own' if sanitized();
	my $rounds = write_file("$dir/rounds.py", <<'END_OF_ROUNDS');
import resource, sys
for call in range(15):
    if call == 5:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    small = [object() for i in range(100000)]
    large = [[None] * 12000 for i in range(10)]
    del small, large
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before < 500)
END_OF_ROUNDS
	is(python('off', [$rounds])->{out}, "True\n", 'pages stay');
};

# Measuring costs C stack; and native code has less of it here than it takes for all of the calls.
subtest 'recursion that is deeper than the C stack' => sub {
	my $deep = write_file("$dir/deep.py", <<'END_OF_DEEP');
import sys, threading
sys.setrecursionlimit(10**6)
def even(n):
    return True if n == 0 else odd(n - 1)
def odd(n):
    return False if n == 0 else even(n - 1)
def bottom(n):
    return 1 // n if n == 0 else bottom(n - 1)
def run():
    print(even(60000), even(60001))
    try:
        bottom(60000)
    except ZeroDivisionError as error:
        depth, traceback = 0, error.__traceback__
        while traceback:
            depth, traceback = depth + 1, traceback.tb_next
        print(depth)
    print(even(10))
threading.stack_size(4 << 20)
thread = threading.Thread(target=run)
thread.start()
thread.join()
run()
END_OF_DEEP
	for my $mode (qw(off on eager)) {
		my $result = python($mode, [$deep]);
		is($result->{status}, 0, "$mode: exit status");
		is($result->{err}, '', "$mode: errors");
		is($result->{out}, "True False\n60002\nTrue\n" x 2, "$mode: output");
	}
};

# Loading libgccjit takes a third of a small function's compilation, so it is done once where there are several.
my $several = write_file("$dir/several.py", <<'END_OF_SEVERAL');
def first(n):
    s = 0
    for i in range(n):
        s += i % 3
    return s

def second(n):
    s = 0
    for i in range(n):
        s += i % 5
    return s

def is_loaded():
    with open("/proc/self/maps") as file:
        return "libgccjit" in file.read()

for function in (first, second):
    for _ in range(5000):
        function(300)
    print(is_loaded())
END_OF_SEVERAL

subtest 'the compiler is loaded when a second function is compiled' => sub {
	plan skip_all => 'built without libgccjit' unless -e Preforge::builddir() . '/bin/preforge-gccjit.so';
	for my $run (['first', "False\nTrue\n"], ['second, which compiles nothing', "False\nFalse\n"]) {
		my $result = python('on', [$several], env => { PREFORGE_CACHE => "$dir/several", PREFORGE_JIT_CATCH => 0 });
		is($result->{err}, '', "the $run->[0] run: errors");
		is($result->{out}, $run->[1], "the $run->[0] run: output");
	}
};

# Each mapping with a small object, and malloc()'s heap: is it to have huge pages?
my $huge = write_file("$dir/huge.py", <<'END_OF_HUGE');
import re
objects = [object() for _ in range(10**5)]
def flags():
    with open("/proc/self/smaps") as file:
        for line in file:
            if found := re.match(r"([0-9a-f]+)-([0-9a-f]+) ", line):
                begin, end, name = int(found[1], 16), int(found[2], 16), line.split()[5:]
            elif line.startswith("VmFlags:"):
                yield begin, end, name, "hg" in line.split()
mappings = list(flags())
print({is_huge for begin, end, _, is_huge in mappings for o in objects[::100] if begin <= id(o) < end},
      any(is_huge for _, _, name, is_huge in mappings if name == ["[heap]"]))
END_OF_HUGE

my $ours = write_file("$dir/ours.py", <<'END_OF_OURS');
import gc

def f(x):
    return x + 1

ours = [g for g in gc.get_objects() if type(g) is type(f) and g.__code__.co_filename == "preforge"]
for i in range(20):
    f(i)
    for g in ours:
        try:
            g()
        except SystemError as e:
            error = str(e)
print(len(ours), f(41), error)
END_OF_OURS

# By it native functions go to CPython: if it were one itself, it would call itself for ever.
subtest 'the function of ours that is in the interpreter is never compiled' => sub {
	my $result = python('eager', [$ours], env => { PREFORGE_JIT_REPORT => "$dir/report.json" });
	is($result->{err}, '', 'errors');
	is($result->{out}, "1 42 preforge: switch without a native call\n", 'output');
	my $report = read_file("$dir/report.json");
	like($report, qr/"__main__\.f"/, 'the functions of the program are');
	unlike($report, qr/"\?\.switch"/, 'it is not');
};

subtest 'memory comes in huge pages' => sub {
	plan skip_all => 'this kernel has no huge pages' unless -e '/sys/kernel/mm/transparent_hugepage/enabled';
	plan skip_all => 'the sanitizers have their own malloc()' if sanitized();
	my $result = python('off', [$huge]);
	is($result->{err}, '', 'errors');
	is($result->{out}, "{True} True\n", 'objects and the heap');
};

done_testing;
