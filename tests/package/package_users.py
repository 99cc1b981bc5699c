"""The users of the local services."""

import http.server
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request

from packaged import PackageTest, call

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/receiver"))
from receiving import free_port  # noqa: E402


@unittest.skipUnless(os.geteuid() == 0 and shutil.which("setpriv"), "needs root, to become the three users")
class Users(PackageTest):
    """The local services on one folder, each as its own user with its unit's modes."""

    STATE, RECEIVE, DELIVER, GROUP = 64001, 64002, 64003, 64000

    def setUp(self):
        super().setUp()
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="leadpulse-users-"))
        self.addCleanup(shutil.rmtree, self.home)
        os.chmod(self.home, 0o755)
        self.data = self.home / "lib"
        self.receiver = free_port()
        sandbox = (self.tree / "usr/lib/systemd/system/leadpulse-.service.d/sandbox.conf").read_text(encoding="utf-8")
        self.umask = re.search(r"^UMask=(\d+)$", sandbox, re.M).group(1)
        for folder, user in (("", self.STATE), ("inbox", self.RECEIVE), ("follow", self.STATE), ("deliver", self.DELIVER),
                             ("serve", self.STATE), ("serve/inbox", self.STATE)):
            path = self.data / folder
            path.mkdir()
            os.chown(path, user, self.GROUP)
            os.chmod(path, 0o750)
        shutil.copy(self.program, self.home / "leadpulse")
        shutil.copy(self.tree / "etc/leadpulse/definitions.yaml", self.home)
        (self.home / "receive.yaml").write_text(
            f"listen: {{port: {self.receiver}}}\nhttp: {{port: {free_port()}}}\n"
            f"to: {{folder: {self.data}/inbox}}\n"
            "sources:\n  - {provider: sendgrid, tenant: acme, signature: none}\n", encoding="utf-8")
        os.chmod(self.home / "receive.yaml", 0o644)
        os.chmod(self.home / "definitions.yaml", 0o644)

    def start(self, user, *arguments):
        log = tempfile.TemporaryFile(dir=self.folder)
        process = subprocess.Popen(
            ["setpriv", f"--reuid={user}", f"--regid={self.GROUP}", "--clear-groups", "sh", "-c", 'umask "$0"; exec "$@"',
             self.umask, self.home / "leadpulse", *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            cwd=self.data, env=os.environ | {"TO": f"http://127.0.0.1:{self.port}/", "SECRET": "a secret of the delivery"})
        self.addCleanup(process.kill)
        process.said = lambda: os.pread(log.fileno(), 1 << 20, 0).decode()
        return process

    def wait_for(self, what, process):
        for _ in range(300):
            found = what()
            if found:
                return found
            self.assertIsNone(process.poll(), process.said())
            time.sleep(0.1)
        self.fail(process.said())

    def listens(self):
        with socket.socket() as connection:
            return connection.connect_ex(("127.0.0.1", self.receiver)) == 0

    def may(self, user, test, path):
        return call("setpriv", f"--reuid={user}", f"--regid={self.GROUP}", "--clear-groups", "test", test, path).returncode == 0

    def start_serving(self):
        """Starts the server as the unit does, after the documented one-time setup. Returns the process and a token."""
        data = self.data / "serve/front"
        for arguments in (("init", "--tenant", "acme", "--admin", "kim"),
                          ("token", "create", "--tenant", "acme", "--role", "manager", "--label", "crm")):
            made = self.start(self.STATE, "serve", *arguments[:-4], "--data", data, *arguments[-4:])
            self.assertEqual(made.wait(timeout=60), 0, made.said())
        [token] = re.findall(r"^lp_\S+$", made.said(), re.M)
        self.api = free_port()
        serve = self.start(self.STATE, "serve", "--data", data, "--state", self.data / "follow/state",
                           "--inbox", self.data / "serve/inbox", "--port", self.api)
        self.wait_for(lambda: "serving on" in serve.said(), serve)
        return serve, token

    def note(self, token):
        asked = urllib.request.Request(f"http://127.0.0.1:{self.api}/api/v1/contacts/ada@example.com/notes",
                                       b'{"text": "a note"}', {"Authorization": f"Bearer {token}"})
        try:
            return urllib.request.urlopen(asked, timeout=30).status
        except urllib.error.HTTPError as error:
            return error.code

    def test_they_hand_files_to_each_other_and_read_nothing_else(self):
        posts = []

        class Crm(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # noqa: N802  # the library's name
                posts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        crm = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Crm)
        threading.Thread(target=crm.serve_forever, daemon=True).start()
        self.addCleanup(crm.shutdown)
        self.port = crm.server_port

        receive = self.start(self.RECEIVE, "receive", "--config", self.home / "receive.yaml")
        self.wait_for(self.listens, receive)
        event = {"email": "ada@example.com", "event": "open", "timestamp": int(time.time()) - 60, "sg_event_id": "a",
                 "sg_message_id": "m"}
        asked = urllib.request.Request(f"http://127.0.0.1:{self.receiver}/acme/sendgrid", json.dumps([event]).encode())
        self.assertEqual(urllib.request.urlopen(asked, timeout=30).status, 200)
        serve, token = self.start_serving()
        follow = self.start(self.STATE, "run", "--follow", "--input", self.data / "inbox", "--input",
                            self.data / "serve/inbox", "--definitions", self.home / "definitions.yaml", "--state", self.data / "follow/state", "--output",
                            self.data / "follow/out")
        changes = self.data / "follow/out/changes.jsonl"
        self.wait_for(lambda: changes.exists() and b"ada@example.com" in changes.read_bytes(), follow)
        deliver = self.start(self.DELIVER, "deliver", "--from", changes, "--url-env", "TO", "--position",
                             self.data / "deliver/position", "--secret-env", "SECRET")
        self.wait_for(lambda: posts, deliver)
        self.assertIn("ada@example.com", json.dumps(posts[0]))
        noted = lambda: self.note(token) == 200  # noqa: E731  # 503 until the run answers
        self.wait_for(noted, follow)

        [segment] = (self.data / "inbox").glob("*.jsonl")
        self.assertEqual((self.may(self.STATE, "-r", segment), self.may(self.STATE, "-w", segment)), (True, False))
        self.assertEqual((self.may(self.DELIVER, "-r", changes), self.may(self.DELIVER, "-w", changes)), (True, False))
        for user in (self.RECEIVE, self.DELIVER):
            for path in (self.data / "follow/state", *(self.data / "follow/state").iterdir(), self.data / "serve/front/serve.db",
                         self.data / "serve/front/serve.key", self.data / "serve/front/link.keys"):
                self.assertFalse(self.may(user, "-r", path), path)
        for user in (self.STATE, self.RECEIVE):
            self.assertFalse(self.may(user, "-w", self.data / "deliver"))
        for process in (receive, serve, follow, deliver):
            process.terminate()
            self.assertEqual(process.wait(timeout=60), 0, process.said())
