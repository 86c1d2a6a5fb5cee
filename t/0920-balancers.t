#!/usr/bin/perl
# The recipes for HAProxy and nginx: two daemons, one killed and started again, one reloaded, under load, and no request
# lost of those that may be tried again.
use strict;
use warnings;

use IO::Select;
use IO::Socket::UNIX;
use POSIX ();
use Socket qw(SOCK_STREAM);
use Test::More;

use Preforge qw(json_decode json_encode program read_file run srcdir wait_for write_file);

my $app = <<'END';
import os

def probe(a, b):
    return [a + b, os.getpid()]
END

# Requests over a connection each, one after the other, from 8 clients, until it is told to stop: {answers, wrong, pids}.
sub client
{
	my ($path, $n, $stop) = @_;
	my ($id, %result) = (0, answers => 0, wrong => [], pids => {});
	while (!IO::Select->new($stop)->can_read(0)) {
		my $sum  = ++$id + $n;
		my $body = qq({"jsonrpc":"2.0","id":$id,"method":"probe","params":[$id,$n]});
		my $answer = '';
		my $socket = IO::Socket::UNIX->new(Type => SOCK_STREAM, Peer => $path);
		if (!$socket) {
			select undef, undef, undef, 0.01 if $!{EAGAIN};
			next if $!{EAGAIN};
			push @{ $result{wrong} }, "connect: $!";
			last;
		}
		print {$socket} "POST /idempotent HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: "
			. length($body) . "\r\n\r\n$body";
		$socket->flush;
		1 while sysread $socket, $answer, 65536, length $answer;
		my ($pid) = $answer =~ /\{"jsonrpc":"2.0","result":\[$sum,(\d+)\],"id":$id\}/;
		$pid ? $result{pids}{$pid}++ : push @{ $result{wrong} }, substr $answer, 0, 500;
		$result{answers}++ if $pid;
	}
	return \%result;
}

sub start_load
{
	my ($path) = @_;
	pipe my $stop, my $stopper or die "pipe: $!";
	my @children;
	for my $n (1 .. 8) {
		pipe my $from, my $to or die "pipe: $!";
		my $pid = fork // die "fork: $!";
		if ($pid == 0) {
			close $stopper;
			print {$to} json_encode(client($path, $n, $stop));
			close $to;
			POSIX::_exit(0);
		}
		push @children, [ $pid, $from ];
	}
	return sub {
		close $stopper;
		my %all = (answers => 0, wrong => []);
		for my $child (@children) {
			local $/;
			my $from   = $child->[1];
			my $result = json_decode(scalar <$from>);
			waitpid $child->[0], 0;
			$all{answers} += $result->{answers};
			push @{ $all{wrong} }, @{ $result->{wrong} };
			$all{pids}{$_} += $result->{pids}{$_} for keys %{ $result->{pids} };
		}
		return \%all;
	};
}

sub one
{
	my ($path) = @_;
	my $socket = IO::Socket::UNIX->new(Type => SOCK_STREAM, Peer => $path) or return '';
	my $answer = '';
	print {$socket} "POST /idempotent HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 58\r\n\r\n"
		. '{"jsonrpc":"2.0","id":1,"method":"probe","params":[ 1, 1]}';
	$socket->flush;
	1 while sysread $socket, $answer, 65536, length $answer;
	return $answer =~ /"result":\[2,(\d+)\]/ ? $1 : '';
}

