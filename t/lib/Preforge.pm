# The harness of the system tests: a daemon with a process group, a temporary directory and sockets of its own.
#
#     my $daemon = Preforge->start(app => "def twice(x):\n    return 2 * x\n");
#     is($daemon->call('twice', 21), 42);
#     is($daemon->stop, 0);
#
# Nothing here sleeps for a guessed time: everything waits for its event, at most $PREFORGE_TEST_TIMEOUT seconds (60).
# Only what start() began is ever killed. When a test fails, the daemon's log is shown.
package Preforge;

use strict;
use warnings;

use Errno qw(EINTR);
use Exporter qw(import);
use File::Temp ();
use IO::Socket::UNIX;
use JSON::PP ();
use POSIX qw(WNOHANG);
use Scalar::Util qw(weaken);
use Socket qw(SOCK_DGRAM SOCK_STREAM);
use Test::More ();
use Time::HiRes ();

our @EXPORT_OK = qw(builddir srcdir program example run sanitized wait_for write_file read_file json_decode json_encode);

my $timeout = $ENV{PREFORGE_TEST_TIMEOUT} || 60;
# With sanitizers: programs that embed CPython end with what the interpreter and their settings hold; leaks are the unit
# tests' business. Memory that cannot be had is an error of the application's, and crashes are signals.
$ENV{ASAN_OPTIONS} = join ':', 'detect_leaks=0:allocator_may_return_null=1:handle_segv=0:handle_sigbus=0:handle_sigill=0:handle_sigfpe=0',
	$ENV{ASAN_OPTIONS} // ();
# preforge-python compiles anew in each test and leaves nothing in the user's cache; daemons get a directory each.
$ENV{PREFORGE_CACHE} //= '';
# Integers past int64 come as Math::BigInt, which prints and compares like a number.
my $json = JSON::PP->new->utf8->canonical->allow_nonref->allow_bignum;
my @daemons;

# Not the time of day, which jumps where machines are stopped and set right.
sub _now { return Time::HiRes::clock_gettime(Time::HiRes::CLOCK_MONOTONIC()) }

# A child that ends interrupts the waiting: its signal is turned into a byte in a pipe, which select() sees.
pipe(my $child_ended, my $child_ended_writer) or die "pipe: $!";
$_->blocking(0) for $child_ended, $child_ended_writer;
$SIG{CHLD} = sub { local $!; syswrite $child_ended_writer, 'x' };
$SIG{PIPE} = 'IGNORE';
# DESTROY and END must run, so that nothing stays behind.
$SIG{$_} = sub { exit 1 }
	for qw(INT TERM HUP);

