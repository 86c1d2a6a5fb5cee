# Many clients at once, and clients that behave badly: the service goes on, and keeps nothing of them.
use strict;
use warnings;

use IO::Handle;
use Socket qw(SOCK_STREAM AF_UNIX pack_sockaddr_un);
use Test::More;
use Time::HiRes qw(time);

use Preforge qw(json_decode wait_for);

use constant MANY => 10_000;

# Each side needs a descriptor for each connection; only a shell has ulimit.
my $most = `sh -c "ulimit -Hn"`;
chomp $most;
if (!$ENV{PREFORGE_CROWD} && ($most eq 'unlimited' || $most >= MANY + 200)) {
	$ENV{PREFORGE_CROWD} = 1;
	exec 'sh', '-c', 'ulimit -n ' . (MANY + 200) . ' && exec "$@"', 'sh', $^X, (map {"-I$_"} @INC), $0;
}

my $app = <<'END';
import time

def add(a, b=1): return a + b
def long(n): return "x" * n
def nap(): time.sleep(0.01)
END

sub request { my ($id) = @_; return qq({"jsonrpc":"2.0","method":"add","params":[$id],"id":$id}) }
sub answer  { my ($id) = @_; return '{"jsonrpc":"2.0","result":' . ($id + 1) . qq(,"id":$id}) }

sub connected
{
	my ($path) = @_;
	socket my $socket, AF_UNIX, SOCK_STREAM, 0 or die "socket: $!";
	connect $socket, pack_sockaddr_un($path) or die "connect: $!";
	return $socket;
}

# How many descriptors the workers have open, all together.
sub descriptors
{
	my ($daemon) = @_;
	my @open = map { glob "/proc/$_->{pid}/fd/*" } @{ $daemon->ctl_json('status')->{workers} };
	return scalar @open;
}

