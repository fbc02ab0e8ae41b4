"""The command line: flat verbs, `--json` everywhere, exit codes that scripts can rely on."""
