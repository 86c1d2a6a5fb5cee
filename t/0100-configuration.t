# The command line and the configuration file: what is accepted, and the whole text of every complaint.
use strict;
use warnings;

use Test::More;
use File::Temp ();
use Preforge qw(program run write_file read_file srcdir);

my $dir = File::Temp->newdir('preforge-conf-XXXXXX', TMPDIR => 1);
write_file("$dir/app.py", "def f():\n    return 1\n");

sub preforged
{
	return run([ program('preforged'), @_ ], cwd => "$dir", env => { RUNTIME_DIRECTORY => "$dir", JOURNAL_STREAM => undef });
}

# Exit status 2 and exactly this text.
sub refused
{
	my ($arguments, $complaint, $name) = @_;
	my $result = preforged(@$arguments);
	is_deeply([ $result->{status}, $result->{err}, $result->{out} ], [ 2, $complaint, '' ], $name // "@$arguments");
	return;
}

subtest 'a right configuration' => sub {
	my $result = preforged('--check', 'app.py');
	is_deeply([ @$result{qw(status out err)} ], [ 0, "preforged: the configuration is right\n", '' ], 'none but the app');
	write_file("$dir/good.conf", "[app]\npath = app.py\n[jit]\nmode = eager\n");
	is(preforged('--check', '-c', 'good.conf')->{status}, 0, 'a file');
	is(preforged('--check', '-c', srcdir() . '/conf/preforged.conf', 'app.py')->{status}, 0, 'the shipped file');
	is(preforged('--check', '-c', 'good.conf', '-D', 'server.listen=tcp:x')->{status}, 2, 'the command line counts too');
	ok(!-e "$dir/preforge.sock", '--check opens no socket');
};

subtest 'the shipped file is what --print-defaults prints' => sub {
	is(preforged('--print-defaults')->{out}, read_file(srcdir() . '/conf/preforged.conf'));
};

subtest 'complaints about a file' => sub {
	write_file("$dir/bad.conf", "# mine\n[server]\nworkers = 1000\n");
	refused(
		[ '-c', 'bad.conf', 'app.py' ],
		"preforged: error: bad.conf:3: [server] workers = 1000: out of range; allowed: a number from 1 to 256\n"
	);
	refused([ '--check', '-c', 'bad.conf' ],
		"preforged: error: bad.conf:3: [server] workers = 1000: out of range; allowed: a number from 1 to 256\n");
	write_file("$dir/bad.conf", "[jit]\nspeed = 11\n");
	refused([ '-c', 'bad.conf' ],
		"preforged: error: bad.conf:2: [jit] speed = 11: unknown key; allowed: mode, threshold, sample, hot, optimize, cpu, compile_timeout, retry, verify, symbols, plant\n"
	);
	refused([ '-c', 'none.conf' ], "preforged: error: none.conf: cannot open: No such file or directory\n");
	write_file("$dir/bad.conf", "[app]\npath = none.py\n");
	refused([ '-c', 'bad.conf' ],
		"preforged: error: bad.conf:2: [app] path = none.py: cannot read: No such file or directory\n");
};

# Of each key: the place, the key and the value are named, and what is allowed.
subtest 'a wrong value of any key' => sub {
	my ($section, @keys);
	for (split /\n/, read_file(srcdir() . '/conf/preforged.conf')) {
		$section = $1 if /^\[(\w+)\]/;
		push @keys, [ $section, $1 ] if /^#(\w+) =/;
	}
	# Files are looked for when the daemon starts; any words are a text.
	my %any   = map { $_ => 1 } qw(app.path app.methods app.prefix jit.plant cache.directory control.socket log.access_file);
	my %empty = map { $_ => 1 } qw(app.path app.methods cache.directory control.socket log.access_file);
	for (@keys) {
		my ($section, $key) = @$_;
		my $value = $any{"$section.$key"} ? $empty{"$section.$key"} ? '' : next : 'not?one';
		write_file("$dir/bad.conf", "[$section]\n\n$key = $value\n");
		my $result = preforged('--check', '-c', 'bad.conf', 'app.py');
		is($result->{status}, 2, "$section.$key");
		like($result->{err}, qr/^preforged: error: bad\.conf:3: \[$section\] $key = \Q$value\E: .+\n\z/, 'the place');
	}
};

subtest 'what is no file of lines' => sub {
	write_file("$dir/bad.conf", "[server]\nworkers = 2\0 3\n");
	refused([ '-c', 'bad.conf' ], "preforged: error: bad.conf: there is a zero byte at 20\n");
	refused([ '-c', '/dev/zero' ], "preforged: error: /dev/zero: larger than 16777214 bytes\n");
	refused([ '-c', '.' ], "preforged: error: .: cannot read: Is a directory\n");
};

subtest 'complaints about the command line' => sub {
	refused([], "preforged: error: no application: name it as APP.py, or with path in section [app]\n", 'no app');
	refused(['none.py'], "preforged: error: none.py: cannot read: No such file or directory\n");
	refused([ 'app.py', 'b.py' ], "preforged: more than one application: b.py\nTry preforged --help.\n");
	refused([ '-D', 'jit.mode=fast', 'app.py' ],
		"preforged: error: -D jit.mode=fast: unknown word; allowed: off, on, eager\n");
	refused(
		[ '-D', 'server.listen=127.0.0.1:80', 'app.py' ],
		"preforged: error: -D server.listen=127.0.0.1:80: not an address; allowed: unix:PATH (at most 107 bytes), "
			. "unix:\@NAME, tcp:PORT, tcp:HOST:PORT, systemd:NAME, then options as in mode=0660 owner=U group=G users=U,U "
			. "groups=G,G\n"
	);
	refused([ '-D', 'mode=fast', 'app.py' ],
		"preforged: error: -D mode=fast: not a setting; allowed: -D section.key=value\n");
	my $program = program('preforged');
	refused(['--frobnicate'], "$program: unrecognized option '--frobnicate'\nTry preforged --help.\n");
	refused(['-c'], "$program: option requires an argument -- 'c'\nTry preforged --help.\n");
};

subtest 'a socket that cannot be made' => sub {
	write_file("$dir/file", '');
	my $result = preforged('-D', 'server.listen=unix:file', 'app.py');
	is_deeply(
		[ @$result{qw(status err)} ],
		[ 1, "preforged: error: unix:$dir/file: there is a file that is not a socket\n" ],
		'something else is there'
	);
	is(read_file("$dir/file"), '', 'and stays');
	$result = preforged('-D', 'server.listen=unix:no/such/a.sock', 'app.py');
	is_deeply(
		[ @$result{qw(status err)} ],
		[ 1, "preforged: error: unix:$dir/no/such/a.sock: cannot make the directory: No such file or directory\n" ],
		'no directory'
	);
};

subtest '--help and --version' => sub {
	like(preforged('--help')->{out}, qr/^Usage: preforged \[OPTION\]\.\.\. \[APP\.py\]\n/, '--help');
	like(preforged('--version')->{out}, qr/^preforged \d+\.\d+\.\d+\n\z/, '--version');
};

done_testing;
