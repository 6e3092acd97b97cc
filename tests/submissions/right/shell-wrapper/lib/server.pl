use strict;
use warnings;

my ($name) = @ARGV;
open my $file, '<', "/sys/class/net/$name/ifindex" or die "$name: $!\n";
chomp(my $index = <$file>);

socket my $s, 17, 3, unpack('S', pack 'n', 3) or die "socket: $!\n";
bind $s, pack('S n i x12', 17, 3, $index) or die "bind: $!\n";
$| = 1;
while (1) {
    defined recv $s, my $frame, 65536, 0 or die "recv: $!\n";
    my @field = unpack 'H12 H12 H4 a8', $frame;
    s/(..)(?=.)/$1:/g for @field[0, 1];
    $field[3] =~ tr/ -~/./c;
    print "dst $field[0] src $field[1] type 0x$field[2] payload $field[3]\n";
}
