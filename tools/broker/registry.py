"""A real schema registry on this machine for tests: Apicurio Registry, which has Confluent's API, in memory, on loopback."""

import json
import shutil
import subprocess
import time
import urllib.request

from .cluster import free_port
from .java import LIBRARIES, POM, KafkaError, java_command, one_at_a_time

VERSION = "3.0.9"
START_SECONDS = 90


def fetch():
    """Returns the folder of the registry's jars. Maven fetches them the first time, 100 MB: all or none."""
    folder = LIBRARIES / f"registry-{VERSION}"
    with one_at_a_time():
        if folder.is_dir():
            return folder
        unfinished = folder.with_name(f"{folder.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        artifact = f"io.apicurio:apicurio-registry-app:{VERSION}:tar.gz:all"
        done = subprocess.run(["mvn", "-B", "-f", str(POM), "dependency:copy", f"-Dartifact={artifact}",
                               f"-DoutputDirectory={unfinished}"], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise KafkaError(f"Maven could not fetch the schema registry:\n{done.stdout[-4000:]}")
        [archive] = unfinished.glob("*.tar.gz")
        shutil.unpack_archive(archive, unfinished)
        archive.unlink()
        unfinished.rename(folder)
    return folder


class Registry:
    """A registry without subjects. `folder`: for its log. Its port is known before it starts. `provider`: the address of an
    OpenID provider whose tokens it wants, with one of these."""

    def __init__(self, folder, provider=None, token=None):
        self.port, self.log, self.child = free_port(), folder / "registry.log", None
        self.headers = {"Content-Type": "application/vnd.schemaregistry.v1+json"}
        self.login = []
        if provider:
            self.headers["Authorization"] = f"Bearer {token}"
            self.login = ["-Dquarkus.oidc.tenant-enabled=true", f"-Dquarkus.oidc.auth-server-url={provider}",
                          "-Dquarkus.oidc.client-id=registry", "-Dquarkus.oidc.token.issuer=any"]
        self.url = f"http://127.0.0.1:{self.port}/apis/ccompat/v7"

    def start(self):
        jars = fetch()
        with open(self.log, "wb") as log:
            self.child = subprocess.Popen(
                [java_command(), "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                 f"-Dquarkus.http.port={self.port}", "-Dquarkus.http.host=127.0.0.1", *self.login,
                 "-jar", str(jars / f"apicurio-registry-app-{VERSION}-runner.jar")],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                return self.ask("/subjects")
            except OSError:
                if time.monotonic() > deadline or self.child.poll() is not None:
                    raise KafkaError(f"the schema registry does not answer; its log is {self.log}") from None
                time.sleep(0.1)

    def ask(self, path, body=None, method=None):
        """Returns the answer to a request, as JSON."""
        request = urllib.request.Request(self.url + path, None if body is None else json.dumps(body).encode(),
                                         self.headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def stop(self):
        if self.child is not None:
            self.child.kill()
            self.child.wait()
