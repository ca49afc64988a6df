# SPDX-License-Identifier: GPL-2.0
# What prove runs the tests with: its own harness, and below a line for each program
# what failed in it, at the end how long each group took, and a line "N passed, N
# failed". A program that fails as a whole counts as one failure. The names of those that
# failed are kept beside their output, as prove's own --state knows names of files only.
package Harness;
use strict;
use warnings;
use parent 'TAP::Harness';

my (%took, $broken, @failed);

sub new {
	my $self = shift->SUPER::new(@_);
	$self->callback(after_test => sub {
		my ($test, $parser) = @_;
		my $group = $test->[0] =~ s,/.*,,r;
		$took{$group} += $parser->end_time - $parser->start_time;
		return unless $parser->has_problems;
		$broken++ unless $parser->failed;
		push @failed, $test->[0];
		details($test->[0]);
	});
	return $self;
}

# The failed tests and what they said, from the output that was kept.
sub details {
	my $failed = 0;
	open(my $tap, '<', "$ENV{PERL_TEST_HARNESS_DUMP_TAP}/$_[0]") or return;
	# $_ is the caller's: what prove calls next.
	while (my $line = <$tap>) {
		$failed = $line =~ /^not ok/ if $line !~ /^#/;
		print $line if $failed || $line !~ /^(ok|#|1\.\.|TAP)/;
	}
}

sub summary {
	my ($self, $all) = @_;
	$self->SUPER::summary($all);
	printf "%s: %dm%02ds of tests\n", $_, $took{$_} / 60, $took{$_} % 60
		for sort keys %took;
	if (open(my $kept, '>', "$ENV{PERL_TEST_HARNESS_DUMP_TAP}.failed")) {
		print $kept "$_\n" for @failed;
	}
	my $skipped = $all->skipped;
	printf "\n%d passed, %d failed%s\n", $all->passed - $skipped, $all->failed + ($broken // 0),
		$skipped ? ", $skipped skipped" : '';
}

1;
