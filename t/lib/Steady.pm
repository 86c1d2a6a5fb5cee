# A steady load, from a process of its own, until it is told to stop: for tests that do something to the daemon meanwhile.
#
#     my $load = Steady->start($daemon->socket, 64);
#     ...
#     my $result = $load->stop;    # {answers, wrong, lost, silent, refused, closed, versions, p50, p99, p999, longest}
#
# The daemon must have a method probe(a, b) that returns [version, a + b, pid].  The clients are of five kinds: lines of JSON
# and HTTP over connections that stay, connections for one request, requests that are sent in two halves, and two requests
# at once.  Every answer is checked.
#
#     wrong     not what was asked for
#     lost      the connection ended while a request was under way, or could not be made
#     silent    of these, no end came, and no answer within ten seconds after stop()
#     closed    a connection that was to stay ended between two requests
package Steady;

use strict;
use warnings;

use IO::Select;
use IO::Socket::UNIX;
use JSON::PP ();
use Preforge ();
use Socket qw(SOCK_STREAM);
use Time::HiRes qw(time);

my @kinds = qw(line http once halves pair);

sub start
{
	my ($class, $path, $count) = @_;
	pipe my $from, my $to or die "pipe: $!";
	pipe my $stop, my $stopper or die "pipe: $!";
	my $pid = fork // die "fork: $!";
	if ($pid == 0) {
		close $_ for $from, $stopper;
		$SIG{TERM} = $SIG{INT} = 'DEFAULT';
		my $result = eval { _run($path, $count, $stop) } // { died => $@ };
		print {$to} Preforge::json_encode($result);
		close $to;
		POSIX::_exit(0);
	}
	close $_ for $to, $stop;
	return bless { pid => $pid, from => $from, stopper => $stopper }, $class;
}

sub stop
{
	my ($self) = @_;
	close $self->{stopper};
	local $/;
	my $from = $self->{from};
	my $text = <$from>;
	waitpid delete $self->{pid}, 0;
	my $result = JSON::PP->new->utf8->decode($text);
	die "the load died: $result->{died}" if exists $result->{died};
	return $result;
}

sub DESTROY
{
	my ($self) = @_;
	local ($?, $@, $!);
	kill 'KILL', $self->{pid} if $self->{pid};
	waitpid $self->{pid}, 0 if $self->{pid};
	return;
}

# ---- in the child ----------------------------------------------------------------------------------------------------

