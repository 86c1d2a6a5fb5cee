#!/usr/bin/perl
# The example for Kubernetes, as far as it can be checked without an engine: the deployment fits together, and the daemon does
# with the command line, the user, the file system and the probes that it says, as process 1, what a kubelet expects.
use strict;
use warnings;

use IO::Socket::INET;
use Socket qw(AF_INET SOCK_DGRAM);
use Test::More;

use Preforge qw(builddir example json_decode program read_file run srcdir wait_for write_file);

my $deployment = read_file(example('kubernetes/deployment.yaml'));
my $dockerfile = read_file(example('kubernetes/Dockerfile'));

# What stands there as JSON, which is YAML, too.
sub given
{
	my ($text, $pattern) = @_;
	my ($json) = $text =~ $pattern or die "nothing like $pattern";
	return json_decode($json);
}

inside() if $ENV{PREFORGE_POD};

subtest 'the deployment fits together' => sub {
	my $python = '/usr/bin/python3';
	my $loaded = run([ $python, '-c', 'import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.stdin)))' ], stdin => $deployment);
	plan skip_all => 'there is no python3-yaml here' if $loaded->{err} =~ /ModuleNotFoundError|No such file/;
	is($loaded->{status}, 0, 'it is YAML') or diag $loaded->{err};
	my $d    = json_decode($loaded->{out});
	my $pod  = $d->{spec}{template}{spec};
	my ($c)  = @{ $pod->{containers} };
	my %port = map { $_->{name} => $_->{containerPort} } @{ $c->{ports} };
	is_deeply([ @$d{qw(apiVersion kind)} ], [qw(apps/v1 Deployment)], 'what it is');
	is_deeply($d->{spec}{selector}{matchLabels}, $d->{spec}{template}{metadata}{labels}, 'the selector finds its pods');
	for my $probe (qw(startupProbe readinessProbe livenessProbe)) {
		ok($port{ $c->{$probe}{httpGet}{port} }, "$probe asks a port that there is");
		like($c->{$probe}{httpGet}{path}, $probe eq 'livenessProbe' ? qr{^/healthz$} : qr{^/readyz$}, 'and its path');
	}
	my ($listen) = map { /^server\.listen=tcp:\*:(\d+)$/ ? $1 : () } @{ $c->{args} };
	is_deeply([ values %port ], [$listen], 'the daemon listens at that port');
	is($d->{spec}{template}{metadata}{annotations}{'prometheus.io/port'}, $listen, 'as Prometheus is told');
	is_deeply([ sort map { $_->{name} } @{ $c->{volumeMounts} } ], [ sort map { $_->{name} } @{ $pod->{volumes} } ], 'volumes and mounts');
	my ($default) = run([ program('preforged'), '--print-defaults' ])->{out} =~ /^#stop_timeout = (\d+)s$/m;
	cmp_ok($pod->{terminationGracePeriodSeconds}, '>', $c->{lifecycle}{preStop}{exec}{command}[1] + $default, 'time to stop');
	my ($uid) = $dockerfile =~ /^USER (\d+)$/m;
	is_deeply([ @{ $pod->{securityContext} }{qw(runAsUser runAsGroup fsGroup)} ], [ ($uid) x 3 ], 'the user of the image');
	my %mounted = map { $_->{mountPath} => 1 } @{ $c->{volumeMounts} };
	for my $dir ('/tmp', $dockerfile =~ /_DIRECTORY=(\S+)/g) {
		ok(scalar(grep { "$dir/" =~ m{^\Q$_\E/} } keys %mounted), "$dir can be written");
	}
	my %is_given = map { $_ => 1 } @{ $c->{args} };
	is_deeply([ grep { !$is_given{$_} } @{ given($dockerfile, qr/^CMD (\[.*\])$/m) } ], [], 'it says all that the image says');
};

my @missing = grep { system("command -v $_ >/dev/null") != 0 } qw(unshare setpriv mount);
my $why =
	  $> != 0  ? 'needs root'
	: @missing ? "there is no $missing[0] here"
	: run([qw(unshare --mount --net --pid --fork --mount-proc true)])->{status} != 0 ? 'namespaces are not allowed here'
	:                                                                                   undef;
SKIP: {
	skip $why, 1 if $why;
	# A network and mounts of our own; the daemon gets processes of its own below.
	my $result = run([ qw(unshare --mount --net --propagation private perl), "$0" ], env => { PREFORGE_POD => 1 }, timeout => 300);
	is($result->{status}, 0, 'in a pod') or diag $result->{out} . $result->{err};
}
done_testing;
exit;

# ---- in the pod ------------------------------------------------------------------------------------------------------

# ip link set lo up
sub loopback_up
{
	my ($SIOCSIFFLAGS, $IFF_UP) = (0x8914, 1);
	socket my $socket, AF_INET, SOCK_DGRAM, 0 or die "socket: $!";
	ioctl $socket, $SIOCSIFFLAGS, my $request = pack 'a16 s x22', 'lo', $IFF_UP or die "lo: $!";
	return;
}

