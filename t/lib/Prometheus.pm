package Prometheus;

# A strict reader of Prometheus' text format, version 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats): what it
# lets pass, promtool check metrics does too.
use strict;
use warnings;

use Exporter qw(import);

our @EXPORT_OK = qw(parse_metrics);

my $name  = qr/[a-zA-Z_:][a-zA-Z0-9_:]*/;
my $label = qr/[a-zA-Z_][a-zA-Z0-9_]*/;
my $value = qr/[-+]?(?:\d+(?:\.\d+)?(?:e[-+]?\d+)?|Inf)|NaN/;

sub labels
{
	my ($text) = @_;
	my %labels;
	while ($text =~ /\G($label)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|\z)/gc) {
		die "label $1 twice in {$text}\n" if exists $labels{$1};
		my ($key, $unescaped) = ($1, $2);
		$unescaped =~ s/\\(.)/$1 eq 'n' ? "\n" : $1/ge;
		$labels{$key} = $unescaped;
	}
	die "labels {$text}\n" if (pos($text) // 0) != length $text;
	return \%labels;
}

# By conventions: prometheus.io/docs/practices/naming.
sub check_name
{
	my ($family, $type) = @_;
	die "$family: not ours\n" if $family !~ /\Apreforge_[a-z_]+\z/;
	die "$family: a counter ends in _total\n" if ($type eq 'counter') != ($family =~ /_total\z/);
	die "$family: not a base unit\n" if $family =~ /_(?:milliseconds|microseconds|ms|us|kilobytes|kib|mb|percent)(?:_|\z)/;
}

sub check_histogram
{
	my ($family, $samples) = @_;
	my %series;
	for my $sample (@$samples) {
		my %rest = %{ $sample->{labels} };
		my $le   = delete $rest{le};
		my $key  = join ',', map { "$_=$rest{$_}" } sort keys %rest;
		push @{ $series{$key}{buckets} }, [ $le, $sample->{value} ] if $sample->{name} eq "${family}_bucket";
		$series{$key}{count} = $sample->{value} if $sample->{name} eq "${family}_count";
		$series{$key}{sum}   = $sample->{value} if $sample->{name} eq "${family}_sum";
	}
	for my $key (keys %series) {
		my ($bound, $count) = (-1, 0);
		for my $bucket (@{ $series{$key}{buckets} }) {
			my $le = $bucket->[0] eq '+Inf' ? 9**9**9 : $bucket->[0];
			die "$family {$key}: buckets out of order\n" if $le <= $bound || $bucket->[1] < $count;
			($bound, $count) = ($le, $bucket->[1]);
		}
		die "$family {$key}: no bucket +Inf\n" if $bound != 9**9**9;
		die "$family {$key}: no sum\n"         if !defined $series{$key}{sum};
		die "$family {$key}: the count is not that of +Inf\n" if ($series{$key}{count} // -1) != $count;
	}
}

# All samples: { 'name{label="value",...}' => value }, labels in alphabetical order; dies with a line that says what is
# wrong.
sub parse_metrics
{
	my ($text) = @_;
	my (%family, %all, $now);
	die "no newline at the end\n" if $text !~ /\n\z/;
	for my $line (split /\n/, $text) {
		if ($line =~ /\A# (HELP|TYPE) ($name) (.*)\z/) {
			my ($what, $of, $rest) = ($1, $2, $3);
			die "$of: $what twice\n" if $family{$of}{$what};
			die "$of: no words of help\n" if $what eq 'HELP' && $rest !~ /\S/;
			die "$of: $rest is no type\n" if $what eq 'TYPE' && $rest !~ /\A(?:counter|gauge|histogram|summary|untyped)\z/;
			die "$of: TYPE after its samples\n" if $family{$of}{samples};
			check_name($of, $rest) if $what eq 'TYPE';
			$family{$of}{$what} = $rest;
			$now = $of;
			next;
		}
		$line =~ /\A($name)(?:\{(.*)\})? ($value)\z/ or die "not a line of the format: $line\n";
		my ($sample, $labels, $number) = ($1, labels($2 // ''), $3);
		my $of = $sample;
		$of =~ s/_(?:bucket|sum|count)\z// if !$family{$of};
		die "$sample: no TYPE before it\n" if !$family{$of}{TYPE} || !$family{$of}{HELP};
		die "$sample: not with the others of its name\n" if $of ne $now;
		die "$sample: $family{$of}{TYPE}\n" if ($of ne $sample) != ($family{$of}{TYPE} eq 'histogram');
		my $key = $sample . (%$labels ? '{' . join(',', map { qq($_="$labels->{$_}") } sort keys %$labels) . '}' : '');
		die "$key: twice\n" if exists $all{$key};
		die "$key: a counter below zero\n" if $family{$of}{TYPE} eq 'counter' && $number < 0;
		$all{$key} = $number;
		push @{ $family{$of}{samples} }, { name => $sample, labels => $labels, value => $number };
	}
	$family{$_}{TYPE} eq 'histogram' and check_histogram($_, $family{$_}{samples} // []) for keys %family;
	return \%all;
}

1;
