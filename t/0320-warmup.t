# The warm-up: what is measured hot is native before the first request; bad requests are told and left out.
use strict;
use warnings;

use Test::More;
use Preforge qw(wait_for write_file);

my $app = <<'END';
import time

def total(n):
    return sum(x * x for x in range(n))

def never(n):
    return sum(x * x for x in range(n))

def quick():
    return 1

def endless():
    while True:
        pass

def lazy():
    time.sleep(1000)
END

# A daemon with these requests; @args are more arguments.
sub start
{
	my ($requests, @args) = @_;
	my $dir = File::Temp->newdir('preforge-warmup-XXXXXX', TMPDIR => 1);
	my $file = write_file("$dir/requests.jsonl", $requests);
	my $daemon = Preforge->start(app => $app, args => [ '-D', "warmup.requests=$file", @args ]);
	return ($daemon, $file);
}

subtest 'hot functions are native, others are not' => sub {
	my ($daemon) = start(<<'END');
# What total() is called with.

{"jsonrpc": "2.0", "method": "total", "params": [100000], "id": 1}
{"jsonrpc": "2.0", "method": "quick", "id": 2}
END
	my %functions = map { $_->{name} => $_ } @{ $daemon->ctl_json('functions') };
	is($functions{'app.total'}{state}, 'native', 'total');
	is($functions{'app.total'}{reason}, undef, 'needs no reason');
	is($functions{'app.total'}{line}, 3, 'its line');
	is($functions{'app.quick'}{state}, 'cpython', 'quick');
	like($functions{'app.quick'}{reason}, qr/^not-hot: /, 'why');
	is($functions{'app.never'}{state}, 'cpython', 'never');
	is($functions{'app.never'}{reason}, 'not-called: no warm-up called it, and it is not hot', 'why');
	my $before = $functions{'app.total'}{calls};
	is($daemon->call('total', 1000000), 333332833333500000, 'a native call');
	is($daemon->function('total')->{calls}, $before + 1, 'is counted');
	is($daemon->stop, 0, 'exit status');
};

subtest 'without a warm-up nothing is compiled' => sub {
	my $daemon = Preforge->start(app => $app);
	is($daemon->function('total')->{reason}, 'not-called: no warm-up called it, and it is not hot', 'why');
	is($daemon->call('total', 10), 285, 'a call');
	is($daemon->stop, 0, 'exit status');
};

subtest 'jit.mode=off' => sub {
	my ($daemon) = start(qq({"jsonrpc": "2.0", "method": "total", "params": [100000], "id": 1}\n), '-D', 'jit.mode=off');
	is($daemon->function('total')->{reason}, 'jit-off: compilation is off ([jit] mode)', 'why');
	is($daemon->call('total', 10), 285, 'a call');
	is($daemon->stop, 0, 'exit status');
};

subtest 'jit.mode=eager: also what was not called' => sub {
	my $daemon = Preforge->start(app => $app, args => [ '-D', 'jit.mode=eager' ]);
	is($daemon->function($_)->{state}, 'native', $_) for qw(total never);
	is($daemon->call('never', 1000000), 333332833333500000, 'a call');
	is($daemon->stop, 0, 'exit status');
};

subtest 'bad requests are told with their place, and the others go on' => sub {
	my ($daemon, $file) = start(<<'END');
{"jsonrpc": "2.0", "method": "nothing", "id": 1}
this is no JSON
{"jsonrpc": "2.0", "method": "total", "params": ["text"], "id": 1}
{"jsonrpc": "2.0", "method": "total", "params": [100000], "id": 1}
END
	like($daemon->log, qr/warning: \Q$file\E:1: warm-up request failed: Method not found \(-32601\)/, 'line 1');
	like($daemon->log, qr/warning: \Q$file\E:2: warm-up request failed: Parse error \(-32700\)/, 'line 2');
	like($daemon->log, qr/warning: \Q$file\E:3: warm-up request failed: .*TypeError/, 'line 3');
	is($daemon->function('total')->{state}, 'native', 'line 4 was answered');
	is($daemon->stop, 0, 'exit status');
};

subtest 'the deadline ends a request that runs' => sub {
	for my $method (qw(endless lazy)) {
		my ($daemon, $file) = start(
			qq({"jsonrpc":"2.0","method":"$method","id":1}\n{"jsonrpc":"2.0","method":"quick","id":2}\n),
			'-D', 'warmup.deadline=100ms');
		like($daemon->log, qr/warning: \Q$file\E:1: warm-up request failed: .*TimeoutError/, "$method: line 1");
		like($daemon->log, qr/warning: \Q$file\E:2: the warm-up stops here, its deadline of 0\.1 s has passed; 1 requests are left/,
			'line 2');
		is($daemon->call('quick'), 1, 'it serves');
		is($daemon->stop, 0, 'exit status');
	}
};

subtest 'the deadline ends the compilation, which goes on while requests are served' => sub {
	my $dir = File::Temp->newdir('preforge-warmup-XXXXXX', TMPDIR => 1);
	my $code = join '', map {"def f$_(n):\n    s = $_\n    for i in range(n):\n        s += i * i % 7\n    return s\n"} 1 .. 12;
	my $app_file = write_file("$dir/app.py", $code);
	my $requests = write_file("$dir/requests.jsonl", join '', map {qq({"jsonrpc":"2.0","method":"f$_","params":[20000],"id":$_}\n)} 1 .. 12);
	my $begin = sub {
		my (@settings) = @_;
		return Preforge->start(app => $app_file, args => [ map { ('-D', $_) } "cache.directory=$dir/store", @settings ]);
	};
	my $native = sub { my ($daemon) = @_; return scalar grep { $_->{state} eq 'native' } @{ $daemon->ctl_json('functions') } };

	my $daemon = $begin->("warmup.requests=$requests");
	is($native->($daemon), 12, 'with time enough all are native at once');
	is($daemon->stop, 0, 'exit status');

	# What was hot is known then; but other options make other code.
	my @other = ('warmup.deadline=1ms', 'jit.optimize=1');
	$daemon = $begin->(@other);
	like($daemon->log, qr/: the deadline of the warm-up has passed: 12 functions are compiled while requests are served\n.*ready: /s, 'ready before');
	is($daemon->call('f3', 10), 22, 'it serves');
	wait_for(sub { $native->($daemon) == 12 }, 'all of them to be native');
	is($daemon->call('f3', 10), 22, 'natively');
	is($daemon->ctl_json('status')->{cache}{refused}, 0, 'none was refused meanwhile');
	wait_for(sub { $daemon->ctl_json('status')->{cache}{store}{stored} >= 12 }, 'the store');
	is($daemon->stop, 0, 'exit status');

	$daemon = $begin->('jit.optimize=1');
	is($native->($daemon), 12, 'the next start knows them all');
	is($daemon->ctl_json('status')->{cache}{compiled}, 0, 'and compiles none');
	is($daemon->stop, 0, 'exit status');
};

subtest 'a stop during the warm-up' => sub {
	my $dir = File::Temp->newdir('preforge-warmup-XXXXXX', TMPDIR => 1);
	my $file = write_file("$dir/requests.jsonl", qq({"jsonrpc":"2.0","method":"lazy","id":1}\n));
	my $daemon = Preforge->start(app => $app, args => [ '-D', "warmup.requests=$file" ], wait => 0);
	$daemon->wait_notified(qr/^STATUS=.*warming/mi);
	is($daemon->stop, 0, 'exit status');
	is_deeply([ $daemon->processes ], [], 'nothing is left');
};

done_testing;
