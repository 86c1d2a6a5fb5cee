#!/usr/bin/perl
# make install puts everything where it belongs, below DESTDIR.
use strict;
use warnings;

use File::Find;
use Test::More;

use Preforge qw(builddir run);

my $dir = File::Temp->newdir('preforge-install-XXXXXX', TMPDIR => 1);
# This make is none of the one that runs the tests.
my %env = (MAKEFLAGS => undef, MFLAGS => undef, MAKELEVEL => undef, MAKEOVERRIDES => undef);
my $result = run([ 'make', '-s', 'install', "DESTDIR=$dir", 'prefix=/p', 'libexecdir=/p/libexec', 'systemdsystemunitdir=/p/units' ],
	cwd => builddir(), env => \%env);
is($result->{status}, 0, 'make install') or diag $result->{err};

for my $program (qw(sbin/preforged bin/preforgectl bin/preforge-python libexec/preforge/preforge-zygote)) {
	ok(-x "$dir/p/$program", $program);
}
ok(-e "$dir/p/libexec/preforge/preforge-gccjit.so", 'the compiler module') if -e builddir() . '/bin/preforge-gccjit.so';
for my $page (qw(man8/preforged.8 man1/preforgectl.1 man1/preforge-python.1 man5/preforged.conf.5)) {
	ok(-e "$dir/p/share/man/$page", $page);
}
ok(-e "$dir/p/units/$_", $_) for qw(preforged.service preforged.socket preforged@.service preforged@.socket preforged-tcp.socket);
ok(-e "$dir/p/lib/$_", $_) for qw(sysusers.d/preforge.conf tmpfiles.d/preforge.conf systemd/catalog/preforge.catalog);
ok(-e "$dir/p/share/bash-completion/completions/$_", "completion of $_") for qw(preforged preforgectl preforge-python);
ok(-e "$dir/p/share/doc/preforge/examples/app.py", 'the example');

my @outside;
find(sub { push @outside, $File::Find::name if -f && $File::Find::name !~ m{^\Q$dir\E/(?:p|etc|usr)/} }, "$dir");
is_deeply(\@outside, [], 'nothing lies elsewhere');

my $version = run([ "$dir/p/sbin/preforged", '--version' ]);
like($version->{out}, qr/^preforged \d+\.\d+\.\d+$/, 'the installed program runs');

done_testing;
