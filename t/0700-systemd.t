# What the daemon says to the service manager and takes from it.
use strict;
use warnings;

use Test::More;
use Fcntl qw(F_SETFD);
use File::Temp ();
use IO::Socket::INET;
use IO::Socket::UNIX;
use POSIX ();
use Socket qw(MSG_DONTWAIT SOCK_DGRAM);
use Preforge qw(builddir program run read_file wait_for);
use FakeZygote;

subtest 'notifications, in this order' => sub {
	my $daemon = FakeZygote->start('serve');
	is($daemon->stop, 0, 'exit status');
	my $told = $daemon->notified;
	$told =~ s/^MAINPID=.*\n//m;
	is(
		$told =~ s/^(EXTEND_TIMEOUT_USEC=10000000\n)+/$1/r, "EXTEND_TIMEOUT_USEC=10000000\n"
			. "STATUS=importing\n" . "READY=1\n"
			. "STATUS=1 workers, 3 native functions\n"
			. "STOPPING=1\nSTATUS=stopping\nEXTEND_TIMEOUT_USEC=35000000\n"
	);
};

subtest 'a start that takes long asks for more time, again and again' => sub {
	my $daemon = FakeZygote->start('import', wait => 0);
	$daemon->wait_notified(qr/STATUS=importing.*EXTEND_TIMEOUT_USEC=10000000.*EXTEND_TIMEOUT_USEC=10000000/s);
	is($daemon->stop, 0, 'exit status');
};

subtest 'so does a reload' => sub {
	my $daemon = FakeZygote->start('serve');
	$daemon->part('import');
	$daemon->signal('HUP');
	$daemon->wait_notified(qr/^RELOADING=1\n.*EXTEND_TIMEOUT_USEC=10000000.*EXTEND_TIMEOUT_USEC=10000000.*EXTEND_TIMEOUT_USEC=10000000/ms);
	is($daemon->stop, 0, 'exit status');
};

subtest 'the watchdog hears of it when nobody is served any more' => sub {
	my $app    = <<'END';
import os, time
def hold(begun, go):
    open(begun, "w").close()
    while not os.path.exists(go):
        time.sleep(0.002)
    return 1
END
	my $daemon = Preforge->start(app => $app, args => [ '-D', 'server.workers=1' ], env => { WATCHDOG_USEC => 400_000 });
	my ($begun, $go) = map { $daemon->dir . "/$_" } qw(begun go);
	my $told = sub { return scalar(() = $daemon->notified =~ /^WATCHDOG=1$/mg) };
	my $more = sub {    # further lifesigns
		my $enough = $told->() + $_[0];
		return wait_for(sub { $told->() >= $enough }, 'lifesigns');
	};
	ok($more->(2), 'while there is nothing to do');
	my $one = $daemon->connect;
	$one->send(qq({"jsonrpc":"2.0","id":1,"method":"hold","params":["$begun","$go"]}\n));
	wait_for(sub { -e $begun }, 'the call');
	ok($more->(10), 'while a call takes long and nobody waits for its end');
	my $other = $daemon->connect;
	$other->send(qq({"jsonrpc":"2.0","id":1,"method":"rpc.ping"}\n));
	$daemon->wait_log(qr/^preforged: warning: requests wait, and none was finished for [\d.]+ s: the service manager's watchdog is not told that we are alive$/m);
	my $before = $told->();
	$daemon->ctl('status') for 1 .. 5;    # the master is well
	is($told->(), $before, 'not while somebody waits in vain');
	Preforge::write_file($go, '');
	like($other->line, qr/"result"/, 'the one that waited is answered');
	ok($more->(2), 'then again');
	$daemon->wait_log(qr/^preforged: notice: requests are finished again$/m);

	is($daemon->stop, 0, 'exit status');
};

subtest 'nor when workers do not take what comes' => sub {
	my $daemon = Preforge->start(app => "def f(): return 1\n", env => { WATCHDOG_USEC => 400_000 });
	my @workers = map { $_->{pid} } @{ $daemon->ctl_json('status')->{workers} };
	kill 'STOP', @workers;
	my $client = $daemon->connect;
	$client->send(qq({"jsonrpc":"2.0","id":1,"method":"f"}\n));
	$daemon->wait_log(qr/watchdog is not told/);
	kill 'CONT', @workers;
	like($client->line, qr/"result":1/, 'they go on');
	$daemon->wait_log(qr/requests are finished again/);
	is($daemon->stop, 0, 'exit status');
};

subtest 'a call that a deadline ends is none to worry about' => sub {
	my $app    = "import time\ndef nap():\n    try:\n        time.sleep(60)\n    except TimeoutError:\n        time.sleep(60)\n";
	my $daemon = Preforge->start(
		app  => $app,
		args => [ '-D', 'server.workers=1', '-D', 'deadline.request=500ms', '-D', 'deadline.grace=1s' ],
		env  => { WATCHDOG_USEC => 400_000 }
	);
	my @clients = map { $daemon->connect } 1 .. 2;
	$clients[0]->send(qq({"jsonrpc":"2.0","id":1,"method":"nap"}\n));
	$clients[1]->send(qq({"jsonrpc":"2.0","id":1,"method":"rpc.ping"}\n));
	like($_->line, qr/"id":1/, 'an answer') for reverse @clients;
	unlike($daemon->log, qr/watchdog/, 'the log');
	is($daemon->stop, 0, 'exit status');
};

# Fill the socket of a service manager that does not read; the number of messages that were in the way.
sub fill
{
	my ($daemon) = @_;
	my $own = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Peer => $daemon->dir . '/notify') or die $!;
	my $n = 0;
	$n++ while defined send $own, 'FILL=1', MSG_DONTWAIT;
	ok($!{EAGAIN}, "the service manager has $n messages to read, and reads none");
	return;
}

