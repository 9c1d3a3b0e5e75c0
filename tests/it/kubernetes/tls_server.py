"""An HTTPS server on the loopback address that answers `/version` with its visitor's name.

Prints one line of JSON: its port, the certificate it is trusted by, and a visitor's certificate and key.
Ends when its standard input does.
"""

import datetime
import http.server
import ipaddress
import json
import ssl
import sys
import tempfile
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NOW = datetime.datetime.now(datetime.timezone.utc)


def signed(name, issuer=None, authority=False):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - datetime.timedelta(days=1))
        .not_valid_after(NOW + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if not authority:
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        builder = builder.add_extension(x509.SubjectAlternativeName([address]), critical=False)
    return builder.sign(issuer[1] if issuer else key, hashes.SHA256()), key


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def key_pem(key):
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(encoding, form, serialization.NoEncryption()).decode()


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        visitor = self.connection.getpeercert() or {}
        names = [value for part in visitor.get("subject", []) for name, value in part if name == "commonName"]
        body = json.dumps({"visitor": names}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


authority = signed("authority", authority=True)
server, server_key = signed("server", authority)
visitor, visitor_key = signed("visitor", authority)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.verify_mode = ssl.CERT_OPTIONAL
context.load_verify_locations(cadata=pem(authority[0]))
with tempfile.NamedTemporaryFile("w") as chain:
    chain.write(pem(server) + key_pem(server_key))
    chain.flush()
    context.load_cert_chain(chain.name)
listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
listener.socket = context.wrap_socket(listener.socket, server_side=True)
threading.Thread(target=listener.serve_forever, daemon=True).start()
told = {"port": listener.server_address[1], "authority": pem(authority[0])}
told.update(certificate=pem(visitor), key=key_pem(visitor_key))
print(json.dumps(told), flush=True)
sys.stdin.read()
