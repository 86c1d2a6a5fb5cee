# What an application learns of who asks: preforge.peer.
use strict;
use warnings;

use File::Temp ();
use IO::Socket::IP;
use Test::More;

use Preforge qw(json_decode program run write_file);

my $source = <<'END';
import asyncio, preforge

def peer():
    found = preforge.peer.get()
    return found and [found.listener, found.uid, found.gid, found.pid, found.address, found.port]

async def asynchronous():
    await asyncio.sleep(0)
    return peer()

seen = [peer()]

def at_import():
    return seen

def outside():
    import contextvars
    return contextvars.Context().run(peer)
END
my $dir = File::Temp->newdir('preforge-peer-XXXXXX', TMPDIR => 1);
my $warmup = write_file("$dir/warmup", qq({"jsonrpc":"2.0","method":"peer","id":1}\n));
my $daemon = Preforge->start(app => $source,
	args => [ '-D', 'server.listen=unix:preforge.sock', '-D', 'server.listen=tcp:0', '-D', "warmup.requests=$warmup", '-D', 'server.workers=1' ],
	launcher => [ 'env', '-C', "$dir" ]);
my ($unix, $tcp) = $daemon->log =~ /listening on (\S+)$/mg;
my ($path) = $unix =~ /\Aunix:(.*)/;
my ($gid) = split / /, $);

my $connection = Preforge::Connection->new($path);
is_deeply($connection->rpc('peer')->{result}, [ $unix, $>, $gid, $$, undef, undef ], 'a Unix socket');
is_deeply($connection->rpc('asynchronous')->{result}, [ $unix, $>, $gid, $$, undef, undef ], 'in an async function');
is_deeply($connection->rpc('at_import')->{result}, [undef], 'nobody during the import');
is_deeply($connection->rpc('outside')->{result}, undef, 'a context variable');

my ($port) = $tcp =~ /:(\d+)\z/;
my $socket = IO::Socket::IP->new(PeerHost => '127.0.0.1', PeerPort => $port) or die "$tcp: $@";
print {$socket} '{"jsonrpc":"2.0","method":"peer","id":1}', "\n";
is_deeply(json_decode(scalar <$socket>)->{result}, [ $tcp, undef, undef, undef, '127.0.0.1', $socket->sockport ], 'TCP');
is_deeply($connection->rpc('peer')->{result}, [ $unix, $>, $gid, $$, undef, undef ], 'each connection its own');
is($daemon->stop, 0, 'exit status');

my $script = write_file("$dir/script.py", "import preforge\nprint(preforge.peer.get())\n");
is(run([ program('preforge-python'), $script ])->{out}, "None\n", 'preforge-python has the module');

done_testing;
