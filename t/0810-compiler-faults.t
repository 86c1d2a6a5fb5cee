#!/usr/bin/perl
# A compiler that is missing, dies or hangs costs speed and nothing else, and status says why.
#
# The daemon runs in a mount namespace where as(1), which libgccjit calls, is something else.
use strict;
use warnings;

use File::Temp ();
use Test::More;

use Preforge qw(run wait_for write_file);

my $dir = File::Temp->newdir('preforge-as-XXXXXX', TMPDIR => 1);
my @namespace = ('unshare', $> == 0 ? '-m' : '-rm', 'sh', '-c', 'mount --bind "$0" "$(readlink -f /usr/bin/as)" && exec "$@"');

sub program_instead_of_as
{
	my ($name, $text) = @_;
	my $path = write_file("$dir/$name", "#!/bin/sh\n$text\n");
	chmod 0755, $path;
	return $path;
}

plan skip_all => 'mount namespaces cannot be made here'
	if run([ @namespace, '/dev/null', 'true' ])->{status} != 0;

my $app = "def total(n):\n    s = 0\n    for i in range(n):\n        s += i * i\n    return s\n";
my $requests = write_file("$dir/warmup.jsonl", qq({"jsonrpc":"2.0","id":1,"method":"total","params":[100000]}\n));

sub start
{
	my ($as, @args) = @_;
	return Preforge->start(
		app      => $app,
		args     => [ '-D', "warmup.requests=$requests", @args ],
		launcher => [ @namespace, $as ],
	);
}

sub serves_on
{
	my ($daemon, $word, $reason) = @_;
	is($daemon->call('total', 1000), 332833500, 'the function is served');
	my $function = $daemon->function('total');
	is($function->{state}, 'cpython', 'by CPython');
	is($function->{word},  $word,     'the reason in a word');
	like($function->{reason}, $reason, 'and for people');
	is($daemon->ctl_json('status')->{cache}{compiled}, 0, 'nothing is compiled');
	is($daemon->stop, 0, 'a clean stop');
	is_deeply([ $daemon->processes ], [], 'no compiler is left');
	return;
}

subtest 'as is missing' => sub {
	my $missing = 'the assembler /usr/bin/as is missing (Debian: binutils)';
	my $daemon = start('/dev/null');
	is($daemon->ctl_json('status')->{compiler}, $missing, 'status says so');
	like($daemon->log, qr/nothing is compiled: \Q$missing\E/, 'the log says so');
	serves_on($daemon, 'no-compiler', qr/\Q$missing\E/);
};

subtest 'libgccjit is missing' => sub {
	my ($library) = run([ 'ldd', Preforge::builddir() . '/bin/preforge-gccjit.so' ])->{out} =~ m{=> (/\S*/libgccjit\.so\S*)};
	my @empty = ('unshare', $> == 0 ? '-m' : '-rm', 'sh', '-c', 'mount --bind /dev/null "$(readlink -f "$0")" && exec "$@"', $library);
	my $daemon = Preforge->start(app => $app, args => [ '-D', "warmup.requests=$requests" ], launcher => \@empty);
	my $cause = $daemon->ctl_json('status')->{compiler};
	like($cause, qr/libgccjit/, 'status says so');
	is(scalar(() = $daemon->log =~ /nothing is compiled: \Q$cause\E$/mg), 1, 'the log says so, once');
	serves_on($daemon, 'no-compiler', qr/libgccjit/);
};

subtest 'as kills the whole compiler' => sub {
	my $daemon = start(program_instead_of_as('killer', 'kill -9 0'));
	serves_on($daemon, 'compiler-failed', qr/killed by SIGKILL/);
};

subtest 'as fails' => sub {
	my $daemon = start(program_instead_of_as('failing', 'echo "no assembly today" >&2; exit 1'));
	serves_on($daemon, 'compiler-failed', qr/./);
};

subtest 'as writes rubbish' => sub {
	my $daemon = start(program_instead_of_as('rubbish', 'while [ "$1" != -o ]; do shift; done; echo "not an object file" > "$2"'));
	serves_on($daemon, 'bad-object', qr/19 bytes are no object file/);
};

subtest 'as hangs' => sub {
	my $daemon = start(program_instead_of_as('hanging', 'exec sleep 1000'), '-D', 'jit.compile_timeout=1s');
	serves_on($daemon, 'compiler-timeout', qr/no result after 1000 ms/);
};

subtest 'a stop does not wait for it, and leaves nothing' => sub {
	mkdir "$dir/temporary", 0700;
	my $daemon = Preforge->start(
		app      => $app,
		wait     => 0,
		args     => [ '-D', "warmup.requests=$requests" ],
		env      => { TMPDIR => "$dir/temporary" },
		launcher => [ @namespace, program_instead_of_as('hanging', 'exec sleep 1000') ],
	);
	$daemon->wait_notified(qr/^STATUS=compiling$/m);
	wait_for(sub { glob "$dir/temporary/preforge-compiler-*" }, 'a compiler');
	is($daemon->stop, 0, 'a clean stop');
	is_deeply([ $daemon->processes ], [], 'no compiler is left');
	is_deeply([ glob "$dir/temporary/*" ], [], 'nor its directory');
};

subtest 'a zygote that is killed leaves nothing, either' => sub {
	my $daemon = Preforge->start(
		app      => $app,
		args     => [ '-D', 'jit.sample=1ms', '-D', 'jit.hot=4ms' ],
		env      => { TMPDIR => "$dir/temporary" },
		launcher => [ @namespace, program_instead_of_as('hanging', 'exec sleep 1000') ],
	);
	wait_for(sub { $daemon->call('total', 20000); glob "$dir/temporary/preforge-compiler-*/libgccjit-*" }, 'a compiler');
	my $zygote = $daemon->ctl_json('status')->{zygote}{pid};
	kill 'KILL', $zygote;
	wait_for(sub { $daemon->ctl_json('status')->{zygote}{restarts} }, 'another one');
	is_deeply([ glob "$dir/temporary/preforge-compiler-$zygote-*" ], [], 'its directories are gone');
	is($daemon->stop, 0, 'a clean stop');
	is_deeply([ glob "$dir/temporary/*" ], [], 'and all others');
};

