#!/usr/bin/perl
# What a worker can do to the shared code: nothing.  And what it can do by scribbling over all that it may write: mislead
# statistics.  The app attacks from inside, as code that took over a worker would.
use strict;
use warnings;

use File::Temp ();
use Test::More;

use Preforge qw(wait_for write_file);

my $dir = File::Temp->newdir('preforge-readonly-XXXXXX', TMPDIR => 1);
my $requests = write_file("$dir/warmup.jsonl", qq({"jsonrpc":"2.0","id":1,"method":"total","params":[100000]}\n));
my $app = write_file("$dir/app.py", <<'END');
import ctypes, hashlib, mmap, os, random

libc = ctypes.CDLL(None, use_errno=True)
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
libc.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_long, ctypes.c_long]
MADV_REMOVE, PUNCH_HOLE = 9, 3
NO_PAGE = ctypes.c_void_p(-1).value

def total(n):
    s = 0
    for i in range(n):
        s += i * i
    return s

def regions(pattern):
    "Of /proc/self/maps: (begin, end, permissions, inode, name)"
    found = []
    with open('/proc/self/maps') as maps:
        for line in maps:
            parts = line.split(None, 5)
            begin, end = (int(n, 16) for n in parts[0].split('-'))
            if len(parts) > 5 and pattern in parts[5]:
                found.append((begin, end, parts[1], int(parts[4]), parts[5].strip()))
    return found

def shared():
    return [r for kind in ('code', 'index') for r in regions('memfd:preforge-' + kind)]

def digest():
    h = hashlib.sha256()
    for begin, end, *_ in shared():
        h.update(ctypes.string_at(begin, min(end - begin, 1 << 20)))
    return h.hexdigest()

def attempt(attack):
    "What it comes to: 'done', or the name of the error"
    ctypes.set_errno(0)
    try:
        result = attack()
    except OSError as e:
        return os.strerror(e.errno)
    return 'done' if result not in (-1, NO_PAGE) else os.strerror(ctypes.get_errno())

def by_mprotect(r, protection):
    return lambda: libc.mprotect(r[0], r[1] - r[0], protection)

def by_memory(r):
    def attack():
        fd = os.open('/proc/self/mem', os.O_RDWR)
        try:
            return os.pwrite(fd, b'\xcc' * 16, r[0])
        finally:
            os.close(fd)
    return attack

def by_map_files(r, use):
    def attack():
        fd = os.open('/proc/self/map_files/%x-%x' % (r[0], r[1]), os.O_RDWR)
        try:
            return use(fd, r[1] - r[0])
        finally:
            os.close(fd)
    return attack

def attacks():
    outcomes = {}
    for r in shared():
        name = r[4].split('-')[1].split()[0] + ' ' + r[2]
        outcomes[name + ': mprotect rw'] = attempt(by_mprotect(r, 3))
        outcomes[name + ': mprotect rwx'] = attempt(by_mprotect(r, 7))
        outcomes[name + ': /proc/self/mem'] = attempt(by_memory(r))
        outcomes[name + ': madvise'] = attempt(lambda: libc.madvise(r[0], r[1] - r[0], MADV_REMOVE))
        outcomes[name + ': a second mapping'] = attempt(by_map_files(r, lambda fd, n: libc.mmap(None, n, 3, 1, fd, 0)))
        outcomes[name + ': write'] = attempt(by_map_files(r, lambda fd, n: os.pwrite(fd, b'\xcc' * 16, 0)))
        outcomes[name + ': a hole'] = attempt(by_map_files(r, lambda fd, n: libc.fallocate(fd, PUNCH_HOLE, 0, n)))
        outcomes[name + ': truncate'] = attempt(by_map_files(r, lambda fd, n: os.ftruncate(fd, 0)))
    return outcomes

def descriptors():
    "Inherited or not, those that lead to the shared code."
    inodes = {r[3] for r in shared()}
    found = []
    for name in os.listdir('/proc/self/fd'):
        try:
            if os.stat('/proc/self/fd/' + name).st_ino in inodes and 'preforge-' in os.readlink('/proc/self/fd/' + name):
                found.append(name)
        except FileNotFoundError:
            pass
    return found

def scribble(how):
    "Over all shared memory that can be written."
    n = 0
    for begin, end, permissions, _, name in regions(''):
        if permissions[1] != 'w' or permissions[3] != 's':
            continue
        size = end - begin
        if how == 'noise':
            chunk = random.Random(7).randbytes(1 << 16)
            for at in range(0, size, len(chunk)):
                ctypes.memmove(begin + at, chunk, min(len(chunk), size - at))
        else:
            ctypes.memset(begin, how, size)
        n += 1
    return n
END

my $daemon = Preforge->start(app => $app, args => [ '-D', "warmup.requests=$requests", '-D', 'cache.size=1M' ]);
is($daemon->call('total', 1000), 332833500, 'a call');
is($daemon->function('total')->{state}, 'native', 'of native code');

subtest 'the shared code is written by nobody' => sub {
	my $before = $daemon->call('digest');
	my $outcomes = $daemon->call('attacks');
	cmp_ok(scalar keys %$outcomes, '>=', 8, 'attacks');
	isnt($outcomes->{$_}, 'done', "$_: $outcomes->{$_}") for sort keys %$outcomes;
	is_deeply($daemon->call('descriptors'), [], 'no descriptor leads there');
	is($daemon->call('digest'), $before, 'all is as it was');
};

subtest 'scribbling costs statistics' => sub {
	for my $how (255, 0, 'noise', 1) {
		cmp_ok($daemon->call('scribble', $how), '>', 0, "scribbling: $how");
		is($daemon->call('total', 1000), 332833500, 'calls are answered') for 1 .. 4;
		my $status = $daemon->ctl('status');
		is($status->{status}, 0, 'status is told') or diag $status->{err};
		is($daemon->ctl(split)->{status}, 0, $_) for 'functions', 'cache list', 'explain total';
	}
	kill 'KILL', $daemon->ctl_json('status')->{workers}[0]{pid};
	wait_for(sub { 2 == grep { $_->{pid} } @{ $daemon->ctl_json('status')->{workers} } }, 'a new worker');
	is($daemon->call('total', 1000), 332833500, 'a call');
};

is($daemon->stop, 0, 'a clean stop');
done_testing;
