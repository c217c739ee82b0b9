"""Stands in for the API and the worker: answers on the ports it is given, as they do."""

import argparse
import os
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """200 everywhere; the body says who answers and is also a metric."""

    def do_GET(self) -> None:
        body = f'stand_in_info{{name="{os.environ["INSTANCE"]}"}} 1\n'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silence."""


class SharedPortServer(ThreadingHTTPServer):
    """Several processes may listen on its port."""

    def server_bind(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        super().server_bind()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int)
    parser.add_argument("--private-port", type=int, required=True)
    arguments = parser.parse_args()
    if arguments.port:
        public = SharedPortServer(("127.0.0.1", arguments.port), Handler)
        threading.Thread(target=public.serve_forever, daemon=True).start()
    ThreadingHTTPServer(("127.0.0.1", arguments.private_port), Handler).serve_forever()


if __name__ == "__main__":
    main()
