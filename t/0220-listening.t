#!/usr/bin/perl
# Where requests are answered: several sockets of all kinds, and who may use them.
use strict;
use warnings;

use Fcntl qw(F_SETFD);
use File::Temp ();
use IO::Socket::IP;
use IO::Socket::UNIX;
use Socket qw(SOCK_STREAM pack_sockaddr_un);
use Test::More;

use Preforge qw(json_decode wait_for write_file);

my $dir = File::Temp->newdir('preforge-listen-XXXXXX', TMPDIR => 1);
my $app = "def twice(x):\n    return 2 * x\n";
my $request = '{"jsonrpc":"2.0","method":"twice","params":[21],"id":1}' . "\n";
my $answer  = '{"jsonrpc":"2.0","result":42,"id":1}' . "\n";

my $name = "preforge-test-$$";
my $has_v6 = IO::Socket::IP->new(Listen => 1, LocalHost => '::1', LocalPort => 0);
my $daemon = Preforge->start(
	app => $app,
	args => [
		map { ('-D', "server.listen=$_") } "unix:$dir/s1 mode=0600", "unix:\@$name", 'tcp:0', 'tcp:127.0.0.1:00', ($has_v6 ? 'tcp:[::1]:0' : ())
	],
	env => {},
);


my @tcp = $daemon->log =~ /listening on tcp:(.*)$/mg;
is(scalar @tcp, $has_v6 ? 3 : 2, 'TCP') or diag $daemon->log;
for my $address (@tcp) {
	my ($host, $port) = $address =~ /\A\[?(.*?)\]?:(\d+)\z/;
	my $socket = IO::Socket::IP->new(PeerHost => $host, PeerPort => $port) or die "$address: $@";
	print {$socket} $request;
	is(scalar <$socket>, $answer, $address);
	close $socket;
}

my ($path) = $daemon->log =~ /listening on unix:(\/.*s1)$/m;
is((stat $path)[2] & 0777, 0600, 'the mode of the socket file');
my $file = Preforge::Connection->new($path);
$file->send($request);
is($file->line . "\n", $answer, 'a socket file');

socket(my $abstract, Socket::AF_UNIX(), SOCK_STREAM, 0) or die "socket: $!";
connect($abstract, pack('S a*', Socket::AF_UNIX(), "\0$name")) or die "connect: $!";
syswrite $abstract, $request;
is(scalar <$abstract>, $answer, 'an abstract name');

is($daemon->stop, 0);
ok(!-e $path, 'the socket file is gone');

# Sockets of systemd's by name, among others; one that it does not hand over.
{
	my @handed = map { IO::Socket::UNIX->new(Local => "$dir/$_.sock", Listen => 5) or die "$_: $!" } qw(first second);
	fcntl $_, F_SETFD, 0 for @handed;
	my $activate = write_file("$dir/activate", <<'END');
use POSIX ();
my @high = map { POSIX::dup2($_, 100 + $_) } splice @ARGV, 0, 2;
POSIX::dup2($high[$_], 3 + $_) for 0, 1;
POSIX::close($_) for @high;
@ENV{qw(LISTEN_PID LISTEN_FDS LISTEN_FDNAMES)} = ($$, 2, 'first:second');
exec { $ARGV[0] } @ARGV;
END
	my @launcher = ($^X, $activate, map { fileno $_ } @handed);
	my @listen   = map { ('-D', "server.listen=$_") } 'systemd:second', "unix:$dir/own.sock", 'systemd:first';
	my $activated = Preforge->start(app => $app, launcher => \@launcher, args => \@listen);
	for my $at ('second', 'own', 'first') {
		my $connection = Preforge::Connection->new("$dir/$at.sock");
		$connection->send($request);
		is($connection->line . "\n", $answer, "at $at.sock");
	}
	is($activated->stop, 0);
	ok(-S "$dir/first.sock" && -S "$dir/second.sock" && !-e "$dir/own.sock", "systemd's files stay, our own goes");
	for my $case ([ 'third', 'systemd:third: systemd hands over no socket of that name' ],
		[ 'second', 'systemd handed over a socket named "first", and no listen = systemd:first wants it' ])
	{
		my ($wanted, $complaint) = @$case;
		my $wrong = Preforge->start(app => $app, launcher => \@launcher, wait => 0, args => [ '-D', "server.listen=systemd:$wanted" ]);
		is($wrong->wait_exit, 1, "not the sockets that are wanted: $wanted");
		like($wrong->log, qr/^preforged: error: \Q$complaint\E$/m, 'why');
	}
}

# The owner of a socket file; all addresses; who connects is logged if asked for.
SKIP: {
	skip 'only root can give files away', 1 if $> != 0;
	my $given = Preforge->start(app => $app,
		args => [ '-D', "server.listen=unix:$dir/given.sock owner=65533 group=65532 mode=0640", '-D', 'server.listen=tcp:*:0', '-D', 'log.level=debug' ]);
	my @stat = stat "$dir/given.sock";
	is_deeply([ @stat[ 4, 5 ], $stat[2] & 0777 ], [ 65533, 65532, 0640 ], 'owner, group and mode');
	my ($port) = $given->log =~ /listening on tcp:.*:(\d+)$/m or diag $given->log;
	for my $host ('127.0.0.1', $has_v6 ? '::1' : ()) {
		my $socket = IO::Socket::IP->new(PeerHost => $host, PeerPort => $port) or die "$host: $@";
		print {$socket} $request;
		is(scalar <$socket>, $answer, "all addresses: $host");
	}
	my $connection = Preforge::Connection->new("$dir/given.sock");
	$connection->send($request);
	is($connection->line . "\n", $answer, 'root may connect');
	$given->wait_log(qr/debug: a connection of user 0 \(group 0, process $$\)$/m);
	$given->wait_log(qr/debug: a connection of \S*127\.0\.0\.1 port \d+$/m);
	is($given->stop, 0);
}

# Who may.
sub with_listener
{
	my ($options) = @_;
	return Preforge->start(app => $app, args => [ '-D', "server.listen=unix:$dir/s1 $options" ]);
}
for my $case ([ "users=$>", 1 ], [ 'groups=' . (split / /, $))[0], 1 ], [ 'users=65533,65532 groups=65533', 0 ]) {
	my ($options, $may) = @$case;
	my $one = with_listener($options);
	my ($at) = $one->log =~ /listening on unix:(\/.*s1)$/m;
	my $connection = Preforge::Connection->new($at);
	$connection->send($request);
	my $got = json_decode($connection->line);
	$may ? is($got->{result}, 42, $options) : is($got->{error}{code}, -32005, $options);
	if (!$may) {
		is($connection->rest, '', 'and it is closed');
		$one->wait_log(qr/refused a connection of user $> \(group \d+, process \d+\) at unix:.*: your user and groups may not/);
	}
	is($one->stop, 0);
}
my $unknown = Preforge->start(app => $app, wait => 0, args => [ '-D', "server.listen=unix:$dir/s1 users=nobody-of-that-name" ]);
is($unknown->wait_exit, 2, 'an unknown user');
like($unknown->log, qr/^preforged: error: .*s1: there is no user "nobody-of-that-name"$/m);

done_testing;
