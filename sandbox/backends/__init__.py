"""One file per way to isolate a run; `sandbox.registry` finds them by looking into this folder."""
