"""The screen in a browser: a small web server on this machine, reached through an SSH tunnel. Needs the extra `serve`.

Whoever reaches the port and knows the address can decide as the user. So it listens on the loopback interface, its
address holds a secret, and requests that another web page could make a browser send are refused.
"""
