#!/usr/bin/env python3
"""An OpenID Connect provider on loopback, as a Kubernetes cluster is one: it signs tokens, and publishes the key to check them by.

    identity_provider.py FOLDER AUDIENCE

Keeps FOLDER/token fresh (one of two minutes, anew every second), and writes FOLDER/authority and FOLDER/thumbprint once, when it
answers. Runs until it is killed.
"""
import base64
import http.server
import json
import os
import subprocess
import sys
import threading
import time


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*words, stdin=b""):
    return subprocess.run(["openssl", *words], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout


def write(path, text):
    with open(path + ".new", "w", encoding="ascii") as file:
        file.write(text)
    os.rename(path + ".new", path)


def main():
    folder, audience = sys.argv[1:]
    os.makedirs(folder)
    key, certificate = f"{folder}/key", f"{folder}/certificate"
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=provider", "-keyout", key, "-out", certificate)
    der = openssl("x509", "-in", certificate, "-outform", "DER")

    class Documents(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path.endswith("openid-configuration"):
                document = {"issuer": issuer, "jwks_uri": issuer + "/keys"}
            else:
                document = {"keys": [{"kid": "k", "kty": "RSA", "alg": "RS256", "use": "sig", "x5c": [base64.b64encode(der).decode()]}]}
            body = json.dumps(document).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Documents)
    authority = f"127.0.0.1:{server.server_port}"
    issuer = "http://" + authority
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def token():
        now = int(time.time())
        claims = {"iss": issuer, "sub": "notebook", "aud": audience, "iat": now, "exp": now + 120}
        text = ".".join(base64url(json.dumps(part).encode()) for part in ({"alg": "RS256", "typ": "JWT", "kid": "k"}, claims))
        return text + "." + base64url(openssl("dgst", "-sha256", "-sign", key, stdin=text.encode()))

    write(f"{folder}/token", token())
    write(f"{folder}/thumbprint", openssl("x509", "-in", certificate, "-noout", "-fingerprint", "-sha1").decode().strip().partition("=")[2].replace(":", ""))
    write(f"{folder}/authority", authority)
    while True:
        time.sleep(1)
        write(f"{folder}/token", token())


main()