sub _run
{
	my ($path, $count, $stop) = @_;
	my %total = (answers => 0, wrong => 0, lost => 0, silent => 0, closed => 0, refused => 0, versions => {}, texts => []);
	my $select = IO::Select->new($stop);
	my (%client, @times, $ending);
	my $state = { path => $path, total => \%total, times => \@times, select => $select, client => \%client };
	_connect($state, { kind => $kinds[ $_ % @kinds ], n => $_ }) for 1 .. $count;
	while (!$ending || grep { @{ $_->{asked} } } values %client) {
		my @ready = $select->can_read(0.005);
		for my $socket (@ready) {
			if ($socket == $stop) {
				$ending = $state->{ending} = time;
				$select->remove($stop);
				next;
			}
			my $client = $client{$socket} // next;
			_receive($state, $client);
		}
		$_->{rest} && _send_rest($state, $_) for values %client;
		$total{silent}++, _lose($state, $_, 'no answer') for $ending && time > $ending + 10 ? grep { @{ $_->{asked} } } values %client : ();
	}
	@times = sort { $a <=> $b } @times;
	my $at = sub { return @times ? $times[ int($_[0] * $#times) ] : undef };
	@total{qw(p50 p99 p999 longest)} = map { $at->($_) } 0.5, 0.99, 0.999, 1;
	return \%total;
}

sub _connect
{
	my ($state, $client) = @_;
	my $socket;
	# A full queue of the listener is no fault of anybody's: it is tried again.
	for (1 .. 200) {
		$socket = IO::Socket::UNIX->new(Type => SOCK_STREAM, Peer => $state->{path}) and last;
		last unless $!{EAGAIN};
		select undef, undef, undef, 0.01;
	}
	if (!$socket) {
		push @{ $state->{total}{texts} }, "connect: $!";
		$state->{total}{lost}++;
		return;
	}
	@$client{qw(socket buffer asked rest)} = ($socket, '', [], undef);
	$state->{client}{$socket} = $client;
	$state->{select}->add($socket);
	_ask($state, $client);
	return;
}

sub _disconnect
{
	my ($state, $client) = @_;
	$state->{select}->remove($client->{socket});
	delete $state->{client}{ $client->{socket} };
	close $client->{socket};
	return;
}

sub _request
{
	my ($client) = @_;
	my ($a, $b) = (int rand 1000, $client->{n});
	my $id = ++$client->{id};
	push @{ $client->{asked} }, { id => $id, sum => $a + $b, at => time };
	return qq({"jsonrpc":"2.0","id":$id,"method":"probe","params":[$a,$b]});
}

sub _ask
{
	my ($state, $client) = @_;
	return if $state->{ending};
	my $kind = $client->{kind};
	my $text = _request($client) . "\n";
	$text .= _request($client) . "\n" if $kind eq 'pair';
	$text = "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: " . length($text) . "\r\n\r\n$text"
		if $kind eq 'http';
	if ($kind eq 'halves') {
		my $half = int rand length $text;
		$client->{rest} = substr $text, $half, length $text, '';
		$client->{rest_at} = time + 0.002;
	}
	_send($state, $client, $text);
	return;
}

sub _send_rest
{
	my ($state, $client) = @_;
	return if time < $client->{rest_at};
	my $rest = delete $client->{rest};
	_send($state, $client, $rest);
	return;
}

sub _send
{
	my ($state, $client, $text) = @_;
	while (length $text) {
		my $n = syswrite $client->{socket}, $text;
		next if !defined $n && $!{EINTR};
		if (!defined $n) {
			_lose($state, $client, "send: $!");
			return;
		}
		substr $text, 0, $n, '';
	}
	return;
}

# Ended, with requests under way or without.
sub _lose
{
	my ($state, $client, $why) = @_;
	my $total = $state->{total};
	if (@{ $client->{asked} }) {
		$total->{lost} += @{ $client->{asked} };
		push @{ $total->{texts} }, "$client->{kind} $client->{id}, buffer '$client->{buffer}': $why" if @{ $total->{texts} } < 10;
	} else {
		$total->{closed}++;
	}
	_disconnect($state, $client);
	_connect($state, $client) unless $state->{ending};
	return;
}

sub _receive
{
	my ($state, $client) = @_;
	my $n = sysread $client->{socket}, $client->{buffer}, 65536, length $client->{buffer};
	return if !defined $n && ($!{EINTR} || $!{EAGAIN});
	if (!$n) {
		_lose($state, $client, defined $n ? 'closed' : "receive: $!");
		return;
	}
	while (defined(my $text = _next_text($client))) {
		_check($state, $client, $text);
	}
	return if @{ $client->{asked} };
	if ($client->{kind} eq 'once' || $client->{last}) {
		_disconnect($state, $client);
		delete $client->{last};
		_connect($state, $client) unless $state->{ending};
	} else {
		_ask($state, $client);
	}
	return;
}

sub _next_text
{
	my ($client) = @_;
	if ($client->{kind} eq 'http') {
		my ($head) = $client->{buffer} =~ /\A(HTTP.*?\r\n\r\n)/s or return;
		my ($length) = $head =~ /^Content-Length:\s*(\d+)/mi or return;
		return if length $client->{buffer} < length($head) + $length;
		$client->{last} = 1 if $head =~ /^Connection: close/mi;
		my $body = substr $client->{buffer}, length $head, $length;
		substr $client->{buffer}, 0, length($head) + $length, '';
		return $body;
	}
	return unless $client->{buffer} =~ s/\A(.*?)\n//s;
	return $1;
}

my $json = JSON::PP->new->utf8;

sub _check
{
	my ($state, $client, $text) = @_;
	my $total = $state->{total};
	my $asked = shift @{ $client->{asked} };
	my $answer = eval { $json->decode($text) };
	my $result = ref $answer eq 'HASH' ? $answer->{result} : undef;
	if ($asked && ref $result eq 'ARRAY' && $answer->{id} == $asked->{id} && $result->[1] == $asked->{sum}) {
		$total->{answers}++;
		$total->{versions}{ $result->[0] }++;
		push @{ $state->{times} }, time - $asked->{at};
		return;
	}
	# An error says that something was not done: that is not a wrong answer.
	my $code = ref $answer eq 'HASH' && $answer->{error} ? $answer->{error}{code} : undef;
	$total->{ defined $code && $code <= -32000 && $code >= -32099 ? 'refused' : 'wrong' }++;
	push @{ $total->{texts} }, $text if @{ $total->{texts} } < 10;
	return;
}

1;
