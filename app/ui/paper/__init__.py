"""What the paper pane draws: pages of a paper as sheets of lines, each with the spots that can be chosen on it."""
