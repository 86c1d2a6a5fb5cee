#!/usr/bin/perl
# The code cache of a running daemon: one writer, no page writable and executable, native in every worker.
use strict;
use warnings;

use File::Temp ();
use Test::More;

use Preforge qw(read_file run wait_for write_file);

my $dir = File::Temp->newdir('preforge-cache-XXXXXX', TMPDIR => 1);
my $app = "def total(n):\n    s = 0\n    for i in range(n):\n        s += i * i\n    return s\n";
my $requests = write_file("$dir/warmup.jsonl", qq({"jsonrpc":"2.0","id":1,"method":"total","params":[100000]}\n));

sub start
{
	my (%option) = @_;
	mkdir "$dir/tmp";
	return Preforge->start(
		app  => $app,
		args => [ '-D', "warmup.requests=$requests", '-D', 'cache.size=4M' ],
		env  => { TMPDIR => "$dir/tmp" },
		%option
	);
}

# The lines of /proc/PID/maps. Zygote and workers cannot be looked at by others of their user: root only.
sub maps
{
	my ($pid) = @_;
	open my $file, '<', "/proc/$pid/maps" or return;
	return <$file>;
}

my $daemon = start();
my $status = $daemon->ctl_json('status');
my @workers = map { $_->{pid} } @{ $status->{workers} };

is($status->{cache}{compiled}, 1, 'one function is compiled');
is($status->{cache}{size}, 4 << 20, 'the size is what was configured');
cmp_ok($status->{cache}{used}, '>', 0, 'some of it is used');
is($daemon->call('total', 1000), 332833500, 'a call');
my $function = $daemon->function('total');
is($function->{state}, 'native', 'the function is native');
cmp_ok($function->{code_bytes}, '>', 0, 'it has code');
cmp_ok($function->{compile_ms}, '>', 0, 'which took a while');
is_deeply([ glob "$dir/tmp/*" ], [], 'the compiler left no file');

subtest 'mappings' => sub {
	plan skip_all => 'needs root: zygote and workers are not dumpable' if $> != 0;
	for my $pid ($status->{zygote}{pid}, @workers) {
		my @maps = maps($pid);
		cmp_ok(scalar @maps, '>', 10, "process $pid has mappings");
		is_deeply([ grep { /^\S+ .w.?x|^\S+ .wx/ } @maps ], [], 'none is writable and executable');
		is_deeply([ grep { /gccjit/ } @maps ], [], 'none is libgccjit');
		my @views = grep { /memfd:preforge-(?:code|index)/ } @maps;
		my @writable = grep { /^\S+ .w/ } @views;
		is(scalar @views, $pid == $status->{zygote}{pid} ? 6 : 3, 'views of code, index and publications');
		is(scalar @writable, $pid == $status->{zygote}{pid} ? 3 : 0, 'of these writable');
		is(scalar(grep { /^\S+ r-xs .*memfd:preforge-code/ } @views), 1, 'one is executable');
		is_deeply([ grep { (readlink($_) // '') =~ /memfd:preforge-(?:code|index)/ } glob "/proc/$pid/fd/*" ],
			[], 'no descriptor leads there');
	}
};

subtest 'new workers are native from their first call' => sub {
	kill 'KILL', @workers;
	my %old = map { $_ => 1 } @workers;
	wait_for(
		sub {
			my @now = map { $_->{pid} } @{ $daemon->ctl_json('status')->{workers} };
			return @now == 2 && !grep { !$_ || $old{$_} } @now;
		},
		'new workers'
	);
	is($daemon->call('total', 1000), 332833500, 'a call');
	is($daemon->function('total')->{side_exits}, $function->{side_exits}, 'without a side exit');
	is($daemon->ctl_json('status')->{cache}{compiled}, 1, 'nothing was compiled again');
};
is($daemon->stop, 0, 'a clean stop');

# What MemoryDenyWriteExecute= is where the kernel has it; it holds for all children.
subtest 'under PR_SET_MDWE' => sub {
	my @mdwe = ('perl', '-e', 'syscall(157, 65, 1, 0, 0, 0) == 0 or exit 77; exec { $ARGV[0] } @ARGV');
	plan skip_all => 'PR_SET_MDWE needs Linux 6.3' if run([ @mdwe, 'true' ])->{status} != 0;
	my $guarded = start(launcher => \@mdwe);
	is($guarded->call('total', 1000), 332833500, 'a call');
	is($guarded->function('total')->{state}, 'native', 'the function is native');
	is($guarded->stop, 0, 'a clean stop');
};

done_testing;
