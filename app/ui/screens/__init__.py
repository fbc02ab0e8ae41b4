"""What can fill the terminal: the six panes, a question, the help."""