sub builddir { return $ENV{PREFORGE_BUILDDIR} // die "PREFORGE_BUILDDIR is not set: run this with make check\n" }
sub srcdir   { return $ENV{PREFORGE_SRCDIR}   // die "PREFORGE_SRCDIR is not set: run this with make check\n" }
sub program  { return builddir() . "/bin/$_[0]" }
sub example  { return srcdir() . "/examples/$_[0]" }

# Are the programs built with sanitizers? Then how fast they are says nothing.
sub sanitized { return run([ 'ldd', program('preforge-zygote') ])->{out} =~ /lib(?:a|ub)san/ }

sub json_decode { return $json->decode($_[0]) }
sub json_encode { return $json->encode($_[0]) }

sub write_file
{
	my ($path, $text) = @_;
	open my $file, '>', $path or die "$path: $!";
	print {$file} $text;
	close $file or die "$path: $!";
	return $path;
}

sub read_file
{
	my ($path) = @_;
	open my $file, '<', $path or die "$path: $!";
	local $/;
	return scalar(<$file>) // '';
}

# Wait until condition() is true and return its value; dies naming $what after the timeout. For what nobody announces
# (a line in a log, a worker's new pid); looks 50 times a second.
sub wait_for
{
	my ($condition, $what) = @_;
	my $deadline = _now() + $timeout;
	for (;;) {
		my $value = $condition->();
		return $value if $value;
		$_ && $_->notified for @daemons;
		if (_now() > $deadline) {
			$_ && $_->_show_processes for @daemons;
			die "waited $timeout s in vain for $what\n";
		}
		select undef, undef, undef, 0.02;
	}
}

# Run a program to its end: run([COMMAND, ARGS...], env => {...}, stdin => TEXT, cwd => DIR, timeout => SECONDS) is
# {status, signal, out, err}. status is -1 if a signal ended it. It is killed after the timeout.
sub run
{
	my ($command, %option) = @_;
	my $dir = File::Temp->newdir('preforge-run-XXXXXX', TMPDIR => 1);
	write_file("$dir/in", $option{stdin} // '');
	my $pid = _spawn($command, %option, in => "$dir/in", out => "$dir/out", err => "$dir/err");
	my $seconds = $option{timeout} // $timeout;
	my $status = _wait_exit($pid, $seconds, $option{daemon});
	if (!defined $status) {
		$option{daemon}->_show_processes if $option{daemon};
		kill 'KILL', -$pid;
		waitpid $pid, 0;
		die "killed after $seconds s: @$command\n" . read_file("$dir/err");
	}
	my %result = (out => read_file("$dir/out"), err => read_file("$dir/err"));
	@result{qw(status signal)} = $status & 127 ? (-1, $status & 127) : ($status >> 8, 0);
	return \%result;
}

# Start the daemon and wait until it is ready. Options:
#   app     Python source, or the path of a file if it is one line that ends in .py
#   conf    text of the configuration file
#   args    more arguments (a list)
#   env     more environment (undef removes a variable)
#   launcher  a command that execs its arguments, to start the daemon through
#   wait    0: do not wait for readiness, the caller does: wait_ready() or wait_exit()
# Without a number of workers in conf or args there are two.
sub start
{
	my ($class, %option) = @_;
	my $dir = File::Temp->newdir('preforge-XXXXXX', TMPDIR => 1);
	my $self = bless { dir => $dir, notified => '', shown => 0 }, $class;

	my @command = (program('preforged'));
	if (defined $option{conf}) {
		push @command, '-c', write_file("$dir/preforged.conf", $option{conf});
	}
	my @args = @{ $option{args} // [] };
	push @command, '-D', 'server.workers=2' unless ("@args\n" . ($option{conf} // '')) =~ /\bworkers\s*=/;
	push @command, @args;
	if (defined $option{app}) {
		my $is_path = $option{app} =~ /\A[^\n]+\.py\z/;
		push @command, $is_path ? $option{app} : write_file("$dir/app.py", $option{app});
	}

	$self->{notify} = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => "$dir/notify")
		or die "$dir/notify: $!";
	$self->{env} = {
		RUNTIME_DIRECTORY => "$dir",
		CACHE_DIRECTORY   => "$dir/cache",
		NOTIFY_SOCKET     => "$dir/notify",
		LISTEN_FDS        => undef,
		LISTEN_PID        => undef,
		JOURNAL_STREAM    => undef,
		WATCHDOG_USEC     => undef,
		%{ $option{env} // {} },
	};
	mkdir "$dir/cache";
	$self->{command} = \@command;
	unshift @command, @{ $option{launcher} // [] };
	write_file("$dir/$_", '') for qw(out log);    # so that they can be read before it runs
	$self->{pid} = _spawn(\@command, env => $self->{env}, out => "$dir/out", err => "$dir/log");
	push @daemons, $self;
	weaken($daemons[-1]);
	$self->wait_ready if $option{wait} // 1;
	return $self;
}

sub pid     { return $_[0]{pid} }                        # of the master, also after its end
sub dir     { return "$_[0]{dir}" }                      # its temporary directory
sub socket  { return "$_[0]{dir}/preforge.sock" }        # where it answers requests
sub control { return "$_[0]{dir}/preforge.control" }         # where preforgectl talks to it
sub log     { return read_file("$_[0]{dir}/log") }       # what it wrote to standard error so far
sub out     { return read_file("$_[0]{dir}/out") }       # and to standard output

# Everything that it told the service manager so far ("READY=1\nSTATUS=...\n").
sub notified
{
	my ($self) = @_;
	while (defined(recv $self->{notify}, my $message, 65536, Socket::MSG_DONTWAIT())) {
		last if $message eq '';
		$self->{notified} .= "$message\n";
	}
	return $self->{notified};
}

# Wait until a notification matches; dies with the log if the daemon ends or the time is over before.
sub wait_notified
{
	my ($self, $pattern) = @_;
	my $deadline = _now() + $timeout;
	for (;;) {
		return if $self->notified =~ $pattern;
		my $ended = defined $self->_reap;
		return if $ended && $self->notified =~ $pattern;
		$self->_give_up("ended while waiting for $pattern") if $ended;
		$self->_give_up("waited $timeout s in vain for $pattern", 1) if _now() > $deadline;
		_select($deadline, $self->{notify});
	}
}

sub wait_ready { return $_[0]->wait_notified(qr/^READY=1$/m) }

# Wait until the log matches.
sub wait_log
{
	my ($self, $pattern) = @_;
	return eval { wait_for(sub { $self->log =~ $pattern }, "$pattern in the log") } // $self->_give_up($@, 1);
}

# Wait for the master's end: its exit status, or -SIGNAL.
sub wait_exit
{
	my ($self) = @_;
	my $deadline = _now() + $timeout;
	until (defined $self->_reap) {
		$self->_give_up("has not ended after $timeout s", 1) if _now() > $deadline;
		_select($deadline);
	}
	my $status = $self->{status};
	return $status & 127 ? -($status & 127) : $status >> 8;
}

# Ask it to stop, as the service manager does, and wait for its end.
sub stop
{
	my ($self, $signal) = @_;
	$self->signal($signal // 'TERM');
	return $self->wait_exit;
}

sub signal
{
	my ($self, $signal) = @_;
	kill $signal, $self->{pid} unless defined $self->_reap;
	return;
}

# The pids in the daemon's process group: after a clean stop there is none.
sub processes
{
	my ($self) = @_;
	return grep { (_process_group($_) // 0) == $self->{pid} } map { m{/(\d+)$} } glob '/proc/[0-9]*';
}

# preforgectl with this daemon: {status, out, err} as of run().
sub ctl
{
	my ($self, @args) = @_;
	return run([ program('preforgectl'), @args ], env => $self->{env}, daemon => $self);
}

# The decoded output of preforgectl --json; dies if it fails.
sub ctl_json
{
	my ($self, @args) = @_;
	my $result = $self->ctl('--json', @args);
	$self->_give_up("preforgectl --json @args: status $result->{status}: $result->{err}") if $result->{status} != 0;
	return json_decode($result->{out});
}

# What preforgectl functions says of the function whose name ends in .$name (or is $name).
sub function
{
	my ($self, $name) = @_;
	my ($found) = grep { $_->{name} =~ /(?:^|\.)\Q$name\E$/ } @{ $self->ctl_json('functions') };
	return $found // $self->_give_up("no function $name in preforgectl functions");
}

sub connect
{
	my ($self) = @_;
	return Preforge::Connection->new($self->socket);
}

# One request over a connection of its own: the decoded answer. params: an array or hash reference, or undef for none.
sub rpc
{
	my ($self, $method, $params) = @_;
	my %request = (jsonrpc => '2.0', id => 1, method => $method);
	$request{params} = $params if defined $params;
	return json_decode($self->rpc_raw(json_encode(\%request)));
}

# The text of the answer to one request given as text.
sub rpc_raw
{
	my ($self, $text) = @_;
	my $connection = $self->connect;
	$connection->send("$text\n");
	my $answer = eval { $connection->line };
	return $answer // $self->_give_up("no answer to $text: " . ($@ || "the connection was closed\n"));
}

# The result of a call with positional arguments; dies if it is an error.
sub call
{
	my ($self, $method, @params) = @_;
	my $answer = $self->rpc($method, @params ? \@params : undef);
	die "$method: " . json_encode($answer->{error}) . "\n" if exists $answer->{error};
	return $answer->{result};
}

# One HTTP POST: {status, headers (names in lower case), body}.
sub http
{
	my ($self, $body, %header) = @_;
	my $connection = $self->connect;
	my $more = join '', map {"$_: $header{$_}\r\n"} sort keys %header;
	$connection->send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
			. 'Content-Length: '
			. length($body)
			. "\r\nConnection: close\r\n$more\r\n$body");
	my $answer = $connection->rest;
	my ($head, $content) = split /\r\n\r\n/, $answer, 2;
	my ($first, @lines) = split /\r\n/, $head // '';
	my %headers = map { my ($name, $value) = split /:\s*/, $_, 2; (lc $name => $value) } @lines;
	my ($status) = ($first // '') =~ m{^HTTP/1\.[01] (\d+)};
	return { status => $status, headers => \%headers, body => $content };
}

# ---- below: for this file only ----------------------------------------------------------------------------------

# Start a program in a process group of its own.
sub _spawn
{
	my ($command, %option) = @_;
	my $pid = fork // die "fork: $!";
	if ($pid == 0) {
		setpgrp;
		$SIG{$_} = 'DEFAULT' for qw(CHLD PIPE INT TERM HUP);
		my %env = %{ $option{env} // {} };
		for my $name (keys %env) {
			defined $env{$name} ? ($ENV{$name} = $env{$name}) : delete $ENV{$name};
		}
		my $ok = open(STDIN, '<', $option{in} // '/dev/null')
			&& open(STDOUT, '>', $option{out})
			&& open(STDERR, '>', $option{err})
			&& (!defined $option{cwd} || chdir $option{cwd});
		no warnings "exec";
		exec { $command->[0] } @$command if $ok;
		print STDERR "$command->[0]: $!\n";
		POSIX::_exit(127);
	}
	setpgrp $pid, $pid;    # in both: whoever comes first
	return $pid;
}

# Wait for input on the sockets, for the end of a child, or for the deadline. Perl notes a signal and runs its handler
# between two operations, so one that comes after it has looked and before select() waits does not end the waiting:
# nothing is waited for longer than this.
my $longest = 0.25;

sub _select
{
	my ($deadline, @sockets) = @_;
	my $bits = '';
	vec($bits, fileno $_, 1) = 1 for $child_ended, @sockets;
	my $left = $deadline - _now();
	select $bits, undef, undef, $left < $longest ? $left : $longest if $left > 0;
	sysread $child_ended, my $bytes, 4096;
	return;
}

# The daemon waits when what it tells the service manager is not read: ten messages are in the socket at most.
sub _wait_exit
{
	my ($pid, $seconds, $daemon) = @_;
	my $deadline = _now() + $seconds;
	for (;;) {
		return $? if waitpid($pid, WNOHANG) == $pid;
		return if _now() > $deadline;
		$daemon->notified if $daemon;
		_select($deadline, $daemon ? $daemon->{notify} : ());
	}
}

# The wait status of the master if it has ended, else undef.
sub _reap
{
	my ($self) = @_;
	local $?;
	$self->{status} = $? if !defined $self->{status} && waitpid($self->{pid}, WNOHANG) == $self->{pid};
	return $self->{status};
}

sub _process_group
{
	my ($pid, $dead_too) = @_;
	open my $file, '<', "/proc/$pid/stat" or return;
	my $line = <$file> // return;
	my ($state, $group) = $line =~ /^.*\) (\S) \d+ (\d+)/s or return;
	return $state eq 'Z' && !$dead_too ? undef : $group;
}

sub _show_log
{
	my ($self) = @_;
	return if $self->{shown}++;
	Test::More::diag("@{ $self->{command} }\n" . $self->log);
	return;
}

# What its processes do, for the one time that it comes to that.
sub _show_processes
{
	my ($self) = @_;
	return if $self->{pid} && $self->{shown_processes}++;
	for my $dir (grep { (_process_group(m{(\d+)$}, 1) // 0) == $self->{pid} } glob '/proc/[0-9]*') {
		my %of = map { my $name = $_; $name => eval { read_file("$dir/$name") } // '' } qw(cmdline wchan syscall status);
		$of{cmdline} =~ tr/\0/ /;
		my @status = $of{status} =~ /^((?:State|PPid|Threads|SigQ|SigPnd|ShdPnd|SigBlk|SigIgn|SigCgt):.*)$/mg;
		my @fds = map { ($_ =~ m{(\d+)$})[0] . ' ' . (readlink // '?') } glob "$dir/fd/*";
		Test::More::diag(join "\n  ", "$dir: $of{cmdline}", "waits in $of{wchan}, system call $of{syscall}", @status, @fds);
	}
	Test::More::diag("It told the service manager:\n" . $self->notified);
	return;
}

sub _give_up
{
	my ($self, $why, $in_vain) = @_;
	$self->_show_log;
	$self->_show_processes if $in_vain;
	chomp $why;
	die "preforged: $why\n";
}

sub DESTROY
{
	my ($self) = @_;
	return unless $self->{pid};
	local ($?, $@, $!);
	$self->_show_log unless Test::More->builder->is_passing;
	if (!defined $self->_reap) {
		kill 'TERM', $self->{pid};
		$self->{status} = _wait_exit($self->{pid}, 10);
	}
	if (my @left = $self->processes) {
		kill 'KILL', @left;
	}
	waitpid $self->{pid}, 0 unless defined $self->{status};
	delete $self->{pid};
	return;
}

END {
	$_ && $_->DESTROY for @daemons;
}

# A connection that the test holds itself.
package Preforge::Connection;

use strict;
use warnings;

sub new
{
	my ($class, $path) = @_;
	my $socket = IO::Socket::UNIX->new(Type => Socket::SOCK_STREAM(), Peer => $path) or die "connect to $path: $!\n";
	return bless { socket => $socket, buffer => '' }, $class;
}

# Send bytes, all of them; dies if the other side is gone.
sub send
{
	my ($self, $bytes) = @_;
	while (length $bytes) {
		my $n = syswrite $self->{socket}, $bytes;
		if (!defined $n) {
			next if $!{EINTR};
			die "send: $!\n";
		}
		substr $bytes, 0, $n, '';
	}
	return $self;
}

# Send a request and return the decoded answer.
sub rpc
{
	my ($self, $method, $params, $id) = @_;
	my %request = (jsonrpc => '2.0', id => $id // 1, method => $method);
	$request{params} = $params if defined $params;
	$self->send(Preforge::json_encode(\%request) . "\n");
	return Preforge::json_decode($self->line);
}

# The next line without its newline; undef at the end of the stream.
sub line
{
	my ($self) = @_;
	while ($self->{buffer} !~ /\n/) {
		return unless $self->_fill;
	}
	$self->{buffer} =~ s/\A(.*?)\n//s;
	return $1;
}

# Everything up to the end of the stream.
sub rest
{
	my ($self) = @_;
	1 while $self->_fill;
	my $rest = $self->{buffer};
	$self->{buffer} = '';
	return $rest;
}

# Tell the other side that nothing more comes.
sub finish { shutdown $_[0]{socket}, 1; return $_[0] }
sub close  { close $_[0]{socket}; return }

sub _fill
{
	my ($self) = @_;
	my $deadline = Preforge::_now() + $timeout;
	for (;;) {
		my $bits = '';
		vec($bits, fileno $self->{socket}, 1) = 1;
		my $left = $deadline - Preforge::_now();
		die "nothing received for $timeout s\n" if $left <= 0;
		next if select($bits, undef, undef, $left) <= 0;
		my $n = sysread $self->{socket}, $self->{buffer}, 65536, length $self->{buffer};
		return $n if defined $n;
		return 0 if $!{ECONNRESET};
		die "receive: $!\n" unless $!{EINTR};
	}
}

1;
