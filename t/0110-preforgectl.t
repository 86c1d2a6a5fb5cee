# preforgectl: what it prints, and its exit status. The daemon's zygote is a fake one with known numbers.
use strict;
use warnings;

use Test::More;
use IO::Socket::UNIX;
use Preforge qw(program run json_decode);
use FakeZygote;

my $daemon = FakeZygote->start('serve');
my $dir    = $daemon->dir;

subtest 'status as JSON' => sub {
	my $status = $daemon->ctl_json('status');
	my $worker = $status->{workers}[0];
	ok(kill(0, $_), "process $_") for $status->{zygote}{pid}, $worker->{pid};
	is($status->{master}{pid}, $daemon->pid, 'the master');
	is($status->{state},       'ready',      'state');
	is($status->{zygote}{state}, 'ready', "the zygote's");
	is_deeply(
		$status->{cache},
		{ compiled => 2, loaded => 1, refused => 4, quarantined => 0, size => 67108864, used => 6000 },
		'the cache, as of now'
	);
	is_deeply([ @$status{qw(requests errors restarts)} ], [ 0, 0, 0 ], 'counts');
	is_deeply([ @$worker{qw(slot requests errors)} ], [ 0, 0, 0 ], "the worker's");
	is_deeply($status->{listen}, ["unix:$dir/preforge.sock"], 'where it listens');
	is_deeply($status->{timings}, { import_us => 1000, warmup_us => 2000, compile_us => 3000 }, 'timings');
	is($status->{compiler}, 'ok', 'the compiler');
	cmp_ok($status->{start_to_ready_us}, '>', 0, 'time to readiness');
	cmp_ok($status->{uptime_s},          '>', 0, 'uptime');
	like($status->{version}, qr/^\d+\.\d+\.\d+$/, 'version');
};

subtest 'tables' => sub {
	my $result = $daemon->ctl('functions');
	is($result->{out}, <<'END', 'functions');
NAME       CALLS  SIDE EXITS  GAIN  COMPILE MS  CODE BYTES  STATE
app.hello     12           1     -        14.2         812  native
app.other      3           0     -         0.0           0  cpython: no-gain: it is not faster
END
	is(scalar @{ $daemon->ctl_json('functions') }, 2, 'functions --json');
	$result = $daemon->ctl('status');
	like(
		$result->{out},
		qr/\Apreforged \S+, pid \d+: ready, up \d+ s
listening  unix:\Q$dir\E\/preforge\.sock
generation 1, serving, 1 workers, \d+ s old
zygote     pid \d+, ready, started again 0 times
requests   0, of these 0 answered with an error
workers    1, replaced: 0 that died, 0 after their requests, 0 for age, 0 for memory
functions  2 compiled, 1 loaded, 4 refused, 0 quarantined
cache      6 of 65536 KiB used
store      -
compiler   ok
start      \d+\.\d{3} s: import 0\.001, warm-up 0\.002, compilation 0\.003

WORKER +PID  STATE +REQUESTS  ERRORS +CPU  MEMORY  PRIVATE +AGE  GENERATION
 +0 +\d+  \w+ +0 +0 +\S+ s +\S+ +- +\S+ s +1
\z/, 'status'
	);
};