SKIP: {
	skip "a process may have $most descriptors here, of which " . (MANY + 200) . ' are needed', 1 unless $ENV{PREFORGE_CROWD};
	subtest MANY . ' connections' => sub {
		my $daemon = Preforge->start(app => $app,
			args => [ '-D', 'limits.connections=' . MANY, '-D', 'limits.read_timeout=0us', '-D', 'limits.queue=' . MANY ]);
		my $before = descriptors($daemon);
		my @sockets = map { connected($daemon->socket) } 1 .. MANY;
		wait_for(sub { descriptors($daemon) >= $before + MANY }, 'all of them to be accepted');

		my $one_more = $daemon->connect;
		$one_more->send(request(1));
		is_deeply(
			json_decode($one_more->line)->{error},
			{
				code    => -32000,
				message => 'Server overloaded',
				data => { reason => 'overloaded', retry => JSON::PP::true, detail => 'there are as many connections as there may be' }
			},
			'one more is too many'
		);
		is($one_more->rest, '', 'and it is closed');

		# One after the other, then all at once.
		my $wrong = 0;
		for my $round (1, 2) {
			my @some = $round == 1 ? map { 97 * $_ } 0 .. 99 : 0 .. $#sockets;
			syswrite $sockets[$_], request($_) for @some;
			for (@some) {
				my $line = readline $sockets[$_];
				$wrong++ if ($line // '') ne answer($_) . "\n";
			}
			is($wrong, 0, scalar(@some) . ' of them ask at once, and all are answered');
		}
		close $_ for splice @sockets, 0, MANY / 2;
		wait_for(sub { descriptors($daemon) <= $before + MANY / 2 }, 'half of them to be forgotten');
		is($daemon->call('add', 1), 2, 'there is room for another');
		@sockets = ();
		wait_for(sub { descriptors($daemon) <= $before }, 'all of them to be forgotten');
		is($daemon->ctl_json('status')->{restarts}, 0, 'no worker was lost');
		is($daemon->stop, 0, 'exit status');
	};
}

subtest 'the soft limit of descriptors is raised' => sub {
	my $daemon = Preforge->start(app => $app, launcher => [ 'sh', '-c', 'ulimit -Sn 100 && exec "$@"', 'sh' ]);
	my @sockets = map { connected($daemon->socket) } 1 .. 300;
	syswrite $sockets[$_], request($_) for 0 .. $#sockets;
	is(scalar(grep { (readline($sockets[$_]) // '') ne answer($_) . "\n" } 0 .. $#sockets), 0, 'three hundred connections');
	is($daemon->stop, 0, 'exit status');
};

subtest 'connections beyond the hard limit wait, and the log says so' => sub {
	my $daemon = Preforge->start(app => $app, args => [ '-D', 'server.workers=1' ],
		launcher => [ 'sh', '-c', 'ulimit -n 100 && exec "$@"', 'sh' ]);
	my @sockets = map { connected($daemon->socket) } 1 .. 150;
	syswrite $sockets[$_], request($_) for 0 .. $#sockets;
	$daemon->wait_log(qr/warning: cannot accept a connection beside the \d+ of this worker: Too many open files; it waits$/m);
	my $wrong = 0;
	for (0 .. $#sockets) {
		$wrong++ if (readline($sockets[$_]) // '') ne answer($_) . "\n";
		close $sockets[$_];
	}
	is($wrong, 0, 'all are answered in the end');
	is($daemon->stop, 0, 'exit status');

	# Workers that leave connections to each other, and have no room for them either.
	$daemon = Preforge->start(app => $app, launcher => [ 'sh', '-c', 'ulimit -n 100 && exec "$@"', 'sh' ]);
	@sockets = map { connected($daemon->socket) } 1 .. 172;
	my $nap = '{"jsonrpc":"2.0","method":"nap","id":1}';
	for my $round (1 .. 3) {
		syswrite $_, $nap for @sockets;
		$wrong += (readline($_) // '') ne qq({"jsonrpc":"2.0","result":null,"id":1}\n) for @sockets;
	}
	is($wrong, 0, 'none is lost between two workers');
	is($daemon->stop, 0, 'exit status');
};

subtest 'slowloris: who sends a byte now and then gains nothing' => sub {
	my $daemon = Preforge->start(app => $app, args => [ '-D', 'limits.read_timeout=500ms' ]);
	my $before = descriptors($daemon);
	my %said = (
		stream  => [ '{"jsonrpc":"2.0","method":"', 'a', '' ],
		headers => [ 'Content-Length: 1000000' . "\r\n\r\n", 'a', "Content-Length: 140\r\n\r\n" ],
		http    => [ "POST / HTTP/1.1\r\nX: ", 'a', "HTTP/1.1 408 Request Timeout\r\n" ],
		body    => [ "POST / HTTP/1.1\r\nContent-Length: 100000\r\n\r\n", 'a', "HTTP/1.1 408 Request Timeout\r\n" ],
	);
	my (%slow, %heard);
	for my $kind (sort keys %said) {
		for (1 .. 20) {
			my $socket = connected($daemon->socket);
			syswrite $socket, $said{$kind}[0];
			$slow{ fileno $socket } = [ $socket, $kind ];
		}
	}
	my ($begun, $others) = (time, 0);
	while (%slow && time - $begun < 60) {
		my $bits = '';
		vec($bits, $_, 1) = 1 for keys %slow;
		select $bits, undef, undef, 0.02;
		for my $number (keys %slow) {
			my ($socket, $kind) = @{ $slow{$number} };
			if (!vec($bits, $number, 1)) {
				syswrite $socket, $said{$kind}[1];
				next;
			}
			local $/;
			$heard{$kind}{ readline($socket) // '' }++;
			delete $slow{$number};
		}
		$others++ if $daemon->call('add', 1) == 2;
	}
	is(scalar(keys %slow), 0, 'all of them are cut off');
	my $why = '{"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid Request","data":"the request has not arrived completely within '
		. '0.5 s"},"id":null}';
	for my $kind (sort keys %said) {
		my ($text) = keys %{ $heard{$kind} };
		is(scalar(keys %{ $heard{$kind} }), 1, "$kind: all hear the same");
		like($text, qr/\A\Q$said{$kind}[2]\E.*\Q$why\E\n?\z/s, "$kind: why");
	}
	cmp_ok($others, '>', 3, "others were served meanwhile ($others)");
	wait_for(sub { descriptors($daemon) <= $before }, 'all of them to be forgotten');
	is($daemon->stop, 0, 'exit status');
};

subtest 'disconnects at random' => sub {
	my $daemon = Preforge->start(app => $app, args => [ '-D', 'limits.queue=10000' ]);
	my $before = descriptors($daemon);
	my $text   = request(1);
	my $long   = '{"jsonrpc":"2.0","method":"long","params":[300000],"id":1}';
	my @said   = (
		"$text\n" x 3,
		"$long\n" x 3,
		'{"jsonrpc":"2.0","method":"nap"}' . "\n$text",
		map({ "Content-Length: " . length($_) . "\r\n\r\n$_" } $text, $long),
		map({ ("POST / HTTP/1.1\r\nContent-Length: " . length($_) . "\r\n\r\n$_") x 2 } $text, $long),
		"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" . sprintf("%x\r\n$text\r\n0\r\n\r\n", length $text),
		"nonsense\n",
	);
	srand 1;
	my @open;
	for (1 .. 2000) {
		my $socket = connected($daemon->socket);
		$socket->blocking(0);
		my $bytes = $said[ rand @said ];
		syswrite $socket, substr $bytes, 0, rand(1 + length $bytes);
		sysread $socket, my $answer, rand 100000 if rand() < 0.3;
		shutdown $socket, int rand 3 if rand() < 0.3;
		push @open, $socket;
		splice @open, rand @open, 1 if @open > 50;
	}
	@open = ();
	is($daemon->call('add', 1), 2, 'the service goes on');
	wait_for(sub { descriptors($daemon) <= $before }, 'all of them to be forgotten');
	pass('nothing is left of them');
	is($daemon->ctl_json('status')->{restarts}, 0, 'no worker was lost');
	is($daemon->stop, 0, 'exit status');
};

done_testing;
