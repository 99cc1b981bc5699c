"""Listeners of a broker that require a login, by TLS, by SASL or by both, and what this needs: certificates, a user.

Everything here is for trying out and for tests, on loopback: the password is known to everybody. The `openssl`
command makes the certificates, in the cluster's folder. Brokers and controllers still talk to each other in plaintext.
"""

import dataclasses
import pathlib
import subprocess

USER, PASSWORD = "leadpulse", "for-trying-out-only"
KEY_PASSWORD = "for-trying-out-only-too"  # of the client's encrypted key
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
FOLDER = "security"  # below the cluster's
HERE = "DNS:localhost,IP:127.0.0.1"
LOGIN = "org.apache.kafka.common.security"

OPENSSL = """[req]
distinguished_name = subject
prompt = no
[subject]
commonName = {name}
[authority]
basicConstraints = critical, CA:TRUE
[holder]
basicConstraints = CA:FALSE
subjectAltName = {names}
"""


@dataclasses.dataclass(frozen=True)
class Listener:
    name: str
    protocol: str  # Kafka's name for it
    offset: int  # from the broker's port to this listener's
    certificate_for: str = HERE  # the names in its certificate

    @property
    def certificate(self):
        return f"{self.name}.pem"


# Their names are values of `kafka.security.protocol` in Leadpulse's settings. Each has three ports, for up to three brokers.
LISTENERS = (Listener("sasl_tls", "SASL_SSL", 2000), Listener("sasl_plaintext", "SASL_PLAINTEXT", 2003),
             Listener("tls", "SSL", 2006))


class Authority:
    """Signs certificates. NAME.pem is its own; each that it issues is one file, with key and certificate."""

    def __init__(self, folder, name):
        self.folder, self.name = pathlib.Path(folder), name
        self.certificate, self.key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        self.request(name, self.certificate, self.key, "authority")

    def issue(self, file, names, password=None):
        path = self.folder / file
        self.request(path.stem, path, path, "holder", names, password,
                     ["-CA", str(self.certificate), "-CAkey", str(self.key)])
        return path

    def request(self, name, certificate, key, kind, names="", password=None, more=()):
        wanted = self.folder / "openssl.cnf"
        wanted.write_text(OPENSSL.format(name=name, names=names), encoding="ascii")
        locked = ["-passout", f"pass:{password}"] if password else ["-nodes"]
        subprocess.run(["openssl", "req", "-config", str(wanted), "-x509", "-extensions", kind, "-days", "3650",
                        "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", *locked, *more,
                        "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)


def make_certificates(folder, listeners):
    """Makes ca.pem, one for each listener that shows one, and two for a client: client.pem, and client-locked.pem, whose
    key needs a password."""
    folder.mkdir(exist_ok=True)
    authority = Authority(folder, "ca")
    for listener in listeners:
        if listener.protocol.endswith("SSL"):
            authority.issue(listener.certificate, listener.certificate_for)
    authority.issue("client.pem", f"DNS:{USER}")
    authority.issue("client-locked.pem", f"DNS:{USER}", KEY_PASSWORD)


def broker_settings(listener, folder):
    """Returns the broker's configuration of one listener."""
    settings = {}
    if listener.protocol.startswith("SASL"):
        settings["sasl.enabled.mechanisms"] = ",".join(MECHANISMS)
        settings["plain.sasl.jaas.config"] = f'{LOGIN}.plain.PlainLoginModule required user_{USER}="{PASSWORD}";'
        for mechanism in MECHANISMS[1:]:
            settings[f"{mechanism.lower()}.sasl.jaas.config"] = f"{LOGIN}.scram.ScramLoginModule required;"
    if listener.protocol.endswith("SSL"):
        settings |= {"ssl.keystore.type": "PEM", "ssl.keystore.location": folder / listener.certificate,
                     "ssl.truststore.type": "PEM", "ssl.truststore.location": folder / "ca.pem"}
    if listener.protocol == "SSL":
        settings["ssl.client.auth"] = "required"
    return {f"listener.name.{listener.name}.{name}": value for name, value in settings.items()}


def authorizer_settings():
    """Returns the configuration of rights: everybody may do everything, until a topic has an ACL. The brokers, and users
    of the plaintext listener, always may."""
    return {"authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS", "allow.everyone.if.no.acl.found": "true"}


def format_arguments():
    """Returns the users of SCRAM, for kafka-storage."""
    return [part for mechanism in MECHANISMS[1:]
            for part in ("--add-scram", f"{mechanism}=[name={USER},password={PASSWORD}]")]
