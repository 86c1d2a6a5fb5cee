# Workers that are replaced for what they have become, and as many as are needed.
use strict;
use warnings;

use IO::Select;
use POSIX ();
use Test::More;
use Preforge qw(wait_for write_file);
use Prometheus qw(parse_metrics);

my $app = <<'END';
import os, time

kept = []

def pid():
    return os.getpid()

def grow(megabytes):
    kept.append(b"x" * (megabytes << 20))
    return os.getpid()

def hold(begun, go):
    open(begun, "w").close()
    while not os.path.exists(go):
        time.sleep(0.002)
    return os.getpid()

def large():
    return "x" * 500_000

def short():
    end = time.monotonic() + 0.0003
    while time.monotonic() < end:
        pass

def threads():
    import threading
    many = [threading.Thread(target=pid) for _ in range(20)]
    for thread in many: thread.start()
    for thread in many: thread.join()
    return len(many)
END

sub start
{
	my (@settings) = @_;
	return Preforge->start(app => $app, args => [ map { ('-D', $_) } @settings ]);
}

sub workers { return @{ $_[0]->ctl_json('status')->{workers} } }

# Workers that were replaced, by cause, as far as there are any.
sub replaced
{
	my ($daemon) = @_;
	my $metrics = parse_metrics($daemon->ctl('metrics')->{out});
	return { map { /^preforge_worker_restarts_total\{cause="(\w+)"\}$/ && $metrics->{$_} ? ($1 => $metrics->{$_}) : () } keys %$metrics };
}

# One connection, until another process answers.
sub until_replaced
{
	my ($daemon, $connection) = @_;
	my $before = $connection->rpc('pid')->{result};
	wait_for(sub { $connection->rpc('pid')->{result} != $before }, 'another worker');
	return $before;
}

# A process that sends all of it.
sub sender
{
	my ($connection, $text) = @_;
	my $pid = fork // die "fork: $!";
	return $pid if $pid;
	$SIG{TERM} = 'DEFAULT';
	$connection->send($text);
	POSIX::_exit(0);
}

# How many answers have come.
sub read_some
{
	my ($connection) = @_;
	return 0 if !IO::Select->new($connection->{socket})->can_read(0);
	sysread $connection->{socket}, my $text, 65536 or die "the connection ended\n";
	return $text =~ tr/\n//;
}

subtest 'after so many requests; its connections go on' => sub {
	my $daemon = start('server.workers=1', 'workers.requests=20', 'log.level=debug');
	my $connection = $daemon->connect;
	my $before = until_replaced($daemon, $connection);
	like($daemon->log, qr/debug: worker 0 \(pid $before\) has served its requests, and leaves: \d+ requests, [\d.]+ s, [\d.]+ MiB of its own$/m, 'the log');
	my $status = $daemon->ctl_json('status');
	is($status->{restarts}, 0, 'none has died');
	cmp_ok($status->{left}{requests}, '>=', 1, 'it is counted');
	is_deeply([ keys %{ replaced($daemon) } ], ['limit'], 'in the metrics as replaced for a limit');
	is($daemon->stop, 0, 'exit status');
};

subtest 'who cannot leave yet has a successor' => sub {
	my $daemon = start('server.workers=1', 'workers.requests=20');
	my ($idle, $slow) = map { $daemon->connect } 1 .. 2;
	my $before = $idle->rpc('pid')->{result};
	my $text = qq({"jsonrpc":"2.0","id":1,"method":"large"}\n) x 20;
	$slow->send($text);    # and does not read
	until_replaced($daemon, $idle);
	is_deeply([ map { [ @$_{qw(pid state)} ] } grep { $_->{pid} == $before } workers($daemon) ], [ [ $before, 'stopping' ] ], 'it waits for a client');
	like($slow->line, qr/"result":"x+"/, 'which has its answers') for 1 .. 20;
	wait_for(sub { !grep { $_->{pid} == $before } workers($daemon) }, 'its end');
	is(scalar workers($daemon), 1, 'there is still one worker');
	is($daemon->ctl_json('status')->{restarts}, 0, 'none has died');
	is($daemon->stop, 0, 'exit status');
};

subtest 'when it is old' => sub {
	my $daemon = start('server.workers=1', 'workers.age=200ms');
	until_replaced($daemon, $daemon->connect);
	cmp_ok($daemon->ctl_json('status')->{left}{age}, '>=', 1, 'it is counted');
	is($daemon->stop, 0, 'exit status');
};

subtest 'when it has grown' => sub {
	my $daemon = start('server.workers=1', 'workers.memory=100M');
	my $connection = $daemon->connect;
	my $pid = $connection->rpc('grow', [10])->{result};
	wait_for(sub { (workers($daemon))[0]{private_bytes} > 10 << 20 }, 'what it says');
	is($connection->rpc('pid')->{result}, $pid, 'it may have some memory');
	is($connection->rpc('grow', [100])->{result}, $pid, 'the call that gets it too much');
	wait_for(sub { $connection->rpc('pid')->{result} != $pid }, 'another worker');
	is($daemon->ctl_json('status')->{left}{memory}, 1, 'it is counted');
	is_deeply(replaced($daemon), { limit => 1 }, 'in the metrics');
	is($daemon->stop, 0, 'exit status');
};

