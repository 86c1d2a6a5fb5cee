# The access log: a line for each request in a file of its own, in the format of web servers or as JSON; and among the messages.
use strict;
use warnings;

use IO::Socket::INET;
use Test::More;

use Preforge qw(json_decode read_file wait_for write_file);

my $app = <<'END';
import time

def double(x):
    return 2 * x

def nap():
    time.sleep(0.02)

def fail():
    raise ValueError("no")
END

sub lines { return split /\n/, read_file($_[0]) }

sub start
{
	my ($format) = @_;
	my $more = $format ? "access_format = $format\n" : '';
	return Preforge->start(app => $app, conf => <<"END");
[server]
workers = 2
listen = unix:preforge.sock
listen = tcp:0
[jit]
mode = off
[log]
access_file = access.log
$more
END
}

subtest 'as web servers have it' => sub {
	my $daemon = start();
	my $file   = $daemon->dir . '/access.log';
	is(sprintf('%o', (stat $file)[2] & 0777), '640', 'mode of the file');
	$daemon->call('double', 1);
	$daemon->call('nap');
	$daemon->rpc($_) for qw(fail nothing double);
	$daemon->rpc_raw('[{"jsonrpc":"2.0","method":"double","params":[1],"id":1},{"jsonrpc":"2.0","method":"double","params":[2]}]');
	$daemon->rpc_raw('[1,x]');
	my @lines = @{ wait_for(sub { my @l = lines($file); @l >= 8 && \@l }, 'the lines') };
	is(@lines, 8, 'a line for each');
	my $when   = qr{\[\d\d/(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\]};
	my @parsed = map { [/^unix - $< $when "CALL (\S+) JSON-RPC\/2\.0" (\d{3}) (\d+) (\d+\.\d{6}) (-?\d+)$/] } @lines;
	is_deeply(
		[ sort map {"$_->[0] $_->[1] $_->[4]"} @parsed ],
		[ sort 'double 200 0', 'nap 200 0', 'fail 500 -32001', '- 404 -32601', 'double 400 -32602', 'double 200 0', 'double 200 0', '- 400 -32700' ],
		'method, status and code of each'
	) or diag join "\n", @lines;
	my ($nap) = grep { $_->[0] eq 'nap' } @parsed;
	cmp_ok($nap->[3], '>=', 0.02, 'duration in seconds');
	is($nap->[2], length(qq({"jsonrpc":"2.0","result":null,"id":1})), 'bytes of the answer');
	is($daemon->stop, 0, 'exit status');
	unlike($daemon->log, qr/request:/, 'nothing of it is among the messages');
};

subtest 'as JSON' => sub {
	my $daemon = start('json');
	my ($address) = grep {/^tcp:/} @{ $daemon->ctl_json('status')->{listen} };
	my $tcp = IO::Socket::INET->new(PeerAddr => $address =~ s/^tcp://r) or die "connect: $!";
	$daemon->rpc('fail');
	print {$tcp} qq({"jsonrpc":"2.0","method":"double","params":[4],"id":1}\n);
	like(scalar(<$tcp>), qr/"result":8/, 'a request over TCP');
	my $file  = $daemon->dir . '/access.log';
	my @lines = @{ wait_for(sub { my @l = lines($file); @l >= 2 && \@l }, 'the lines') };
	my ($fail, $double) = map { json_decode($_) } @lines;
	like($fail->{time}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/, 'time');
	is_deeply([ @$fail{qw(method code uid pid)} ], [ 'fail', -32001, $<, $$ ], 'an error of a local process');
	is_deeply([ @$double{qw(method code address port)} ], [ 'double', 0, '127.0.0.1', $tcp->sockport ], 'a call over TCP');
	ok($double->{duration} > 0 && $double->{bytes} > 0 && $double->{worker} =~ /^[01]$/, 'duration, bytes, worker');
	is($daemon->stop, 0, 'exit status');
};

subtest 'a reload begins a new file' => sub {
	my $daemon = start();
	my $file   = $daemon->dir . '/access.log';
	$daemon->call('double', 1);
	wait_for(sub { lines($file) == 1 }, 'a line');
	rename $file, "$file.1" or die "rename: $!";
	$daemon->call('double', 1);
	wait_for(sub { lines("$file.1") == 2 }, 'a line in the old file');
	is($daemon->ctl('reload', '--wait')->{status}, 0, 'reload');
	$daemon->call('double', 1);
	wait_for(sub { lines($file) == 1 }, 'a line in the new file');
	is(scalar(lines("$file.1")), 2, 'none in the old one');

	my $conf = $daemon->dir . '/preforged.conf';
	write_file($conf, read_file($conf) =~ s/access\.log/nowhere\/access.log/r);
	my $failed = $daemon->ctl('reload', '--wait');
	my $dir    = $daemon->dir;
	is($failed->{err}, "preforgectl: the reload failed: cannot open [log] access_file $dir/nowhere/access.log: No such file or directory\n", 'a file that cannot be made');
	$daemon->call('double', 1);
	wait_for(sub { lines($file) == 2 }, 'the old generation goes on');
	is($daemon->stop, 0, 'exit status');
};

subtest 'a full disk loses lines and no requests' => sub {
	plan skip_all => 'there is no /dev/full here' if !-c '/dev/full';
	my $daemon = Preforge->start(app => $app, args => [ '-D', 'jit.mode=off', '-D', 'log.access_file=/dev/full', '-D', 'server.workers=1' ]);
	is($daemon->call('double', $_), 2 * $_, "request $_") for 1 .. 3;
	$daemon->wait_log(qr/^preforge-worker: warning: lines of the access log are lost: No space left on device$/m);
	is(scalar(() = $daemon->log =~ /access log/g), 1, 'said once');
	is($daemon->stop, 0, 'exit status');
};

subtest 'among the messages' => sub {
	my $daemon = Preforge->start(app => $app, args => [ '-D', 'jit.mode=off', '-D', 'log.access=yes', '-D', 'log.format=json' ]);
	$daemon->rpc('fail');
	$daemon->wait_log(qr/"request: fail/);
	my ($line) = grep { $_->{message} =~ /^request: / } map { json_decode($_) } split /\n/, $daemon->log;
	like($line->{message}, qr/^request: fail of user $< \(group \d+, process $$\): error -32001, \d\.\d{6} s, \d+ bytes$/, 'the text');
	is_deeply([ @$line{qw(level name method code message_id)} ], [ 'info', 'preforge-worker', 'fail', '-32001', 'aea86e056fa04020b1ea883e9c8442a8' ], 'the fields');
	is($daemon->stop, 0, 'exit status');
};

done_testing;