subtest 'a service manager that does not listen holds nothing up' => sub {
	my $daemon = FakeZygote->start('serve');
	my $ctl = sub { run([ program('preforgectl'), @_ ], env => $daemon->{env}) };    # nothing is read meanwhile
	fill($daemon);
	is($ctl->('reload', '--wait')->{status}, 0, 'a reload') for 1 .. 2;
	$daemon->wait_notified(qr/^RELOADING=1\n(?:.*\n)*?READY=1\n(?:.*\n)*?RELOADING=1\n(?:.*\n)*?READY=1$/m);
	pass('it hears of both later, in order');
	fill($daemon);
	$daemon->signal('HUP');
	like($ctl->('status')->{out}, qr/^preforged /, 'answers');
	is($daemon->stop, 0, 'exit status');
};

# Start the daemon with these sockets as descriptors 3, 4, ..., the way systemd does it.
sub start_with
{
	my ($sockets, %option) = @_;
	my $names   = $option{names} // join ':', map {"s$_"} 1 .. @$sockets;
	my $dir     = File::Temp->newdir('preforge-activate-XXXXXX', TMPDIR => 1);
	my $wrapper = Preforge::write_file("$dir/activate", <<'END');
#!/usr/bin/perl
use POSIX ();
use Socket qw(MSG_DONTWAIT SOCK_DGRAM);
my $n = $ENV{ACTIVATE_FDS};
my @from = split /,/, $n;
# Out of the way first, then into place; dup2() leaves close-on-exec off.
my @high = map { my $fd = POSIX::dup2($_, 100 + $_); $fd } @from;
POSIX::dup2($high[$_], 3 + $_) for 0 .. $#high;
POSIX::close($_) for @high;
$ENV{LISTEN_PID} = $$;
$ENV{LISTEN_FDS} = @from;
exec { $ARGV[0] } @ARGV;
END
	chmod 0755, $wrapper;
	fcntl $_, F_SETFD, 0 for @$sockets;
	local $ENV{ACTIVATE_FDS} = join ',', map { fileno $_ } @$sockets;
	my $self = FakeZygote->start(
		'serve', %option,
		launcher => [$wrapper],
		env      => { LISTEN_FDNAMES => $names }
	);
	$self->{activate} = $dir;
	return $self;
}

subtest 'sockets from systemd are served, and left alone at the end' => sub {
	my $dir   = File::Temp->newdir('preforge-sockets-XXXXXX', TMPDIR => 1);
	my $local = IO::Socket::UNIX->new(Local => "$dir/here.sock", Listen => 5) or die $!;
	my $tcp   = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 5)  or die $!;
	my $port  = $tcp->sockport;
	my $daemon = start_with([ $local, $tcp ]);
	is_deeply($daemon->ctl_json('status')->{listen}, [ "unix:$dir/here.sock", "tcp:127.0.0.1:$port" ], 'both');
	ok(!-e $daemon->socket, 'the configured one is not made');
	$daemon->answer(qq({"jsonrpc":"2.0","id":1,"result":42}\n));
	is($daemon->ctl('call', 'f')->{out}, "42\n", 'a call through it');
	is_deeply($daemon->told->{environment}, {}, 'the zygote does not see $LISTEN_FDS');
	is($daemon->stop, 0, 'exit status');
	ok(-S "$dir/here.sock", 'the socket file stays');
};

subtest 'the control socket may come from systemd, too' => sub {
	my $dir     = File::Temp->newdir('preforge-sockets-XXXXXX', TMPDIR => 1);
	my $control = IO::Socket::UNIX->new(Local => "$dir/ctl.sock", Listen => 5) or die $!;
	my $daemon = start_with([$control], names => 'control');
	is_deeply($daemon->ctl_json('-s', "$dir/ctl.sock", 'status')->{listen}, [ 'unix:' . $daemon->socket ], 'answers');
	ok(!-e $daemon->control, 'none is made');
	ok(-S $daemon->socket,   'the one for requests is');
	is($daemon->stop, 0, 'exit status');
};

