# Clients that others wrote: socat, nc, h2load, wrk, and nginx in front of the socket. (curl: 0210-http.t)
use strict;
use warnings;

use File::Temp ();
use IO::Socket::UNIX;
use Test::More;

use Preforge qw(json_decode run wait_for write_file);

my $dir    = File::Temp->newdir('preforge-clients-XXXXXX', TMPDIR => 1);
my $socket = "$dir/preforge.sock";
my $daemon = Preforge->start(
	app  => "def add(a, b=1): return a + b\ndef long(n): return 'x' * n\ndef length(text): return len(text)\n",
	args => [ '-D', "server.listen=unix:$socket", '-D', 'server.listen=tcp:0' ],
);
my ($port) = $daemon->log =~ /listening on tcp:127\.0\.0\.1:(\d+)$/m or die $daemon->log;
my $request = '{"jsonrpc":"2.0","method":"add","params":[1],"id":7}';
my $answer  = '{"jsonrpc":"2.0","result":2,"id":7}';
my $body    = write_file("$dir/body", $request);

sub path_of
{
	my ($name) = @_;
	my ($found) = grep { -x } map {"$_/$name"} split(/:/, $ENV{PATH}), '/usr/sbin';
	return $found;
}

# A subtest that needs a program of others.
sub with
{
	my ($name, $code) = @_;
	my $path = path_of($name);
SKIP: {
		skip "$name is not installed", 1 unless $path;
		subtest $name => sub { $code->($path) };
	}
	return;
}

# Both end their half of the connection after the request, and wait for the answers.
with(
	'socat',
	sub {
		my ($socat) = @_;
		for my $to ("UNIX-CONNECT:$socket", "TCP:127.0.0.1:$port") {
			my $result = run([ $socat, '-t', '60', '-', $to ], stdin => "$request\n" x 3);
			is($result->{out}, "$answer\n" x 3, "three requests to $to") or diag $result->{err};
		}
	}
);
with(
	'nc',
	sub {
		my ($nc) = @_;
		my $help = run([ $nc, '-h' ]);
		plan skip_all => 'this nc knows no -U and -N' unless "$help->{out}$help->{err}" =~ /-N\b/ && "$help->{out}$help->{err}" =~ /-U\b/;
		is(run([ $nc, '-N', '-U', $socket ], stdin => $request)->{out}, "$answer\n", 'a request without a newline');
		is(run([ $nc, '-N', '127.0.0.1', $port ], stdin => "$request$request")->{out}, "$answer\n" x 2, 'two over TCP');
	}
);
with(
	'h2load',
	sub {
		my ($h2load) = @_;
		for my $pipelined (1, 4) {
			my $result = run(
				[
					$h2load, '--h1', '-n', '2000', '-c', '20', '-m', $pipelined, '-d', $body, '-H', 'Content-Type: application/json',
					'-B', "unix:$socket", 'http://localhost/'
				]
			);
			like($result->{out}, qr/2000 total, 2000 started, 2000 done, 2000 succeeded, 0 failed, 0 errored, 0 timeout/, "$pipelined at a time")
				or diag $result->{err};
			like($result->{out}, qr/status codes: 2000 2xx/, 'all fine');
		}
	}
);
with(
	'wrk',
	sub {
		my ($wrk) = @_;
		my $script = write_file("$dir/post.lua",
			qq(wrk.method = "POST"\nwrk.body = '$request'\nwrk.headers["Content-Type"] = "application/json"\n));
		my $result = run([ $wrk, '-t', '1', '-c', '16', '-d', '1s', '-s', $script, "http://127.0.0.1:$port/" ]);
		like($result->{out}, qr/^\s+[1-9]\d* requests in /m, 'requests') or diag $result->{err};
		unlike($result->{out}, qr/Socket errors|Non-2xx/, 'no errors') or diag $result->{out};
	}
);

# The recipe of doc/: keep-alive towards the socket, several requests over each connection.
with(
	'nginx',
	sub {
		my ($nginx) = @_;
		my $user = $> == 0 ? 'user root;' : '';
		my $front = "$dir/nginx.sock";
		mkdir "$dir/nginx";
		write_file("$dir/nginx.conf", <<"END");
$user
daemon off;
master_process off;
pid $dir/nginx/pid;
error_log stderr;
events { worker_connections 256; }
http {
	access_log off;
	client_max_body_size 16m;
	client_body_temp_path $dir/nginx/body;
	proxy_temp_path $dir/nginx/proxy;
	fastcgi_temp_path $dir/nginx/fastcgi;
	scgi_temp_path $dir/nginx/scgi;
	uwsgi_temp_path $dir/nginx/uwsgi;
	upstream preforge {
		server unix:$socket;
		keepalive 8;
	}
	server {
		listen unix:$front;
		location = /rpc {
			proxy_pass http://preforge/;
			proxy_http_version 1.1;
			proxy_set_header Connection "";
		}
		location = /old {
			proxy_pass http://preforge/;
		}
	}
}
END
		my $pid = fork // die "fork: $!";
		if ($pid == 0) {
			open STDERR, '>', "$dir/nginx/log";
			exec $nginx, '-p', "$dir/nginx", '-c', "$dir/nginx.conf" or POSIX::_exit(127);
		}
		my $ready = eval {
			wait_for(sub { waitpid($pid, POSIX::WNOHANG()) == $pid ? -1 : IO::Socket::UNIX->new(Peer => $front) ? 1 : 0 }, 'nginx');
		};
		is($ready, 1, 'nginx serves') or diag Preforge::read_file("$dir/nginx/log");
		my $post = sub {
			my ($path, $text, $n) = @_;
			my $connection = Preforge::Connection->new($front);
			my $one = "POST $path HTTP/1.1\r\nHost: a\r\nContent-Length: " . length($text) . "\r\n";
			$connection->send("$one\r\n$text") for 2 .. $n;
			$connection->send("${one}Connection: close\r\n\r\n$text");
			return $connection->rest;
		};
		my $answers = $post->('/rpc', $request, 20);
		is(scalar(() = $answers =~ /HTTP\/1\.1 200 OK\r\n/g), 20, 'twenty requests over one connection, HTTP/1.1 and keep-alive behind');
		is(scalar(() = $answers =~ /\Q$answer\E/g), 20, 'and their answers');
		like($post->('/old', $request, 1), qr/\AHTTP\/1\.1 200 OK\r\n.*\r\n\r\n\Q$answer\E\z/s, 'HTTP/1.0 behind');
		my $long = '{"jsonrpc":"2.0","method":"length","params":["' . 'y' x 2_000_000 . '"],"id":1}';
		like($post->('/rpc', $long, 1), qr/"result":2000000,/, 'a long request');
		like($post->('/rpc', '{"jsonrpc":"2.0","method":"long","params":[2000000],"id":1}', 1), qr/"result":"x{60000}+x*"/, 'a long answer');
		like($post->('/rpc', '{"jsonrpc":"2.0","method":"add","params":[1]}', 1), qr/\AHTTP\/1\.1 204 /, 'a notification');
		kill 'QUIT', $pid;
		waitpid $pid, 0;
		is($?, 0, 'nginx ends');
	}
);

is($daemon->stop, 0, 'exit status');
done_testing;
