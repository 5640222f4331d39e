"""Looks at what is handed out: the distributions (`package`), the licences of what they need, and its known vulnerabilities."""
