#!/usr/bin/perl
# A code cache that is too small: what does not fit stays with CPython and is counted, nothing is taken from workers that run, and
# the next generation has what is of use.
use strict;
use warnings;

use File::Temp ();
use Test::More;

use Preforge qw(json_decode run wait_for write_file);

my $dir = File::Temp->newdir('preforge-full-XXXXXX', TMPDIR => 1);
# Each has some kilobytes of code.
my @names = map {"f$_"} 0 .. 23;
my $app = '';
for my $k (0 .. $#names) {
	$app .= "def f$k(n):\n    s = $k\n    a = b = c = 0.5\n    for i in range(n):\n";
	$app .= "        s = (s * 31 + $_) % 1000003\n        if s % 7 == $_ % 7:\n            a = a * 0.5 + s\n        elif s > $_:\n            b = b / 3.0 + a\n"
		for 1 .. 24;
	$app .= "    return s, a, b\n\n";
}
my $app_file = write_file("$dir/app.py", $app);
my $requests = write_file("$dir/warmup.jsonl", join '', map {qq({"jsonrpc":"2.0","id":1,"method":"$_","params":[200]}\n)} @names);

# By CPython alone.
my %right;
{
	my $plain = Preforge->start(app => $app_file, args => [ '-D', 'jit.mode=off' ]);
	$right{$_} = $plain->call($_, 200) for @names;
	is($plain->stop, 0, 'a clean stop');
}

my $daemon = Preforge->start(
	app  => $app_file,
	args => [
		'-D', "warmup.requests=$requests", '-D', "cache.directory=$dir/store", '-D', 'cache.size=64K', '-D', 'jit.hot=5ms',
		'-D', 'jit.sample=1ms', '-D', 'jit.optimize=1', '-D', 'jit.verify=no', '-D', 'jit.threshold=5us'
	],
);

sub state_of { my $functions = $daemon->ctl_json('functions'); return { map { $_->{name} =~ s/^app\.//r => $_ } @$functions } }
sub natives { my $state = state_of(); return grep { $state->{$_}{state} eq 'native' } @names }

my @first = natives();
my $state = state_of();
my @refused = grep { $state->{$_}{state} ne 'native' } @names;
cmp_ok(scalar @first,   '>', 2, 'some have room');
cmp_ok(scalar @refused, '>', 2, 'some have none');
like($state->{ $refused[-1] }{reason}, qr/^cache-full: the code cache is full \(\[cache\] size\) \(.*bytes/, 'and the reason says so');
my $cache = $daemon->ctl_json('status')->{cache};
is($cache->{full}, scalar @refused, 'they are counted');
cmp_ok($cache->{used}, '<=', $cache->{size}, 'never more than there is');
my $n = @refused;
like($daemon->ctl('status')->{out}, qr/^cache +\d+ of 64 KiB used; no room for $n functions$/m, 'preforgectl status');
like($daemon->ctl('metrics')->{out}, qr/^preforge_code_cache_full_total $n$/m, 'metrics');

# Two of those that are native are used, and one that is not becomes hot.
my @used = @first[ 1, 2 ];
my $hot  = $refused[-1];
wait_for(
	sub {
		$daemon->call($_, 200) for @used;
		$daemon->call($hot, 3000) for 1 .. 3;
		return $daemon->log =~ /the code cache is full/;
	},
	'the hot one to be refused'
);
$daemon->wait_log(qr/the code cache is full \(\[cache\] size\): app\.\Q$hot\E stays with CPython; .* \d+ functions that were not called are left out/);
is_deeply([ natives() ], \@first, 'nothing has been taken out');
is_deeply($daemon->call($_, 200), $right{$_}, "$_ is right") for @names;

# The store has what was said before the calls just now.
wait_for(sub { $daemon->ctl_json('status')->{cache}{live}{compiling} == 0 }, 'the profile to be written');
is($daemon->stop, 0, 'a clean stop');
$daemon = Preforge->start(
	app  => $app_file,
	args => [
		'-D', "cache.directory=$dir/store", '-D', 'cache.size=64K', '-D', 'jit.optimize=1', '-D', 'jit.verify=no'
	],
);
$state = state_of();
is($state->{$_}{state}, 'native', "$_, which was used, is native") for @used, $hot;
cmp_ok($daemon->ctl_json('status')->{cache}{loaded}, '>', 0, 'what was compiled in vain was there already');
isnt($state->{ $first[0] }{state}, 'native', 'one that nobody has called is not');
is_deeply($daemon->call($_, 200), $right{$_}, "$_ is right") for @names;
is($daemon->stop, 0, 'a clean stop');

done_testing;
