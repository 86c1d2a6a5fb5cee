#!/usr/bin/perl
# The Debian package: built from what make dist would ship, checked, installed on a booted system, used, removed.
use strict;
use warnings;

use Test::More;
use File::Temp ();

use Preforge qw(builddir json_decode read_file run srcdir wait_for write_file);

my $deb = $ENV{PREFORGE_DEB};    # in the booted system
inside() if $deb;

sub have
{
	my ($program) = @_;
	return scalar grep { -x "$_/$program" } split /:/, $ENV{PATH};
}

plan skip_all => 'it takes minutes: make check-package, or PREFORGE_PACKAGE=1' if !$ENV{PREFORGE_PACKAGE};
have($_) or plan skip_all => "there is no $_ here" for qw(dpkg-buildpackage dh autoreconf);

my $dir = File::Temp->newdir('preforge-package-XXXXXX', TMPDIR => 1);
chmod 0755, $dir;
# This make is none of the one that runs the tests.
my %env = (MAKEFLAGS => undef, MFLAGS => undef, MAKELEVEL => undef, MAKEOVERRIDES => undef);
my $source = run([ 'make', '-s', 'distdir', "distdir=$dir/preforge" ], cwd => builddir(), env => \%env, timeout => 120);
is($source->{status}, 0, 'make distdir') or BAIL_OUT($source->{err});
# Not optimized: it is the packaging that is tested.
my $ccache = -d '/usr/lib/ccache' ? '/usr/lib/ccache:' : '';
my $built = run(
	[qw(dpkg-buildpackage -us -uc)],
	cwd => "$dir/preforge",
	env => { %env, DEB_BUILD_OPTIONS => 'nocheck noopt parallel=2', PATH => "$ccache$ENV{PATH}" },
	timeout => 900
);
if ($built->{status} == 3) {
	plan skip_all => 'build dependencies are missing: ' . ($built->{err} =~ /Unmet build dependencies: (.*)/)[0];
}
is($built->{status}, 0, 'dpkg-buildpackage') or BAIL_OUT(substr $built->{out} . $built->{err}, -4000);
my ($package) = glob "$dir/preforge_*.deb";
my ($changes) = glob "$dir/preforge_*.changes";
my $depends = run([ 'dpkg-deb', '-f', $package, 'Depends' ])->{out};
like($depends, qr/\b\Q$_\E\b/, "depends on $_") for qw(binutils python3.11 libgccjit0 libsystemd0 libjansson4 libseccomp2);

SKIP: {
	skip 'there is no lintian here', 1 if !have('lintian');
	my $said = run([ 'lintian', '--allow-root', '--fail-on', 'error', '--tag-display-limit', '0', $changes ], timeout => 300);
	is($said->{status}, 0, 'lintian finds no error') or diag $said->{out} . $said->{err};
}

my $boot = srcdir() . '/t/lib/boot-systemd';
my $try  = run([ $boot, 'true' ], timeout => 180);
SKIP: {
	skip 'no systemd can be booted: ' . (split /\n/, $try->{err})[-1], 1 if $try->{status} == 125;
	my $result = run(
		[
			$boot, '-r', "$dir", '-r', srcdir(), 'env', "PREFORGE_DEB=$package", 'PREFORGE_SRCDIR=' . srcdir(),
			'PERL5LIB=' . srcdir() . '/t/lib', 'perl', srcdir() . '/t/0910-package.t'
		],
		timeout => 300
	);
	is($result->{status}, 0, 'installed, used and removed') or diag $result->{out} . $result->{err};
}
done_testing;
exit;

# ---- in the booted system --------------------------------------------------------------------------------------------

sub ours { return map { m{^/proc/(\d+)/} ? $1 : () } grep { (readlink $_ // '') =~ m{/preforge} } glob '/proc/[0-9]*/exe' }

sub inside
{
	my $installed = run([ 'dpkg', '--install', $deb ], timeout => 120);
	is($installed->{status}, 0, 'dpkg --install') or diag $installed->{out} . $installed->{err};
	ok(getgrnam('preforge'), 'there is the group');
	is_deeply([ ours() ], [], 'nothing is started');
	my $enabled = run([ 'systemctl', 'is-enabled', 'preforged.service', 'preforged.socket' ])->{out};
	is($enabled, "disabled\ndisabled\n", 'nothing is enabled');
	is(run([ 'man', '-w', $_ ])->{status}, 0, "man $_") for have('man') ? qw(preforged preforgectl preforge-python preforged.conf) : ();

	mkdir '/srv/app';
	write_file('/srv/app/app.py', "def twice(x):\n    return 2 * x\n");
	my $conf = read_file('/etc/preforge/preforged.conf');
	is($conf =~ s{^#?path =.*}{path = /srv/app/app.py}m, 1, 'the shipped configuration has a place for the application');
	write_file('/etc/preforge/preforged.conf', $conf);
	write_file('/etc/preforge/other.conf', "[server]\nworkers = 1\n[app]\npath = /srv/app/app.py\n");
	my $started = run([ 'systemctl', 'start', 'preforged.service', 'preforged@other.service' ], timeout => 120);
	is($started->{status}, 0, 'systemctl start') or diag run([ 'journalctl', '-n', '40' ])->{out};
	is(run([ 'preforgectl', '-l', 'unix:/run/preforge.sock', 'call', 'twice', '[21]' ])->{out}, "42\n", 'a call');
	is(run([ 'preforgectl', '-l', 'unix:/run/preforge-other.sock', 'call', 'twice', '[4]' ])->{out}, "8\n", 'of an instance');
	my $python = run([ 'preforge-python', '-c', 'print(6 * 7)' ]);
	is($python->{out}, "42\n", 'preforge-python') or diag $python->{err};
	my @running = ours();
	ok(@running >= 6, 'two masters, zygotes and their workers');

	my $removed = run([ 'dpkg', '--remove', 'preforge' ], timeout => 120);
	is($removed->{status}, 0, 'dpkg --remove') or diag $removed->{out} . $removed->{err};
	is_deeply([ ours() ], [], 'nothing runs any more');
	is_deeply([ glob '/run/preforge*' ], [], 'no sockets are left');
	ok(-e '/etc/preforge/preforged.conf', 'the configuration stays');
	is(run([ 'dpkg', '--purge', 'preforge' ], timeout => 120)->{status}, 0, 'dpkg --purge');
	ok(!-e '/etc/preforge/preforged.conf', 'and goes');
	is_deeply([ grep { -e $_ || -l $_ } glob '/var/cache/preforge* /var/cache/private/preforge*' ], [], 'with the store');
	done_testing;
	exit;
}
