"""Where code written by an agent runs, and where its proposals are kept until somebody says yes."""
