"""What the agents do: read a paper, propose ideas, write a change, judge a result."""
