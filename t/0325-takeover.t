#!/usr/bin/perl
# preforge-python and preforge-zygote run in python3's own executable, and nobody but the speed shows it.
use strict;
use warnings;

use File::Copy qw(copy);
use Test::More;
use Preforge qw(builddir program run sanitized srcdir write_file);

my $dir     = File::Temp->newdir('preforge-takeover-XXXXXX', TMPDIR => 1);
my $program = program('preforge-python');
my $python  = '/usr/bin/python3.11';

sub same
{
	my ($name, $code, %option) = @_;
	my ($ours, $theirs) = map { run([ $_, '-c', $code, 'a', '-b' ], %option) } $program, $python;
	is("$ours->{status}: $ours->{out}$ours->{err}", "$theirs->{status}: $theirs->{out}$theirs->{err}", $name);
	return;
}

my $look = <<'END_OF_CODE';
import os, sys
def name(path): return os.path.basename(path.strip())
libraries = {name(line) for line in open('/proc/self/maps') if 'libpython' in line}
print(os.readlink('/proc/self/exe') == sys.executable, name(sys.executable), name(open('/proc/self/comm').read()), libraries)
END_OF_CODE
my $shown = "True preforge-python preforge-python set()\n";
is(run([ $program, '-c', $look ])->{out}, $shown, 'it is itself, to the kernel and to Python');
my $again = write_file("$dir/again.py", <<'END_OF_CODE');
import multiprocessing, subprocess, sys
def look(): exec(sys.argv[1], {})
if __name__ == '__main__':
    multiprocessing.set_start_method('spawn')
    process = multiprocessing.Process(target=look)
    process.start()
    process.join()
    subprocess.run([sys.executable, '-c', sys.argv[1]])
END_OF_CODE
is(run([ $program, $again, $look ])->{out}, $shown x 2, 'what it starts is, too');

same('the build of CPython', 'import sys; print(sys.version, sys.hexversion, sys._git)');
same('arguments and flags', 'import sys; print(sys.argv, sys.flags, sys.path)');
same('the configuration', 'import sysconfig as c; print(c.get_paths(), c.get_config_vars() == None, c.get_platform())');
same('the environment', 'import os; print(sorted(os.environ.items()))', env => { A => 'b', LD_LIBRARY_PATH => '/nowhere' });
same('signals', 'import signal as s; print([s.getsignal(i) for i in (1, 2, 13, 15, 17)], s.pthread_sigmask(s.SIG_BLOCK, []))');

SKIP: {
	skip 'the sanitizers want to be loaded first', 3 if sanitized();
	my $preloaded = builddir() . '/t/slow-disk.so';
	same('what is preloaded stays so', 'import os; print(os.environ["LD_PRELOAD"], open("/proc/self/maps").read().count("slow-disk.so") > 0)',
		env => { LD_PRELOAD => $preloaded });

	# Another python3 than ours was built for.
	my $name = 'preforge-main-python.so';
	copy(program($_), "$dir/$_") or die "$_: $!" for $name, 'preforge-python';
	my ($version) = run([ $python, '-c', 'import sys; print(sys.hexversion)' ])->{out} =~ /(\d+)/;
	my ($from, $to) = map { pack 'Q<', $_ } $version, 0x030b63f0;
	my $bytes = do { local (@ARGV, $/) = "$dir/preforge-python"; <> };
	ok($bytes =~ s/\Q$from\E/$to/g, 'the version is in the executable');
	write_file("$dir/preforge-python", $bytes);
	chmod 0755, "$dir/preforge-python";
	my $number = join '.', map { $version >> $_ & 255 } 24, 16, 8;
	my $result = run([ "$dir/preforge-python", '-c', 'print(1)' ]);
	is("$result->{status}: $result->{out}$result->{err}",
		"1: $dir/preforge-python: built for CPython $number, but this is a copy of 3.11.99; build it anew\n", 'that is said');
}

done_testing;