subtest 'what is not a listening socket is refused' => sub {
	open my $file, '<', '/dev/null' or die $!;
	my $daemon = start_with([$file], names => 'null', wait => 0);
	is($daemon->wait_exit, 1, 'exit status');
	is($daemon->log,
		qq(preforged: error: descriptor 3 from systemd ("null") is not a listening stream socket\n), 'the reason');
};

sub have { return scalar grep { -x "$_/$_[0]" } split /:/, $ENV{PATH} }

# The units in a directory of their own, made for systemd-analyze on a machine where nothing is installed.
sub units_for_analysis
{
	my $dir = File::Temp->newdir('preforge-units-XXXXXX', TMPDIR => 1);
	for my $name (qw(preforged.service preforged.socket preforged@.service preforged@.socket)) {
		my $unit = read_file(builddir() . "/systemd/$name");
		$unit =~ s/^ExecStart=\S+/ExecStart=\/bin\/true/m;
		$unit =~ s/^ExecReload=\S+/ExecReload=\/bin\/true/m;
		$unit =~ s/^Documentation=.*\n//mg;
		$unit =~ s/^SocketGroup=preforge$/SocketGroup=root/m;
		Preforge::write_file("$dir/$name", $unit);
	}
	return $dir;
}

subtest 'the units' => sub {
	for my $name (qw(preforged.service preforged.socket preforged@.service preforged@.socket)) {
		unlike(read_file(builddir() . "/systemd/$name"), qr/\@\w+\@/, "every name is filled in in $name");
	}
SKIP: {
		skip 'systemd-analyze is not here', 1 if !have('systemd-analyze');
		my $dir = units_for_analysis();
		my @units = map {"$dir/$_"} qw(preforged.service preforged.socket preforged@x.service preforged@x.socket);
		my $result = run([ 'systemd-analyze', 'verify', @units ]);
		is_deeply([ $result->{status}, grep {/preforged/} split /\n/, $result->{err} ], [0], 'systemd-analyze verify');
	}
};

subtest 'exposure' => sub {
	plan skip_all => 'systemd-analyze is not here' if !have('systemd-analyze');
	my $dir = units_for_analysis();
	my $doc = read_file(Preforge::srcdir() . '/doc/systemd.md');
	for my $unit ("$dir/preforged.service", "$dir/preforged\@.service") {
		my $result = run([ 'systemd-analyze', 'security', '--offline=yes', '--no-pager', $unit ]);
		my ($score) = $result->{out} =~ /Overall exposure level for \S+: ([\d.]+)/;
		ok(defined $score && $score <= 1.5, 'at most 1.5') or diag $result->{out} . $result->{err};
		note $result->{out} =~ /^(\S+ Overall exposure level .*)$/m;
		# Each point that remains is in the table of doc/systemd.md, and no other.
		my %remains = map { $_ => 1 } map { /^\xe2\x9c\x97 (\S+)/ ? $1 : () } split /\n/, $result->{out};
		my %explained = map { s/\\\|/|/gr => 1 } $doc =~ /^\| `([^`]+)` \| [\d.]+ \|/mg;
		is_deeply([ sort keys %remains ], [ sort keys %explained ], 'doc/systemd.md explains what remains');
	}
};

subtest 'the journal catalogue' => sub {
	my $header  = read_file(Preforge::srcdir() . '/common/messages.h');
	my $catalog = read_file(Preforge::srcdir() . '/systemd/preforge.catalog');
	my @ids     = $header =~ /X\(\w+, "([0-9a-f]{32})"\)/g;
	my @entries = $catalog =~ /^-- ([0-9a-f]{32})$/mg;
	ok(@ids > 5, 'there are messages with names');
	is_deeply([ sort @entries ], [ sort @ids ], 'each is explained, once');
	my @parts = split /^-- [0-9a-f]{32}\n/m, $catalog;
	shift @parts;
	like($_, qr/\ASubject: \S.*\nDefined-By: preforge\nDocumentation: man:[\w.-]+\(\d\)\n\n\S/, 'subject, source, page') for @parts;
SKIP: {
		skip 'journalctl is not here', 1 if !have('journalctl');
		my $root = File::Temp->newdir('preforge-catalog-XXXXXX', TMPDIR => 1);
		run([ 'mkdir', '-p', "$root/usr/lib/systemd/catalog", "$root/var/lib/systemd/catalog" ]);
		Preforge::write_file("$root/usr/lib/systemd/catalog/preforge.catalog", $catalog);
		my $result = run([ 'journalctl', "--root=$root", '--update-catalog' ]);
		is($result->{status}, 0, 'journalctl takes it') or diag $result->{err};
	}
};

done_testing;
