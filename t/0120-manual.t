#!/usr/bin/perl
# The manual pages name every option of --help and every key of the configuration, with its default.
use strict;
use warnings;

use Test::More;

use Preforge qw(program read_file run srcdir);

plan skip_all => "no mandoc" if run([ "sh", "-c", "command -v mandoc" ])->{status} != 0;

sub page
{
	my ($name) = @_;
	my $result = run([ 'mandoc', '-Tascii', srcdir() . "/doc/$name" ]);
	my $text = $result->{out};
	$text =~ s/.\x08//g;    # overstruck: bold and underlined
	return $text;
}

my %page_of = ('preforged' => 'preforged.8', 'preforgectl' => 'preforgectl.1');
for my $program (sort keys %page_of) {
	my $help = run([ program($program), '--help' ]);
	is($help->{status}, 0, "$program --help");
	my $page = page($page_of{$program});
	my %option = map { $_ => 1 } $help->{out} =~ /(?<![\w-])(--?[a-zA-Z][\w-]*)/g;
	ok(keys %option > 2, "$program has options");
	like($page, qr/(?<![\w-])\Q$_\E(?![\w-])/, "$page_of{$program} has $_") for sort keys %option;
	my %command = map { $_ => 1 } $help->{out} =~ /^  ([a-z]\w*)(?: |$)/mg;
	like($page, qr/^ +\Q$_\E\b/m, "$page_of{$program} has $_") for sort keys %command;
}

my $conf = page('preforged.conf.5');
my ($section, $keys);
for my $line (split /\n/, read_file(srcdir() . '/conf/preforged.conf')) {
	if ($line =~ /^\[(\w+)\]/) {
		$section = quotemeta $line;
		like($conf, qr/^ +$section$/m, "preforged.conf.5 has $line");
	} elsif ($line =~ /^#(\w+) =\s*(.*)$/) {
		my ($key, $default) = ($1, $2);
		my ($part) = $conf =~ /^ +$section$(.*?)^ +(?:\[\w+\]|EXAMPLES)$/ms;
		like($part // '', qr/^ +\Q$key\E(?:\s|$)/m, "preforged.conf.5 has $key");
		like($part // '', qr/Default:\s+\Q$default\E\./, "and its default, $default") if $default ne '';
		$keys++;
	}
}
ok($keys > 10, 'there are keys');

# As lintian looks at them.
SKIP: {
	skip 'there is no groff here', 1 if run([ 'sh', '-c', 'command -v man && command -v groff' ])->{status} != 0;
	for my $path (glob srcdir() . '/doc/*.[1-8]') {
		my $result = run([ qw(man --warnings -E UTF-8 -l -Tutf8 -Z), $path ], env => { LC_ALL => 'C.UTF-8', MANROFFSEQ => '', MANWIDTH => 80 });
		is($result->{err}, '', "groff has no warning of $path");
	}
}

done_testing;