subtest 'when it has grown and has always something to do' => sub {
	my $daemon = start('server.workers=1', 'workers.memory=50M', 'limits.queue=100000');
	my ($before) = map { $_->{pid} } workers($daemon);
	is($daemon->call('grow', 20), $before, 'some memory');
	my ($n, @busy) = (30_000, map { $daemon->connect } 1 .. 3);
	my @senders = map { sender($_, qq({"jsonrpc":"2.0","id":1,"method":"short"}\n) x $n) } @busy;
	is($daemon->call('grow', 100), $before, 'the call that gets it too much');
	my %left = map { $_ => $n } 0 .. 2;
	wait_for(
		sub {
			$left{$_} -= read_some($busy[$_]) for 0 .. 2;
			return !grep { $_->{pid} == $before } workers($daemon);
		},
		'another worker'
	);
	cmp_ok($left{$_}, '>', 0, 'in the midst of it') for 0 .. 2;
	kill 'TERM', @senders;
	waitpid $_, 0 for @senders;
	@busy = ();    # nobody waits for the rest
	is($daemon->stop, 0, 'exit status');
};

subtest 'it cannot have more than so much' => sub {
	my $daemon = start('server.workers=1', 'workers.memory_max=200M');
	my $pid = $daemon->call('grow', 100);
	my $error = $daemon->rpc('grow', [150])->{error};
	is($error->{code}, -32001, 'the error');
	is($error->{data}{type}, 'MemoryError', 'its type');
	is($daemon->call('pid'), $pid, 'the worker goes on');
	is($daemon->call('threads'), 20, 'stacks of threads are small');
	is($daemon->stop, 0, 'exit status');
};

# So many workers are in a call: the file that ends the calls when it is there, and the connections.
sub occupy
{
	my ($daemon, $calls) = @_;
	my $go = $daemon->dir . '/go';
	my @busy;
	for my $n (1 .. $calls) {
		push @busy, $daemon->connect;
		$busy[-1]->send(qq({"jsonrpc":"2.0","id":1,"method":"hold","params":["$go.$n","$go"]}\n));
		wait_for(sub { -e "$go.$n" }, "call $n");
	}
	return ($go, @busy);
}

subtest 'as many as are needed' => sub {
	my $daemon = start('server.workers=4', 'workers.min=1', 'workers.idle=300ms');
	is(scalar workers($daemon), 1, 'one to begin with');
	my ($go, @busy) = occupy($daemon, 3);
	wait_for(sub { workers($daemon) == 4 }, 'one that is idle');
	write_file($go, '');
	my %pids = map { Preforge::json_decode($_->line)->{result} => 1 } @busy;
	is(scalar keys %pids, 3, 'each was in a worker of its own');
	wait_for(sub { workers($daemon) == 1 }, 'the end of the others');
	is($daemon->ctl_json('status')->{left}{idle}, 3, 'they are counted');
	is_deeply(replaced($daemon), {}, 'none of them as replaced');
	is($_->rpc('pid')->{result}, (workers($daemon))[0]{pid}, 'their connections go on') for @busy;
	is($daemon->stop, 0, 'exit status');
	is_deeply([ $daemon->processes ], [], 'nothing is left');
};

# Kill the zygote; the next one imports the app as long as the file exists.
sub without_zygote
{
	my ($file, @settings) = @_;
	my $daemon = Preforge->start(
		app  => "import os, time\nwhile os.path.exists('$file'):\n    time.sleep(0.002)\n$app",
		args => [ map { ('-D', $_) } @settings ]
	);
	write_file($file, '');
	kill 'KILL', $daemon->ctl_json('status')->{zygote}{pid};
	wait_for(sub { $daemon->ctl_json('status')->{generations}[-1]{state} eq 'orphaned' }, 'no zygote');
	return $daemon;
}

subtest 'while there is no zygote: those that have served enough' => sub {
	my $dir    = File::Temp->newdir;
	my $daemon = without_zygote("$dir/wait", 'server.workers=1', 'workers.requests=20');
	my $connection = $daemon->connect;
	until_replaced($daemon, $connection) for 1 .. 2;
	my $status = $daemon->ctl_json('status');
	is_deeply([ @$status{qw(generation restarts)} ], [ 1, 0 ], 'none has died');
	cmp_ok($status->{left}{requests}, '>=', 2, 'they are counted');
	is_deeply([ keys %{ replaced($daemon) } ], ['limit'], 'in the metrics as replaced for a limit');
	unlike($daemon->log, qr/worker \d/, 'nothing to warn of');
	is($daemon->stop, 0, 'exit status');
	is_deeply([ $daemon->processes ], [], 'nothing is left');
};

subtest 'and as many as are needed' => sub {
	my $dir    = File::Temp->newdir;
	my $daemon = without_zygote("$dir/wait", 'server.workers=3', 'workers.min=1', 'workers.idle=300ms');
	my ($go, @busy) = occupy($daemon, 2);
	wait_for(sub { workers($daemon) == 3 }, 'one that is idle');
	write_file($go, '');
	my %pids = map { Preforge::json_decode($_->line)->{result} => 1 } @busy;
	is(scalar keys %pids, 2, 'each was in a worker of its own');
	wait_for(sub { workers($daemon) == 1 }, 'the end of the others');
	is($daemon->ctl_json('status')->{left}{idle}, 2, 'they are counted');
	unlink "$dir/wait";
	wait_for(sub { my $s = $daemon->ctl_json('status'); $s->{generation} == 2 && @{ $s->{generations} } == 1 }, 'the next generation');
	is($_->rpc('pid')->{result}, (workers($daemon))[0]{pid}, 'their connections go on') for @busy;
	is($daemon->stop, 0, 'exit status');
	is_deeply([ $daemon->processes ], [], 'nothing is left');
};

done_testing;
