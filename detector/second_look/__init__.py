"""What ink and surroundings know better than the network: names, sizes and places corrected, kind by kind."""