my %balancer = (
	haproxy => {
		conf => 'haproxy.cfg',
		edit => sub { my ($text, $front, $dir) = @_; $text =~ s/bind 127\.0\.0\.1:8480/bind unix\@$front/; return $text },
		run  => sub { return ('haproxy', '-db', '-f', $_[0]) },
	},
	nginx => {
		conf => 'nginx.conf',
		edit => sub {
			my ($text, $front, $dir) = @_;
			$text =~ s/listen 127\.0\.0\.1:8480/listen unix:$front/;
			$text =~ s{/run/nginx\.pid}{$dir/nginx.pid};
			# Where Debian's keeps them only root may write.
			my $paths = join '', map {"\t${_}_temp_path $dir/$_;\n"} qw(client_body proxy fastcgi uwsgi scgi);
			$text =~ s/(access_log off;\n)/$1$paths/;
			return $text;
		},
		# Else its workers would be somebody who may not use the daemon's socket.
		run => sub { return ('nginx', '-e', 'stderr', '-g', 'daemon off;' . ($> == 0 ? ' user root;' : ''), '-c', $_[0]) },
	},
);

my @common = ('-D', 'jit.mode=off', '-D', 'http.paths=/ /idempotent');

for my $name (sort keys %balancer) {
	subtest $name => sub {
		my ($program) = grep { -x } map {"$_/$name"} split(/:/, $ENV{PATH}), '/usr/sbin';
		plan skip_all => "there is no $name here" if !$program;
		my $a   = Preforge->start(app => $app, args => [@common]);
		my $b   = Preforge->start(app => $app, args => [ @common, '-D', 'server.listen=tcp:0' ]);
		my $dir = $a->dir;
		my ($address) = $b->log =~ /listening on tcp:(\S+)/ or die 'no address of the second daemon';
		my $front = "$dir/front.sock";
		my $text  = read_file(srcdir() . "/examples/balancers/$balancer{$name}{conf}");
		$text = $balancer{$name}{edit}->($text, $front, $dir);
		is($text =~ s{/run/preforge-a\.sock}{$dir/preforge.sock}, 1, 'the first daemon in the recipe');
		is($text =~ s{127\.0\.0\.1:8471}{$address},               1, 'the second one');
		my @command = $balancer{$name}{run}->(write_file("$dir/$name.conf", $text));
		my $pid = fork // die "fork: $!";
		if ($pid == 0) {
			open STDERR, '>', "$dir/$name.log";
			open STDOUT, '>&', \*STDERR;
			local $ENV{PATH} = "$ENV{PATH}:/usr/sbin";
			exec $program, @command[ 1 .. $#command ] or POSIX::_exit(127);
		}
		wait_for(sub { one($front) }, "$name serves") or diag read_file("$dir/$name.log");

		my %of = (a => { map { $_->{pid} => 1 } @{ $a->ctl_json('status')->{workers} } }, b => { map { $_->{pid} => 1 } @{ $b->ctl_json('status')->{workers} } });
		my $stop = start_load($front);
		my $count = sub { return json_decode(run([ program('preforgectl'), '--json', '-s', $_[0], 'status' ])->{out})->{requests} };
		my $more = sub { my ($control) = @_; my $before = $count->($control); wait_for(sub { $count->($control) > $before + 50 }, 'more requests') };
		$more->($_->control) for $a, $b;
		kill 'KILL', $a->processes;
		$more->($b->control);
		# Those that were killed have the socket until the last of them is gone, one that was being forked just then, too.
		wait_for(sub { kill 'KILL', $a->processes; !IO::Socket::UNIX->new(Peer => "$dir/preforge.sock") }, 'nobody to listen there');
		my $again = Preforge->start(app => $app, args => [ @common, '-D', "server.listen=unix:$dir/preforge.sock" ]);
		$more->($a->control);    # where the first one was
		is($b->ctl('reload', '--wait')->{status}, 0, 'a reload');
		$more->($b->control);
		my $result = $stop->();
		is_deeply($result->{wrong}, [], 'no request is lost, no answer wrong') or diag read_file("$dir/$name.log");
		cmp_ok($result->{answers}, '>', 200, 'under load');
		ok((grep { $result->{pids}{$_} } keys %{ $of{a} }), 'the first daemon had requests');
		ok((grep { $result->{pids}{$_} } keys %{ $of{b} }), 'so had the second one');

		kill 'TERM', $pid;
		waitpid $pid, 0;
		$_->stop for $again, $b;
	};
}

done_testing;