sub get
{
	my ($path, $body) = @_;
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1:8470') or return;
	my $ask = $body ? "POST $path HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: " . length $body : "GET $path HTTP/1.1";
	print {$socket} "$ask\r\nHost: pod\r\nConnection: close\r\n\r\n" . ($body // '');
	local $/;
	my $answer = <$socket> // '';
	return $answer =~ m{^HTTP/1\.1 (\d+) .*?\r\n\r\n(.*)}s ? ($1, $2) : ();
}

sub inside
{
	my %env  = $dockerfile =~ /(\w+_DIRECTORY)=(\S+)/g;
	my ($uid) = $dockerfile =~ /^USER (\d+)$/m;
	my @args = @{ given($deployment, qr/^\s+args: (\[.*\])$/m) };
	my @mounts = $deployment =~ /mountPath: ([^\s}]+)/g;
	chdir '/';
	loopback_up();
	# The programs are there, too, wherever they were built.
	system 'mount', '-t', 'tmpfs', '-o', 'mode=755', 'pod', '/srv';
	mkdir '/srv/bin';
	system 'mount', '--bind', builddir() . '/bin', '/srv/bin';
	for my $dir (@mounts) {
		# A directory that has to be made is made where nothing of it stays.
		system 'mount', '-t', 'tmpfs', '-o', 'mode=755', 'pod', $dir =~ s{/[^/]+$}{}r if !-d $dir;
		mkdir $dir;
		# An emptyDir, with fsGroup.
		system 'mount', '-t', 'tmpfs', '-o', "mode=2777,uid=0,gid=$uid", 'pod', $dir;
	}
	write_file('/srv/app.py', <<'END');
import os, subprocess, time

def total(n):
    s = 0
    for i in range(n):
        s += i * i
    return s

def orphan():
    """A process that outlives its parent; its pid."""
    return int(subprocess.run(["sh", "-c", "sh -c 'exit 0' >/dev/null & echo $!"], capture_output=True, text=True).stdout)

def is_there(pid):
    return os.path.exists(f"/proc/{pid}")

def write(path):
    try:
        open(path, "w")
    except OSError as e:
        return e.strerror
    return "done"

def hold(begun):
    open(begun, "w").close()
    time.sleep(1)
    return "finished"
END
	# The container: read-only but for the volumes, no capabilities, process 1.
	my @user = ('setpriv', '--reuid', $uid, '--regid', $uid, '--clear-groups', '--bounding-set=-all', '--inh-caps=-all', '--no-new-privs');
	my $log = '/tmp/log';
	open my $out, '>', $log or die "$log: $!";
	my $pid = fork // die "fork: $!";
	if ($pid == 0) {
		open STDERR, '>&', $out;
		exec 'unshare', '--mount', '--pid', '--fork', '--kill-child=KILL', '--mount-proc', 'sh', '-c',
			'mount -o remount,ro,bind / && exec env -i PATH=/usr/bin:/bin "$@"', 'sh', "ASAN_OPTIONS=$ENV{ASAN_OPTIONS}", (map {"$_=$env{$_}"} sort keys %env), @user, '/srv/bin/preforged', @args;
	}
	wait_for(sub { (get('/readyz'))[0] }, 'readiness') or die;
	my @status = get('/readyz');
	is($status[0], 200, 'GET /readyz');
	is((get('/healthz'))[0], 200, 'GET /healthz');
	my $call = sub {
		my ($method, @params) = @_;
		my ($code, $body) = get('/', Preforge::json_encode({ jsonrpc => '2.0', id => 1, method => $method, params => \@params }));
		return json_decode($body)->{result};
	};
	is($call->('total', 1000), 332833500, 'a call');
	like((get('/metrics'))[1], qr/^preforge_requests_total 1$/m, 'GET /metrics');
	is($call->('write', '/var/tmp/x'), 'Read-only file system', 'the file system is read-only') or diag read_file($log);
	is($call->('write', "$_/x"), 'done', "not: $_") for @mounts;
	# Workers may answer before the master has heard that they do.
	my $status = wait_for(
		sub {
			my $said = json_decode(run([ '/srv/bin/preforgectl', '-s', "$env{RUNTIME_DIRECTORY}/preforge.control", '--json', 'status' ])->{out});
			return $said->{state} eq 'ready' && $said;
		},
		'readiness'
	);
	is($status->{cache}{store}{directory}, $env{CACHE_DIRECTORY}, 'the store is in its volume');
	my $orphan = $call->('orphan');
	wait_for(sub { !$call->('is_there', $orphan) }, 'the end of a process that lost its parent');
	my ($master) = split ' ', read_file("/proc/$pid/task/$pid/children");
	like(read_file("/proc/$master/status"), qr/^NSpid:\s+$master\s+1$/m, 'the daemon is process 1');
	like(read_file("/proc/$master/status"), qr/^Uid:\s+$uid\s+$uid/m, 'of the user');

	# The kubelet's SIGTERM.
	pipe my $reader, my $writer;
	my $client = fork // die "fork: $!";
	if ($client == 0) {
		print {$writer} $call->('hold', '/tmp/begun');
		close $writer;
		POSIX::_exit(0);
	}
	close $writer;
	wait_for(sub { -e '/tmp/begun' }, 'a call');
	kill 'TERM', $master;
	is(scalar(<$reader>), 'finished', 'what is under way is finished');
	waitpid $client, 0;
	waitpid $pid, 0;
	is($?, 0, 'exit status');
	my @lines = map { json_decode($_) } split /\n/, read_file($log);
	like($lines[0]{message}, qr/^listening on tcp:\S+:8470$/, 'the log is JSON');
	is_deeply([ map { $_->{message} } grep { $_->{level} ne 'info' } @lines ], [], 'without a warning');
	done_testing;
	exit;
}
