#!/usr/bin/perl
# The installed daemon under a real systemd: this file boots one (t/lib/boot-systemd) and runs itself in there.
use strict;
use warnings;

use Test::More;
use File::Temp ();
use IO::Socket::INET;
use IO::Socket::UNIX;

use Preforge qw(builddir json_decode read_file run sanitized srcdir wait_for write_file);

my $install = $ENV{PREFORGE_INSTALLED};    # in the booted system: the prefix
if (!$install) {
	plan skip_all => 'sanitizers do not work under the filters of the units' if sanitized();
	my $stage = File::Temp->newdir('preforge-stage-XXXXXX', TMPDIR => 1);
	chmod 0755, $stage;
	my $boot = srcdir() . '/t/lib/boot-systemd';
	my $try  = run([ $boot, 'true' ], timeout => 180);
	plan skip_all => "no systemd can be booted: " . (split /\n/, $try->{err})[-1] if $try->{status} == 125;
	# This make is none of the one that runs the tests. /lib is a link to usr/lib, which the stage must not hide.
	my %env = (MAKEFLAGS => undef, MFLAGS => undef, MAKELEVEL => undef, MAKEOVERRIDES => undef);
	my $made = run(
		[ 'make', '-s', 'install', "DESTDIR=$stage", 'systemdsystemunitdir=/usr/lib/systemd/system' ],
		cwd => builddir(),
		env => \%env
	);
	BAIL_OUT("make install: $made->{err}") if $made->{status} != 0;
	my $found = run([ 'find', "$stage", '-path', '*/sbin/preforged', '-printf', '/%P' ])->{out};
	my ($prefix) = $found =~ m{^(.*)/sbin/preforged$} or BAIL_OUT('preforged is not installed');
	plan skip_all => "the prefix is $prefix, which the booted system hides" if $prefix =~ m{^/(?:tmp|run|dev|proc|sys)/};
	system $boot, '-l', "$stage", '-r', srcdir(), 'env', "PREFORGE_INSTALLED=$prefix", 'PREFORGE_SRCDIR=' . srcdir(),
		'PERL5LIB=' . srcdir() . '/t/lib', 'perl', srcdir() . '/t/0710-booted.t';
	exit($? >> 8 || ($? ? 1 : 0));
}

# ---- from here on in the booted system -------------------------------------------------------------------------------

my $ctl = "$install/bin/preforgectl";

sub systemctl
{
	my (@args) = @_;
	my $result = run([ 'systemctl', @args ], timeout => 120);
	return $result->{status} == 0;
}

sub property
{
	my ($unit, $name) = @_;
	my $value = run([ 'systemctl', 'show', '--value', '-p', $name, $unit ])->{out};
	chomp $value;
	return $value;
}

# Messages of the unit, newest last, as hashes; matches: FIELD=VALUE...
sub journal
{
	my ($unit, @matches) = @_;
	run([ 'journalctl', '--sync' ]);
	return map { json_decode($_) } split /\n/, run([ 'journalctl', '-o', 'json', "_SYSTEMD_UNIT=$unit", @matches ])->{out};
}

sub show_journal
{
	diag run([ 'journalctl', '--no-pager', '-n', '60' ])->{out};
	return;
}

sub call_over
{
	my ($socket, $method, @params) = @_;
	my $connection = bless { socket => $socket, buffer => '' }, 'Preforge::Connection';
	my $answer = $connection->rpc($method, \@params);
	return exists $answer->{error} ? "error: $answer->{error}{data}{type}: $answer->{error}{data}{message}" : $answer->{result};
}

sub call
{
	my ($method, @params) = @_;
	my $socket = IO::Socket::UNIX->new(Peer => '/run/preforge.sock') or return "connect: $!";
	return call_over($socket, $method, @params);
}

