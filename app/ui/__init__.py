"""The screen: a disposable client that draws the folded state and queues commands. Nothing that matters lives here."""
