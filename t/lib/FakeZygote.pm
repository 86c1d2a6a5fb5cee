# A daemon whose zygote is t/fake-zygote: for what a real one does rarely, and for the master alone.
#
#     my $daemon = FakeZygote->start('serve');
#     $daemon->part('die');      # what the next zygote plays
#     $daemon->told->{start};    # what the last one was told
package FakeZygote;

use strict;
use warnings;

use parent -norequire, 'Preforge';
use Preforge;
use File::Temp ();

sub start
{
	my ($class, $part, %option) = @_;
	my $dir = File::Temp->newdir('preforge-fake-XXXXXX', TMPDIR => 1);
	Preforge::write_file("$dir/part", $part);
	my $self = $class->SUPER::start(
		app => '',
		%option,
		env => {
			PREFORGE_ZYGOTE => Preforge::srcdir() . '/t/fake-zygote',
			FAKE_ZYGOTE     => "$dir/part",
			%{ $option{env} // {} },
		}
	);
	$self->{fake} = $dir;
	return $self;
}

sub part
{
	my ($self, $part) = @_;
	Preforge::write_file("$self->{fake}/part.next", $part);
	rename "$self->{fake}/part.next", "$self->{fake}/part" or die "rename: $!";
	return;
}

sub told { return Preforge::json_decode(Preforge::read_file("$_[0]{fake}/part.told")) }

# What its worker answers to every line.
sub answer { return Preforge::write_file("$_[0]{fake}/part.answer", $_[1]) }

1;
