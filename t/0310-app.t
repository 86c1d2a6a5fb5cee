# Importing the app: what it may offer, and what is said when that fails.
use strict;
use warnings;

use Test::More;
use File::Temp ();
use Preforge qw(wait_for write_file);

# Start it, and give back the exit status and the log with the directory as DIR.
sub fails
{
	my ($app) = @_;
	my $daemon = Preforge->start(app => $app, wait => 0);
	my $status = $daemon->wait_exit;
	my $dir = $daemon->dir;
	(my $log = $daemon->log) =~ s/\Q$dir\E/DIR/g;
	$log =~ s/^preforged: listening on .*\n//mg;
	is_deeply([ $daemon->processes ], [], 'nothing is left');
	return ($status, $log);
}

subtest 'an exception: status 1 and the traceback' => sub {
	my ($status, $log) = fails("def f():\n    return {}['key']\n\nf()\n");
	is($status, 1, 'exit status');
	is($log, <<'END', 'the log');
preforged: error: cannot import DIR/app.py: KeyError: 'key'
Traceback (most recent call last):
  File "DIR/app.py", line 4, in <module>
    f()
  File "DIR/app.py", line 2, in f
    return {}['key']
           ~~^^^^^^^
KeyError: 'key'
END
};

subtest 'a syntax error: the place' => sub {
	my ($status, $log) = fails("def f(x)\n    return x\n");
	is($status, 1, 'exit status');
	is($log, <<'END', 'the log');
preforged: error: cannot import DIR/app.py: SyntaxError: expected ':' (app.py, line 1)
  File "DIR/app.py", line 1
    def f(x)
            ^
SyntaxError: expected ':'
END
};

subtest 'nothing to serve: it says so, and serves that' => sub {
	my $daemon = Preforge->start(app => "_private = 1\n");
	like($daemon->log, qr/^preforge-zygote: warning: the application offers no methods: it has no public functions, and no __all__ that names any$/m, 'the log');
	is($daemon->rpc('f')->{error}{code}, -32601, 'no method');
	is($daemon->stop, 0, 'exit status');
	$daemon = Preforge->start(app => "def f():\n    return 1\n");
	unlike($daemon->log, qr/no methods/, 'only then');
	is($daemon->stop, 0, 'exit status');
};

subtest '__all__ with a name that is not there' => sub {
	my ($status, $log) = fails("__all__ = ['here', 'gone']\n\ndef here():\n    return 1\n");
	is($status, 1, 'exit status');
	is($log, qq(preforged: error: DIR/app.py: __all__ names "gone", which the module does not define\n), 'the log');
};

subtest 'methods: __all__, else the public functions' => sub {
	my $daemon = Preforge->start(app => <<'END');
from math import gcd
__all__ = ["gcd", "_hidden"]

def shown():
    return 1

def _hidden():
    return 2
END
	is($daemon->call('gcd', 12, 18), 6, 'an imported function that __all__ names');
	is($daemon->call('_hidden'), 2, 'a private one that it names');
	is($daemon->rpc('shown')->{error}{code}, -32601, 'a public one that it does not name');
	is_deeply([ sort @{ $daemon->ctl_json('status')->{methods} // [] } ], [ '_hidden', 'gcd' ], 'status');
	is($daemon->stop, 0, 'exit status');

	$daemon = Preforge->start(app => "from math import gcd\ndef shown():\n    return 1\ndef _hidden():\n    return 2\n");
	is($daemon->call('shown'), 1, 'a public function');
	is($daemon->rpc($_)->{error}{code}, -32601, "not $_") for qw(gcd _hidden);
	is($daemon->stop, 0, 'exit status');
};

subtest 'modules beside the app, its arguments, its output' => sub {
	my $daemon = Preforge->start(app => <<'END');
import os, sys
print("imported as", __name__)
with open(os.path.join(os.path.dirname(__file__), "beside_it.py"), "w") as f:
    f.write("value = 42\n")
import beside_it

def value():
    print("asked")
    return [beside_it.value, sys.argv == [__file__], os.path.basename(sys.executable)]
END
	is_deeply($daemon->call('value'), [ 42, $JSON::PP::true, 'python3.11' ], 'what it sees');
	is($daemon->stop, 0, 'exit status');
	is($daemon->out =~ s/^listening.*\n//mgr, "imported as app\nasked\n", 'what it prints, once');
};

subtest 'what it has started, and lives on, holds no address' => sub {
	my $dir = File::Temp->newdir('preforge-child-XXXXXX', TMPDIR => 1);
	my $app = write_file("$dir/app.py", <<"END");
import os, time
if os.fork() == 0:
    open('$dir/child', 'w').close()
    while not os.path.exists('$dir/go'):
        time.sleep(0.01)
    os._exit(0)
def f():
    return 1
END
	my $daemon = Preforge->start(app => $app, args => [ '-D', "server.listen=unix:$dir/sock", '-D', 'server.listen=tcp:0' ]);
	wait_for(sub { -e "$dir/child" }, 'the child');
	my ($port) = map { /^tcp:.*:(\d+)$/ ? $1 : () } @{ $daemon->ctl_json('-s', "$dir/preforge.control", 'status')->{listen} };
	is($daemon->stop, 0, 'a clean stop');
	isnt(scalar $daemon->processes, 0, 'what the application has started is there');
	ok(!-e "$dir/sock", 'the socket file is gone');
	my $next = Preforge->start(app => "def f():\n    return 2\n", args => [ '-D', "server.listen=unix:$dir/sock", '-D', "server.listen=tcp:$port" ]);
	is($next->ctl('-s', "$dir/preforge.control", 'call', 'f')->{out}, "2\n", 'another daemon has the addresses');
	is($next->stop, 0, 'a clean stop');
	write_file("$dir/go", '');
	wait_for(sub { !$daemon->processes }, 'the end of the child');
};

done_testing;
