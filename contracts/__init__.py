"""Holds the running casino to what its documents promise: OpenAPI for HTTP, AsyncAPI for sockets."""
