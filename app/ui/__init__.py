"""The terminal screen: a disposable client that draws the folded state and adds commands."""