subtest 'one that dies while requests are served is not tried again and again' => sub {
	my $daemon = Preforge->start(
		app      => $app,
		args     => [ '-D', 'jit.sample=1ms', '-D', 'jit.hot=4ms' ],
		launcher => [ @namespace, program_instead_of_as('killer', 'kill -9 0') ],
	);
	my $call_until = sub {
		my ($what, $ready) = @_;
		return wait_for(
			sub {
				$daemon->call('total', 20000) for 1 .. 5;
				return $ready->($daemon->ctl_json('status')->{cache}{live});
			},
			$what
		);
	};
	my $begin = time;
	$call_until->('a failure', sub { $_[0]{failed} > 0 });
	# It stays hot, and each worker asks for it again.
	$call_until->('more requests', sub { $_[0]{duplicates} >= 3 });
	my $live = $daemon->ctl_json('status')->{cache}{live};
	cmp_ok($live->{failed}, '<=', 1 + (time - $begin) / 60, 'one compiler was started, and another one not within a minute');
	is($live->{requests}, $live->{duplicates} + $live->{failed}, 'all other requests were for the same');
	serves_on($daemon, 'compiler-failed', qr/killed by SIGKILL/);
};

# Half as many compilers as there are CPUs, and nobody waits for them.
subtest 'one that hangs while requests are served holds up no request, and few are started' => sub {
	my @names  = map {"hot$_"} 1 .. 9;
	my $daemon = Preforge->start(
		app      => join('', map { $app =~ s/total/$_/r } @names),
		args     => [ map { ('-D', $_) } 'jit.sample=1ms', 'jit.hot=4ms', 'jit.compile_timeout=1h' ],
		launcher => [ @namespace, program_instead_of_as('hanging', 'exec sleep 1000') ],
	);
	my $live = wait_for(
		sub {
			$daemon->call($_, 20000) for @names;
			my $now = $daemon->ctl_json('status')->{cache}{live};
			return $now->{queued} + $now->{compiling} == @names && $now;
		},
		'all to be asked for'
	);
	my $cpus = run([qw(getconf _NPROCESSORS_ONLN)])->{out};
	is($live->{compiling}, $cpus > 3 ? int($cpus / 2) : 1, 'compilers at a time') if $cpus < 18;
	is($daemon->call($_, 1000), 332833500, "$_ is answered meanwhile") for @names, @names;
	is_deeply([ @{ $daemon->ctl_json('status')->{cache}{live} }{qw(compiling queued ready failed)} ], [ @$live{qw(compiling queued)}, 0, 0 ], 'while compilers hang');
	is($daemon->stop, 0, 'a clean stop');
	is_deeply([ $daemon->processes ], [], 'no compiler is left');
};

# Until there is a file it fails, then it is what it was: the namespace has only this one.
subtest 'a compiler that works again' => sub {
	my $as = Preforge::read_file(readlink('/usr/bin/as') =~ m{^/} ? readlink '/usr/bin/as' : '/usr/bin/' . readlink '/usr/bin/as');
	write_file("$dir/as", $as);
	chmod 0755, "$dir/as";
	my $daemon = Preforge->start(
		app      => $app,
		args     => [ map { ('-D', $_) } 'jit.sample=1ms', 'jit.hot=4ms', 'jit.retry=50ms' ],
		launcher => [ @namespace, program_instead_of_as('flaky', qq(test -e "$dir/works" || exit 1; exec "$dir/as" "\$@")) ],
	);
	my $function = sub { $daemon->call('total', 20000) for 1 .. 5; return $daemon->function('total') };
	wait_for(sub { $function->()->{word} eq 'compiler-failed' }, 'a failure');
	write_file("$dir/works", '');
	wait_for(sub { $function->()->{state} eq 'native' }, 'another try');
	is($daemon->call('total', 1000), 332833500, 'native, and right');
	is($daemon->ctl_json('status')->{cache}{live}{refused}, $daemon->ctl_json('status')->{cache}{live}{failed}, 'it failed before');
	is($daemon->stop, 0, 'a clean stop');
};

# A file system for temporary files with these options of mount(8), in the same namespace.
sub start_with_tmp
{
	my ($options, $fill) = @_;
	mkdir "$dir/tmp", 0700;
	my @launcher = ('unshare', $> == 0 ? '-m' : '-rm', 'sh', '-c',
		qq(mount -t tmpfs -o $options none "$dir/tmp" && $fill; exec "\$@"), 'sh');
	return Preforge->start(
		app      => $app,
		args     => [ '-D', "warmup.requests=$requests" ],
		env      => { TMPDIR => "$dir/tmp" },
		launcher => \@launcher,
	);
}

subtest 'no room for temporary files' => sub {
	serves_on(start_with_tmp('size=8k', qq(head -c 100000 /dev/zero > "$dir/tmp/fill" 2>/dev/null)),
		'compiler-failed', qr/No space left on device/);
};

subtest 'temporary files that cannot be executed' => sub {
	my $daemon = start_with_tmp('size=8m,noexec', 'true');
	is($daemon->function('total')->{state}, 'native', 'are no trouble: nothing is executed there');
	is($daemon->call('total', 1000), 332833500, 'a call');
	is($daemon->stop, 0, 'a clean stop');
};

done_testing;
