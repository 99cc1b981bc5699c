"""Listeners of a broker that require a login, by TLS, by SASL or by both, and what this needs: certificates, a user.

Everything here is for trying out and for tests, on loopback: the password is known to everybody. The `openssl`
command makes the certificates, in the cluster's folder. Brokers and controllers still talk to each other in plaintext.
"""

import base64
import dataclasses
import json
import pathlib
import subprocess
import time

USER, PASSWORD = "leadpulse", "for-trying-out-only"
KEY_PASSWORD = "for-trying-out-only-too"  # of the client's encrypted key
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER")
SCRAM = MECHANISMS[1:3]
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


def url_base64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class TokenIssuer:
    """Signs JSON Web Tokens for OAUTHBEARER. NAME.jwks has its public key, for the brokers."""

    def __init__(self, folder, name="tokens"):
        self.key, self.jwks = pathlib.Path(folder) / f"{name}.key", pathlib.Path(folder) / f"{name}.jwks"

    def make_key(self):
        subprocess.run(["openssl", "genrsa", "-out", str(self.key), "2048"], check=True, capture_output=True)
        said = subprocess.run(["openssl", "rsa", "-in", str(self.key), "-noout", "-modulus"], check=True,
                              capture_output=True, text=True).stdout
        key = {"kty": "RSA", "kid": "1", "use": "sig", "alg": "RS256", "e": "AQAB",
               "n": url_base64(bytes.fromhex(said.strip().partition("=")[2]))}
        self.jwks.write_text(json.dumps({"keys": [key]}), encoding="ascii")
        return self

    def token(self, seconds, user=USER):
        """Returns a token of this user that is valid for so long."""
        now = int(time.time())
        parts = ({"alg": "RS256", "kid": "1"}, {"sub": user, "iat": now, "exp": now + seconds})
        signed = ".".join(url_base64(json.dumps(part).encode()) for part in parts)
        signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", str(self.key)], input=signed.encode(),
                                   check=True, capture_output=True).stdout
        return f"{signed}.{url_base64(signature)}"


def make_certificates(folder, listeners):
    """Makes ca.pem, one for each listener that shows one, and two for a client: client.pem, and client-locked.pem, whose
    key needs a password; and the key that signs tokens."""
    folder.mkdir(exist_ok=True)
    TokenIssuer(folder).make_key()
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
        for mechanism in SCRAM:
            settings[f"{mechanism.lower()}.sasl.jaas.config"] = f"{LOGIN}.scram.ScramLoginModule required;"
        settings |= {
            "oauthbearer.sasl.jaas.config": f"{LOGIN}.oauthbearer.OAuthBearerLoginModule required;",
            "oauthbearer.sasl.server.callback.handler.class": f"{LOGIN}.oauthbearer.OAuthBearerValidatorCallbackHandler",
            "oauthbearer.connections.max.reauth.ms": 60_000,  # a connection ends with its token
            "sasl.oauthbearer.jwks.endpoint.url": TokenIssuer(folder).jwks.as_uri(),
        }
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


def broker_arguments(folder):
    """Returns what Java needs to let a broker read the keys of tokens (Kafka 4.0 and newer)."""
    return [f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls={TokenIssuer(folder).jwks.as_uri()}"]


def format_arguments():
    """Returns the users of SCRAM, for kafka-storage."""
    return [part for mechanism in SCRAM
            for part in ("--add-scram", f"{mechanism}=[name={USER},password={PASSWORD}]")]
