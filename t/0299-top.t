# preforgectl top on a terminal: a screen of its own that is kept up to date, fits, and is put back.
use strict;
use warnings;

use POSIX ();
use Test::More;
use Time::HiRes qw(time);

use Preforge qw(program run);

my ($ROWS, $COLUMNS) = (30, 100);
# asm-generic/ioctls.h
my ($TIOCSPTLCK, $TIOCGPTN, $TIOCSWINSZ) = (0x40045431, 0x80045430, 0x5414);

# A program on a terminal of its own: {pid, master, name}.
sub on_terminal
{
	my (@command) = @_;
	open my $master, '+<', '/dev/ptmx' or return;
	my ($number, $unlocked) = (pack('i', 0), pack('i', 0));
	ioctl($master, $TIOCSPTLCK, $unlocked) && ioctl($master, $TIOCGPTN, $number) or return;
	my $name = '/dev/pts/' . unpack 'i', $number;
	open my $slave, '+<', $name or return;
	ioctl $slave, $TIOCSWINSZ, pack 'S4', $ROWS, $COLUMNS, 0, 0 or return;
	my $pid = fork // die "fork: $!";
	if ($pid == 0) {
		POSIX::setsid();
		open my $own, '+<', $name or POSIX::_exit(126);    # its controlling terminal
		POSIX::dup2(fileno $own, $_) for 0 .. 2;
		exec { $command[0] } @command or POSIX::_exit(127);
	}
	return { pid => $pid, master => $master, slave => $slave, name => $name, seen => '' };
}

# Read what it writes until that matches.
sub read_until
{
	my ($terminal, $pattern) = @_;
	my $deadline = time + 60;
	while ($terminal->{seen} !~ $pattern) {
		my $bits = '';
		vec($bits, fileno $terminal->{master}, 1) = 1;
		die "in vain for $pattern: $terminal->{seen}" if time > $deadline;
		next if select($bits, undef, undef, 1) <= 0;
		sysread $terminal->{master}, $terminal->{seen}, 65536, length $terminal->{seen} or return;
	}
	return 1;
}

sub ended { my ($terminal) = @_; waitpid $terminal->{pid}, 0; return $? }

sub is_put_back
{
	my ($terminal, $what) = @_;
	ok(read_until($terminal, qr/\e\[\?25h\e\[\?1049l\z/), 'the cursor and the other screen are back');
	is(ended($terminal), 0, "$what ends it");
	my $settings = run([ 'stty', '-F', $terminal->{name}, '-a' ])->{out};
	like($settings, qr/(?<!-)\bicanon\b/, 'lines are edited again');
	like($settings, qr/(?<!-)\becho\b/,   'and echoed');
	return;
}

my $daemon = Preforge->start(app => "def double(x):\n    return 2 * x\n" . join('', map {"def method_$_():\n    return $_\n"} 1 .. 40), args => [ '-D', 'jit.mode=off', '-D', 'server.workers=4' ]);
$daemon->call('double', 1) for 1 .. 5;

subtest 'a screen that is kept up to date' => sub {
	my $terminal = on_terminal(program('preforgectl'), '-s', $daemon->control, 'top');
	plan skip_all => 'no terminal can be made here' if !$terminal;
	read_until($terminal, qr/FUNCTION.*\e\[H\e\[J.*FUNCTION.*\e\[H\e\[J/s);
	like($terminal->{seen}, qr/\A\e\[\?1049h\e\[\?25l\e\[H\e\[J/, 'a screen of its own, without a cursor');
	my ($first, $second) = (split /\e\[H\e\[J/, $terminal->{seen})[ 1, 2 ];
	my $settings = run([ 'stty', '-F', $terminal->{name}, '-a' ])->{out};
	like($settings, qr/-icanon\b.*-echo\b/s, 'keys are read at once, and not shown');
	for my $screen ($first, $second) {
		$screen =~ s/\r//g;
		my @lines = split /\n/, $screen, -1;
		cmp_ok(scalar @lines, '<=', $ROWS, 'no longer than the terminal');
		is_deeply([ grep { length > $COLUMNS } @lines ], [], 'no wider');
		like($screen, qr/^preforged \S+, pid \d+: ready, up .*^requests .*^CALLS\/S .*^WORKER .*^CALLS\/S .*FUNCTION/ms, 'head, methods, workers, functions');
	}
	like($first, qr/^ *[\d.]+ .* 5  double$/m, 'the method that is called is on top');
	syswrite $terminal->{master}, 'q';
	is_put_back($terminal, 'q');
};

subtest 'a signal ends it, too' => sub {
	my $terminal = on_terminal(program('preforgectl'), '-s', $daemon->control, 'top');
	plan skip_all => 'no terminal can be made here' if !$terminal;
	read_until($terminal, qr/FUNCTION/);
	syswrite $terminal->{master}, "\cC";
	is_put_back($terminal, 'Ctrl-C');
	$terminal = on_terminal(program('preforgectl'), '-s', $daemon->control, 'top');
	read_until($terminal, qr/FUNCTION/);
	kill 'TERM', $terminal->{pid};
	is_put_back($terminal, 'SIGTERM');
};

subtest 'the daemon goes while it is watched' => sub {
	my $terminal = on_terminal(program('preforgectl'), '-s', $daemon->control, 'top');
	plan skip_all => 'no terminal can be made here' if !$terminal;
	read_until($terminal, qr/FUNCTION/);
	is($daemon->stop, 0, 'the daemon');
	read_until($terminal, qr/cannot connect to .*control: No such file or directory\r\n/);
	like($terminal->{seen}, qr/\e\[\?25h\e\[\?1049lpreforgectl: cannot connect/, 'after the screen is put back');
	is(ended($terminal) >> 8, 3, 'exit status');
};

done_testing;