subtest 'call' => sub {
	$daemon->answer(qq({"jsonrpc": "2.0", "id": 1, "result": {"n": 333333283333335000000, "s": "a\\"}b"}}\n));
	my $result = $daemon->ctl('call', 'f', "[1,\n12345678901234567890]");
	is_deeply(
		[ @$result{qw(status out err)} ],
		[ 0, qq({"n": 333333283333335000000, "s": "a\\"}b"}\n), '' ],
		'the result, digit for digit'
	);
	is($daemon->ctl('--json', 'call', 'f')->{out}, $result->{out}, '--json');
	$daemon->answer(qq({"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found","data":["f"]}}\n));
	$result = $daemon->ctl('call', 'f');
	is_deeply(
		[ @$result{qw(status out err)} ],
		[ 1, '', qq(preforgectl: f: error -32601: Method not found ["f"]\n) ],
		'an error'
	);
	$result = $daemon->ctl('--json', 'call', 'f');
	is_deeply(
		[ @$result{qw(status out err)} ],
		[ 1, '', qq({"code":-32601,"message":"Method not found","data":["f"]}\n) ],
		'an error as JSON'
	);
	$result = $daemon->ctl('-l', "unix:$dir/none", 'call', 'f');
	is_deeply(
		[ @$result{qw(status err)} ],
		[ 3, "preforgectl: cannot connect to $dir/none: No such file or directory\n" ],
		'nobody there'
	);
};

subtest 'call, where no socket file is' => sub {
	my $app = "def twice(x):\n    return 2 * x\n";
	for my $listen ('tcp:0', "unix:\@preforge-test-$$", 'tcp:*:0', 'tcp:[::1]:0') {
		if ($listen =~ /::1/ && !-e '/proc/net/if_inet6') {
			note 'no IPv6 here';
			next;
		}
		my $serving = Preforge->start(app => $app, args => [ '-D', "server.listen=$listen" ]);
		my ($address) = @{ $serving->ctl_json('status')->{listen} };
		is_deeply([ @{ $serving->ctl('call', 'twice', '[21]') }{qw(status out err)} ], [ 0, "42\n", '' ], "$listen: as the daemon says");
		is_deeply([ @{ $serving->ctl('-l', $address, 'call', 'twice', '[21]') }{qw(status out err)} ], [ 0, "42\n", '' ], "$address: as it is told");
		is($serving->stop, 0, 'exit status');
		is_deeply([ @{ $serving->ctl('-l', $address, 'call', 'f') }{qw(status err)} ],
			[ 3, 'preforgectl: cannot connect to ' . $address =~ s/^unix://r . ": Connection refused\n" ], 'nobody there');
	}
	my $wrong = $daemon->ctl('-l', 'tcp:nowhere', 'call', 'f');
	is($wrong->{status}, 2, 'no port');
	like($wrong->{err}, qr/^preforgectl: --listen: no port from 0 to 65535 at its end$/m, 'says so');
};

subtest 'before the application is ready' => sub {
	my $daemon = FakeZygote->start('import', wait => 0);
	$daemon->wait_notified(qr/^STATUS=importing$/m);
	for my $command ([qw(functions)], [qw(explain f)], [qw(cache list)]) {
		my $result = $daemon->ctl(@$command);
		is_deeply([ @$result{qw(status err)} ], [ 1, "preforgectl: $command->[0]: error -32000: the application is not ready yet\n" ], "@$command");
	}
	is($daemon->stop, 0, 'exit status');
};

subtest 'usage' => sub {
	my $try = "Try preforgectl --help.\n";
	for (
		[ [],                   "no command" ],
		[ ['dance'],            "unknown command: dance" ],
		[ ['call'],             "a method is missing: call" ],
		[ [ 'status', 'x' ],    "too many arguments: x" ],
		[ [ 'call', 'f', '3' ], "PARAMS is not a JSON array or object: 3" ],
		)
	{
		my ($arguments, $complaint) = @$_;
		my $result = $daemon->ctl(@$arguments);
		is_deeply([ @$result{qw(status err)} ], [ 2, "preforgectl: $complaint\n$try" ], $complaint);
	}
	like($daemon->ctl('--help')->{out}, qr/^Usage: preforgectl \[OPTION\]\.\.\. COMMAND\n/, '--help');
};

sub control_lines
{
	my ($text) = @_;
	my $socket = IO::Socket::UNIX->new(Peer => $daemon->control) or die $!;
	print {$socket} $text;
	shutdown $socket, 1;
	return join '', <$socket>;
}

subtest 'the control socket is JSON-RPC' => sub {
	is(
		control_lines(qq({"jsonrpc":"2.0","id":"x","method":"dance"}\n)),
		qq({"jsonrpc":"2.0","error":{"code":-32601,"message":"Method not found"},"id":"x"}\n),
		'unknown method'
	);
	is(
		control_lines("[]\n"),
		qq({"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid Request"},"id":null}\n),
		'not a request'
	);
	like(
		control_lines("nonsense\n"),
		qr/^\{"jsonrpc":"2\.0","error":\{"code":-32700,"message":"Parse error: .*\},"id":null\}\n\z/,
		'not JSON'
	);
	like(
		control_lines('"' . 'x' x 70000),
		qr/"message":"Parse error: a line of more than 65536 bytes"/,
		'too long'
	);
	is(control_lines(qq({"jsonrpc":"2.0","method":"status"}\n)), '', 'a notification');
	my $two = control_lines(join '', map {qq({"jsonrpc":"2.0","id":$_,"method":"functions"}\n)} 1, 2);
	is(join(',', sort map { json_decode($_)->{id} } split /\n/, $two), '1,2', 'two at once');
};

is($daemon->stop, 0, 'exit status');
my $result = $daemon->ctl('status');
is_deeply(
	[ @$result{qw(status err)} ],
	[ 3, "preforgectl: cannot connect to $dir/preforge.control: No such file or directory\n" ],
	'no daemon'
);

done_testing;
