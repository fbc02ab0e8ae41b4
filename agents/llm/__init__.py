"""Who answers when an agent asks: the offline rules today, a language model behind the same protocol."""
