"""A receiver of posts on this machine that can misbehave."""

import collections
import http.server
import json
import ssl
import sys
import threading
import time
import types


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """Senders are killed: do not report a connection that breaks."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class Receiver:
    """Accepts posts until it is closed. `script`: how to answer the next ones, one entry each; later ones are accepted.

    A number is the status of the answer; (429, "2") has that Retry-After; "cut" closes the connection without an
    answer, "take and cut" does so after it accepted the post; bytes are sent as they are, and so is each of a generator's
    until the sender closes the connection; ("slow", seconds) accepts it, and answers that late.
    """

    def __init__(self, port=0, script=(), refuses=lambda change: False, certificate=None):
        self.script, self.refuses = collections.deque(script), refuses
        self.sent = []  # how many bytes of each raw answer were sent
        self.posts = []  # (time, headers, body) of each that came
        self.taken = []  # the changes, in the order in which they were accepted
        self.lock = threading.Lock()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # an answer is two writes

            def do_POST(self):
                receiver.handle(self)

            def log_message(self, *_):
                pass

        self.server = Server(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/leads"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            self.url = f"https://localhost:{self.port}/leads"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def handle(self, request):
        body = request.rfile.read(int(request.headers["Content-Length"]))
        with self.lock:
            self.posts.append((time.monotonic(), request.headers, body))
            wanted = self.script.popleft() if self.script else 200
            changes = json.loads(body)
            changes = changes if isinstance(changes, list) else [changes]  # a webhook has one a post
            if any(map(self.refuses, changes)):
                wanted = 422
            if wanted in (200, "take and cut") or isinstance(wanted, tuple) and wanted[0] == "slow":
                self.taken += changes
        if wanted in ("cut", "take and cut"):
            request.close_connection = True
            request.connection.shutdown(2)
            return
        if isinstance(wanted, (bytes, types.GeneratorType)):
            request.close_connection = True
            self.answer_raw(request, [wanted] if isinstance(wanted, bytes) else wanted)
            return
        headers, status = {}, wanted
        if isinstance(wanted, tuple) and wanted[0] == "slow":
            time.sleep(wanted[1])
            status = 200
        elif isinstance(wanted, tuple):
            status, headers = wanted[0], {"Retry-After": wanted[1]}
        self.answer(request, status, headers)

    def answer_raw(self, request, chunks):
        sent = 0
        try:
            for chunk in chunks:
                request.wfile.write(chunk)
                sent += len(chunk)
        except OSError:
            pass  # the sender has read enough, or was killed
        self.sent.append(sent)

    @staticmethod
    def answer(request, status, headers):
        text = b"this is what the receiver says\n"
        try:
            request.send_response(status)
            for name, value in headers.items():
                request.send_header(name, value)
            if status == 301:
                request.send_header("Location", "/elsewhere")
            request.send_header("Content-Length", str(len(text)))
            request.end_headers()
            request.wfile.write(text)
        except OSError:
            pass  # the sender was killed


def identity(change):
    return change["tenantId"], change["leadId"], int(change["seq"])


def without_duplicates(changes):
    """The first copy of each change. Later copies must be equal."""
    first = {}
    for change in changes:
        if first.setdefault(identity(change), change) != change:
            raise AssertionError(f"{first[identity(change)]} came again as {change}")
    return first


def check_order(changes):
    """Checks that the first copies of each lead's changes came in the order 1, 2, 3, …"""
    last = collections.Counter()
    for tenant, lead, seq in without_duplicates(changes):  # a dict keeps the order
        if seq != last[tenant, lead] + 1:
            raise AssertionError(f"change {seq} of {tenant} {lead} came after {last[tenant, lead]}")
        last[tenant, lead] = seq
