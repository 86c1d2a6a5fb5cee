#!/usr/bin/perl
# What a native function gains is measured on real calls, and one that gains nothing goes back to CPython for good.
use strict;
use warnings;

use File::Temp ();
use Test::More;

use Preforge qw(json_decode program read_file run sanitized wait_for write_file);

plan skip_all => 'with sanitizers times say nothing' if sanitized();

my $dir = File::Temp->newdir('preforge-trials-XXXXXX', TMPDIR => 1);
mkdir "$dir/cache", 0700;
my $app = <<'END';
def total(n):
    s = 0
    for i in range(n):
        s += i * 3
    return s

def slow(n):
    s = 1
    for i in range(n):
        s = s * 3 % 1000003
    return s

def stops(items):
    s = 0
    for i in range(100):
        s += next(items)
    return s

class Noisy:
    def __init__(self, events):
        self.events = events
    def __del__(self):
        self.events.append('gone')

def drops(events, noisy):
    s = 0
    for i in range(20000):
        s += i
    noisy = None
    events.append('dropped')
    return s

def dies():
    events = []
    drops(events, Noisy(events))
    return events

def both(n):
    return [total(n), slow(n)]
END
my $app_file = write_file("$dir/app.py", $app);
my $requests = write_file("$dir/warmup.jsonl", <<'END');
{"jsonrpc":"2.0","id":1,"method":"total","params":[100000]}
{"jsonrpc":"2.0","id":2,"method":"slow","params":[10000]}
{"jsonrpc":"2.0","id":3,"method":"dies","params":[]}
END

sub start
{
	my (@args) = @_;
	return Preforge->start(
		app  => $app_file,
		args => [ '-D', "warmup.requests=$requests", '-D', "cache.directory=$dir/cache", '-D', 'server.workers=1', '-D', 'jit.plant=slow:app.slow', @args ],
		env  => { PYTHONDONTWRITEBYTECODE => 1 },
	);
}

my $slow_1000 = 1;
$slow_1000 = $slow_1000 * 3 % 1000003 for 1 .. 1000;

subtest 'the daemon' => sub {
	my $daemon = start();
	is($daemon->function('slow')->{state}, 'native', 'at first both are native');
	is($daemon->function('total')->{gain}, undef, 'nothing is known of their gain');
	for my $i (1 .. 100) {
		my $result = $daemon->call('both', 1000);
		is($result->[0], 1498500, 'the result of a call') if $result->[0] != 1498500;
		is($result->[1], $slow_1000, 'the result of a call') if $result->[1] != $slow_1000;
	}
	my @deaths = map { join ' ', @{ $daemon->call('dies') } } 1 .. 40;
	is_deeply([ grep { $_ ne 'gone dropped' } @deaths ], [], 'objects die where they do in CPython');
	is($daemon->function('drops')->{state}, 'native', 'in a native function');
	wait_for(sub { $daemon->function('total')->{gain} }, 'a gain');
	my $total = $daemon->function('total');
	cmp_ok($total->{gain}, '>', 2, 'a loop of numbers gains');
	is($total->{state}, 'native', 'and stays');
	wait_for(sub { $daemon->function('slow')->{state} eq 'cpython' }, 'a demotion');
	my $slow = $daemon->function('slow');
	is($slow->{word}, 'no-gain', 'what gains nothing goes back');
	like($slow->{reason}, qr/^no-gain: native code would not be faster, or was not \(\d+\.\d\d times as fast in its first calls\)$/, 'the reason has the figure');
	like($daemon->ctl('functions')->{out}, qr/^app\.total +\d+ +\d+ +[0-9.]+x /m, 'preforgectl shows the gain');
	wait_for(sub { grep { $_->{record}{name} eq 'app.total' } grep { $_->{kind} eq 'gain' } @{ $daemon->ctl_json('cache', 'list')->{files} } },
		'a gain in the store');
	my ($unit) = grep { $_->{kind} eq 'unit' } @{ $daemon->ctl_json('cache', 'show', 'app.total') };
	my ($stored) = grep { $_->{name} eq 'app.total' } @{ $unit->{record}{functions} };
	is($stored->{gain}, $total->{gain}, 'the store knows it');
	is($daemon->stop, 0, 'a clean stop');
	my $again = start();
	is($again->function('slow')->{word}, 'no-gain', 'the next start does not compile it');
	is($again->function('total')->{state}, 'native', 'but the other one');
	is($again->function('total')->{gain}, $total->{gain}, 'whose gain is not measured again');
	is($again->stop, 0, 'a clean stop');
	my $unmeasured = start('-D', 'jit.verify=no', '-D', 'cache.store_size=0');
	$unmeasured->call('both', 1000) for 1 .. 40;
	is($unmeasured->function('slow')->{state}, 'native', 'without measuring it stays');
	is($unmeasured->stop, 0, 'a clean stop');
};

subtest 'preforge-python' => sub {
	my $script = write_file("$dir/script.py", $app . <<'END');
import traceback
for k in range(12000):
    assert [total(1000), slow(1000)] == [1498500, pow(3, 1000, 1000003)]
    try:
        stops(iter(range(50)))
        print('no exception')
    except StopIteration as e:
        assert [f.name for f in traceback.extract_tb(e.__traceback__)] == ['<module>', 'stops']
    assert stops(iter(range(100))) == 4950
END
	my $result = run([ program('preforge-python'), $script ], env => { PREFORGE_CACHE => '', PREFORGE_JIT_PLANT => 'slow:__main__.slow', PREFORGE_JIT_REPORT => "$dir/report" });
	is($result->{err}, '', 'no error');
	is($result->{status}, 0, 'and all is as it should be');
	my %functions = map { $_->{name} => $_ } @{ json_decode(read_file("$dir/report")) };
	is($functions{'__main__.slow'}{word}, 'no-gain', 'what gains nothing goes back');
	cmp_ok($functions{'__main__.total'}{gain}, '>', 2, 'what gains stays');
};

done_testing;
