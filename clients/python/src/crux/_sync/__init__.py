"""The synchronous client. Most of it is generated from crux/_async."""