sub status
{
	my ($dir) = @_;
	my $result = run([ $ctl, '-s', '/run/' . ($dir // 'preforge') . '/preforge.control', '--json', 'status' ]);
	return $result->{status} == 0 ? json_decode($result->{out}) : die $result->{err};
}

# The processes of the unit that are there now.
sub processes
{
	my ($unit) = @_;
	my $group = property($unit, 'ControlGroup') or return;
	return split /\n/, -e "/sys/fs/cgroup$group/cgroup.procs" ? read_file("/sys/fs/cgroup$group/cgroup.procs") : '';
}

# Where its configuration is.
my ($etc) = run([ 'systemctl', 'cat', 'preforged.service' ])->{out} =~ m{^ExecStart=.* -c (\S+)/preforged\.conf$}m;

sub uid_of { return (stat "/proc/$_[0]")[4] }

mkdir $_ for $etc, '/srv/app';
write_file('/srv/app/app.py', <<'END');
import ctypes, errno, mmap, os, socket, time

def total(n):
    s = 0
    for i in range(n):
        s += i * i
    return s

def attempt(what):
    try:
        eval(what)
    except OSError as e:
        return errno.errorcode[e.errno]
    return "done"

def look(what):
    return eval(what)

def forever():
    while True:
        time.sleep(0.1)
END
write_file('/srv/app/warmup.jsonl', qq({"jsonrpc":"2.0","id":1,"method":"total","params":[100000]}\n));
write_file("$etc/preforged.conf",
	"[server]\nworkers = 2\n[app]\npath = /srv/app/app.py\n[warmup]\nrequests = /srv/app/warmup.jsonl\n");

is(run(['systemd-sysusers'])->{status}, 0, 'systemd-sysusers');
is(run([ 'systemd-tmpfiles', '--create', '--remove', 'preforge.conf' ])->{status}, 0, 'systemd-tmpfiles');
is(run([ 'journalctl', '--update-catalog' ])->{status}, 0, 'journalctl --update-catalog');
ok(systemctl('daemon-reload'), 'daemon-reload');

my $with_jit = -e "$install/libexec/preforge/preforge-gccjit.so";
subtest 'start' => sub {
	ok(systemctl('start', 'preforged.service'), 'systemctl start') or show_journal();
	is(property('preforged.service', 'ActiveState'), 'active', 'active');
	like(property('preforged.service', 'StatusText'), qr/^2 workers, \d+ native functions/, 'STATUS=');
	is(call('total', 1000), 332833500, 'a call through /run/preforge.sock');
	my $status = status();
	is($status->{state}, 'ready', 'preforgectl status');
	is_deeply($status->{listen}, ['unix:/run/preforge.sock'], 'the socket of preforged.socket');
	is($status->{compiler}, 'ok', 'the compiler works under the filters') if $with_jit;
	ok($status->{cache}{compiled} > 0, 'and has compiled') if $with_jit;
	my @notices = grep { $_->{MESSAGE} =~ /less locked in/ } journal('preforged.service');
	is(@notices, 0, 'compilers lock themselves in, inside the sandbox');
	my $socket = (stat '/run/preforge.sock')[2] & 07777;
	is(sprintf('%o', $socket), '660', 'mode of the socket');
	is((getgrgid((stat _)[5]))[0], 'preforge', 'its group');
};

subtest 'a user of its own' => sub {
	my @pids = processes('preforged.service');
	ok(@pids >= 4, 'master, zygote and two workers') or diag "@pids";
	my %uid = map { uid_of($_) => 1 } @pids;
	is(keys %uid, 1, 'all of one user');
	my ($uid) = keys %uid;
	ok($uid >= 61184 && $uid <= 65519, "from systemd's range") or diag $uid;
	my @cache = stat '/var/cache/private/preforge';
	is(sprintf('%o', $cache[2] & 07777), '700', 'mode of the store');
	is($cache[4], $uid, 'its owner');
	my @files = glob '/var/cache/private/preforge/*';
	ok(@files > 0, 'it has files') if $with_jit;
	my @open = grep { (stat $_)[2] & 022 || (stat _)[4] != $uid } @files;
	is("@open", '', 'which nobody else can write');
	for my $name (qw(CapEff CapPrm CapBnd)) {
		my ($value) = read_file("/proc/$pids[0]/status") =~ /^$name:\s*(\S+)/m;
		is($value, '0' x 16, "no capabilities: $name");
	}
};

subtest 'what is forbidden is' => sub {
	is(call('attempt', 'mmap.mmap(-1, 4096, prot=7)'), 'EPERM',  'a page that is writable and executable');
	is(call('attempt', 'mmap.mmap(-1, 4096, prot=3)'), 'done',   'not: one that is writable');
	is(call('attempt', 'open("/usr/x", "w")'), 'EROFS', 'writing to /usr');
	is(call('attempt', 'open("/srv/app/x", "w")'), 'EROFS', 'writing beside the application');
	is(call('attempt', 'open("/tmp/x", "w")'), 'done', 'not: writing to /tmp');
	ok(!-e '/tmp/x', 'which is another one');
	is(call('attempt', 'socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)'), 'EAFNOSUPPORT', 'a netlink socket');
	is(call('attempt', 'socket.socket(socket.AF_INET, socket.SOCK_STREAM)'), 'done', 'not: an internet socket');
	is(call('attempt', 'os.chroot("/")'), 'EPERM', 'a privileged system call');
	is(call('look', 'ctypes.CDLL(None).unshare(0x10000000)'), -1, 'a namespace of its own');
	is(call('attempt', 'open("/dev/kmsg")'), 'ENOENT', 'devices');
	is(call('look', 'os.path.exists("/proc/1")'), JSON::PP::false(), q(others' processes));
};

subtest 'stop' => sub {
	my @pids = processes('preforged.service');
	ok(systemctl('stop', 'preforged.service'), 'systemctl stop');
	is(property('preforged.service', 'Result'), 'success', 'in time');
	is("@{[ grep { -e qq(/proc/$_) } @pids ]}", '', 'nothing runs any more');
	ok(-S '/run/preforge.sock', 'the socket is still there');
	ok(!-e '/run/preforge',     'the runtime directory is not');
	is_deeply([ glob '/tmp/systemd-private-*-preforged.service-*' ], [], 'nor is its /tmp');
};

subtest 'a connection starts it again, and the store is found' => sub {
	is(property('preforged.service', 'ActiveState'), 'inactive',  'nothing runs');
	is(call('total', 1000),                          332833500, 'a call');
	wait_for(sub { property('preforged.service', 'ActiveState') eq 'active' }, 'the unit to be active');
	my $status = status();
	is($status->{cache}{compiled}, 0, 'nothing is compiled') if $with_jit;
	ok($status->{cache}{loaded} > 0, 'it is loaded') if $with_jit;
};

subtest 'journal' => sub {
	my ($ready) = journal('preforged.service', 'MESSAGE_ID=6eb393b89d3b4b1a9a8793380174508f');
	is($ready->{PRIORITY},          6,           'readiness is info');
	is($ready->{SYSLOG_IDENTIFIER}, 'preforged', 'of the master');
	like($ready->{MESSAGE}, qr/^ready: 2 workers/, 'its text');
	like($ready->{CODE_FILE}, qr/master/, 'where it comes from');
	my $worker = status()->{workers}[0];
	kill 'KILL', $worker->{pid};
	my ($death) = @{
		wait_for(
			sub {
				my @found = journal('preforged.service', 'MESSAGE_ID=c255ce10b30941a7aa0be334d8316210');
				return @found ? \@found : undef;
			},
			'the journal to have the death'
		)
	};
	is($death->{PRIORITY},        4,                            'the death of a worker is a warning');
	is($death->{PREFORGE_WORKER}, $worker->{slot},              'which one');
	like($death->{MESSAGE}, qr/^worker $worker->{slot} \(pid \d+\) died: killed by SIGKILL; it is replaced$/, 'its text');
	my $explained = run([ 'journalctl', '-x', '--no-pager', 'MESSAGE_ID=c255ce10b30941a7aa0be334d8316210' ])->{out};
	like($explained, qr/Subject: A worker has died and is replaced/, 'the catalogue explains it');
	like($explained, qr/Worker $worker->{slot} has ended/,           'with its number');
	is(call('total', 10), 285, 'the service goes on');
};

subtest 'the zygote dies, and a worker with it' => sub {
	my $before = status();
	my $reserve = $before->{generations}[0]{reserve};
	ok((grep { $_ == $reserve } processes('preforged.service')), 'there is a reserve');
	kill 'KILL', $before->{zygote}{pid}, $before->{workers}[0]{pid};
	wait_for(sub { my $s = status(); $s->{state} eq 'ready' && $s->{generation} > $before->{generation} && @{ $s->{generations} } == 1 },
		'the next generation') or show_journal();
	is(call('total', 10), 285, 'it serves');
	is(property('preforged.service', 'NRestarts'), 0, 'for systemd nothing has happened');
	my ($death) = journal('preforged.service', 'MESSAGE_ID=4905bebc13ac4ede86bd19bb738d6a1c');
	is($death->{PREFORGE_ZYGOTE}, $before->{zygote}{pid}, 'the journal knows which one');
};

subtest 'reload' => sub {
	my $source = read_file('/srv/app/app.py');
	my $pid    = property('preforged.service', 'MainPID');
	write_file('/srv/app/app.py', "$source\ndef version():\n    return 2\n");
	ok(systemctl('reload', 'preforged.service'), 'systemctl reload') or show_journal();
	is(call('version'), 2, 'the new code serves');
	write_file('/srv/app/app.py', "$source\nversion(\n");
	ok(!systemctl('reload', 'preforged.service'), 'a reload of what cannot be imported fails');
	is(call('version'), 2, 'the old code serves on');
	is(property('preforged.service', 'ActiveState'), 'active', 'active');
	is(property('preforged.service', 'MainPID'),     $pid,     'the same process');
	like(property('preforged.service', 'StatusText'), qr/; the last reload failed: cannot import/, 'STATUS= says so');
	my ($failed) = journal('preforged.service', 'MESSAGE_ID=5498204892e346448d179eb987eeea34');
	like($failed->{MESSAGE}, qr/SyntaxError/, 'the traceback is in the journal');
	write_file('/srv/app/app.py', $source);
	run([ 'systemctl', 'kill', '--kill-whom=main', '--signal=HUP', 'preforged.service' ]);
	wait_for(sub { property('preforged.service', 'StatusText') !~ /failed/ }, 'the end of the reload by SIGHUP');
	is(call('total', 10), 285, 'it serves');
};

# Settings of a unit beside those that it comes with.
sub drop_in
{
	my ($unit, $settings) = @_;
	mkdir "/run/systemd/system";
	mkdir "/run/systemd/system/$unit.d";
	write_file("/run/systemd/system/$unit.d/test.conf", "[Service]\n$settings\n");
	systemctl('daemon-reload');
	return;
}

subtest 'the watchdog' => sub {
	drop_in('preforged.service', 'WatchdogSec=2s');
	ok(systemctl('restart', 'preforged.service'), 'restart');
	my $pid   = property('preforged.service', 'MainPID');
	my @stuck = map { IO::Socket::UNIX->new(Peer => '/run/preforge.sock') } 1 .. 3;
	syswrite $_, qq({"jsonrpc":"2.0","id":1,"method":"forever"}\n) for @stuck;
	wait_for(sub { property('preforged.service', 'NRestarts') >= 1 }, 'systemd to start it again') or show_journal();
	my ($warning) = journal('preforged.service', 'MESSAGE_ID=9e037963242343d9bea75d7bc53de9d1');
	is($warning->{PRIORITY}, 4, 'the daemon has warned');
	is(call('total', 10), 285, 'it serves again');
	isnt(property('preforged.service', 'MainPID'), $pid, 'as another process');
	my @left = grep { $_ == $pid } processes('preforged.service');
	is("@left", '', 'the old one is gone');
	drop_in('preforged.service', '');
};

subtest 'a start that takes longer than the service manager would wait' => sub {
	drop_in('preforged@slow.service', 'TimeoutStartSec=2s');
	write_file("$etc/slow.conf", "[server]\nworkers = 1\n[app]\npath = /srv/app/slow.py\n");
	write_file('/srv/app/slow.py', "import time\ntime.sleep(5)\ndef f():\n    return 1\n");
	ok(systemctl('start',  'preforged@slow.service'), 'started')  or show_journal();
	ok(systemctl('reload', 'preforged@slow.service'), 'reloaded') or show_journal();
	ok(systemctl('stop', 'preforged@slow.service', 'preforged@slow.socket'), 'stopped');
};

subtest 'a TCP socket beside the Unix one' => sub {
	ok(systemctl('stop',  'preforged.service', 'preforged.socket'),  'both stopped');
	ok(systemctl('start', 'preforged-tcp.socket', 'preforged.socket'), 'three units');
	my $tcp = IO::Socket::INET->new(PeerAddr => '127.0.0.1:8470') or die "connect: $!";
	is(call_over($tcp, 'total', 100), 328350,                      'activated through TCP');
	is(call('total', 100),            328350,                      'served over Unix, too');
	is_deeply([ sort @{ status()->{listen} } ], [ 'tcp:127.0.0.1:8470', 'unix:/run/preforge.sock' ], 'both are listed');
	ok(systemctl('stop', 'preforged.service', 'preforged-tcp.socket'), 'stopped');
};

subtest 'one daemon an application' => sub {
	write_file("$etc/$_.conf", "[server]\nworkers = 1\n[app]\npath = /srv/app/$_.py\n") for qw(one two);
	write_file("/srv/app/$_.py", "def name():\n    return '$_'\n") for qw(one two);
	ok(systemctl('start', 'preforged@one.socket', 'preforged@two.service'), 'one by its socket, the other one at once')
		or show_journal();
	for my $name (qw(one two)) {
		my $socket = IO::Socket::UNIX->new(Peer => "/run/preforge-$name.sock") or die "connect: $!";
		is(call_over($socket, 'name'), $name, $name);
		wait_for(sub { property("preforged\@$name.service", 'ActiveState') eq 'active' }, 'the unit to be active');
		is(status("preforge-$name")->{state}, 'ready', "preforgectl finds $name");
	}
	my %uid = map { uid_of(property("preforged\@$_.service", 'MainPID')) => 1 } qw(one two);
	is(keys %uid, 2, 'of two users');
	ok(systemctl('stop', 'preforged@one.service', 'preforged@two.service', 'preforged@one.socket', 'preforged@two.socket'),
		'stopped');
};

subtest 'what cannot start fails, and says why' => sub {
	write_file("$etc/broken.conf", "[app]\npath = /srv/app/broken.py\n");
	write_file('/srv/app/broken.py',        "import nothing_of_that_name\n");
	ok(!systemctl('start', 'preforged@broken.service'), 'systemctl start fails');
	my ($failed) = journal('preforged@broken.service', 'MESSAGE_ID=5498204892e346448d179eb987eeea34');
	is($failed->{PRIORITY}, 3, 'an error');
	like($failed->{MESSAGE}, qr/ModuleNotFoundError: No module named 'nothing_of_that_name'/, 'with the traceback');
	systemctl('stop', 'preforged@broken.service', 'preforged@broken.socket');
	write_file("$etc/wrong.conf", "[server]\nworkers = many\n");
	systemctl('start', 'preforged@wrong.service');
	is(property('preforged@wrong.service', 'ExecMainStatus'), 2,        'a wrong configuration');
	is(property('preforged@wrong.service', 'ActiveState'),    'failed', 'is not tried again');
};

done_testing;
