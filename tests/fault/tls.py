#!/usr/bin/env python3
"""Servers that are not whom they say they are: expired, wrong-host and self-signed certificates, and redirects.

tls.py DSCTL

dsctl tells each from the others, sends none of them a request, and never asks a host that another one names.
"""
import http.server
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading

DSCTL = os.path.abspath(sys.argv[1])
SECRET = "canary-of-the-secret-key"
root = pathlib.Path(tempfile.mkdtemp(prefix="dsctl-tls.", dir=os.environ.get("TMPDIR", "/tmp")))
env = {"PATH": os.environ["PATH"], "HOME": str(root), "AWS_ACCESS_KEY_ID": "canary-of-the-access-key",
       "AWS_SECRET_ACCESS_KEY": SECRET, "DSCTL_TIMEOUT": "5", "DSCTL_NO_INPUT": "1", "LC_ALL": "C.UTF-8"}


class Server:
    """Answers every request with `status` and `headers`, and keeps what it was sent after the handshake."""

    def __init__(self, certificate=None, status=404, headers=(), newest=None):
        self.received = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                outer.received.append(self.requestline + str(self.headers))
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = answer

            def log_message(self, *_):
                pass

        class Quiet(http.server.ThreadingHTTPServer):
            def handle_error(self, *_):
                pass  # a handshake that the client broke off

        self.server = Quiet(("127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, root / "key.pem")
            if newest:
                context.set_ciphers("ALL:@SECLEVEL=0")
                context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
                context.maximum_version = newest
            # The handshake belongs to the connection's own thread.
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.port = self.server.server_address[1]


def openssl(*words, when=None):
    subprocess.run([*(["faketime", when] if when else []), "openssl", *words], cwd=root, check=True, capture_output=True)


def make_certificates():
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "key.pem")
    openssl("req", "-x509", "-new", "-key", "key.pem", "-subj", "/CN=an authority", "-days", "3650", "-out", "ca.pem",
            "-addext", "basicConstraints=critical,CA:TRUE", when="2 years ago")
    openssl("req", "-new", "-key", "key.pem", "-subj", "/CN=a server", "-out", "server.csr")
    for name, host, when in (("good", "IP:127.0.0.1", None), ("expired", "IP:127.0.0.1", "1 year ago"),
                             ("wrong-host", "DNS:elsewhere.example.org", None)):
        (root / "extensions").write_text(f"subjectAltName={host}\nextendedKeyUsage=serverAuth\n", encoding="ascii")
        openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "key.pem", "-CAcreateserial", "-days", "30",
                "-extfile", "extensions", "-out", name + ".pem", when=when)
    openssl("req", "-x509", "-new", "-key", "key.pem", "-subj", "/CN=itself", "-days", "30", "-out", "self-signed.pem",
            "-addext", "subjectAltName=IP:127.0.0.1")


def ask(url, *options):
    """@returns (exit code, stderr) of a command that must reach the registry"""
    done = subprocess.run([DSCTL, "registry", "init", "lab", url, *options], cwd=root, env=env, capture_output=True, text=True,
                          timeout=60, check=False)
    if SECRET in done.stdout + done.stderr:
        raise SystemExit("the secret was printed")
    return done.returncode, done.stderr


def expect(what, result, code, *words):
    got, err = result
    print(f"{what}: exit {got}: {err.strip()}")
    if got != code or any(word not in err for word in words) or "error: " not in err:
        raise SystemExit(f"{what}: exit {code} and {words} expected")


def nothing_came(what, server):
    if server.received:
        raise SystemExit(f"{what}: a request was sent: {server.received}")


def old_protocols():
    """A server that speaks nothing newer than TLS 1.1, and a system whose OpenSSL would let that pass."""
    (root / "openssl.cnf").write_text("openssl_conf = all\n[all]\nssl_conf = ssl\n[ssl]\nsystem_default = weak\n"
                                      "[weak]\nMinProtocol = TLSv1\nCipherString = ALL:@SECLEVEL=0\n", encoding="ascii")
    env["OPENSSL_CONF"] = str(root / "openssl.cnf")
    for newest, code in ((ssl.TLSVersion.TLSv1_1, 128), (ssl.TLSVersion.TLSv1_2, None)):
        server = Server(root / "good.pem", newest=newest)
        peer = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-CAfile", "ca.pem"], cwd=root, env=env,
                              input="", capture_output=True, text=True, check=False)
        if newest.name.replace("_", ".") not in peer.stdout:
            raise SystemExit(f"{newest.name} is not spoken here: {peer.stdout}{peer.stderr}")
        result = ask(f"https://127.0.0.1:{server.port}/data", "--ca-bundle", str(root / "ca.pem"))
        if code:
            expect(newest.name, result, code, "TLS")
            nothing_came(newest.name, server)
        elif not server.received:
            raise SystemExit(f"{newest.name} was refused: {result}")
    del env["OPENSSL_CONF"]


def main():
    make_certificates()
    for name, words in (("expired", ("expired",)), ("wrong-host", ("127.0.0.1",)), ("self-signed", ("self-signed",))):
        server = Server(root / f"{name}.pem")
        expect(name, ask(f"https://127.0.0.1:{server.port}/data", "--ca-bundle", str(root / "ca.pem")), 128, "certificate", *words)
        nothing_came(name, server)
    server = Server(root / "good.pem")
    expect("unknown authority", ask(f"https://127.0.0.1:{server.port}/data"), 128, "certificate", "authority")
    nothing_came("unknown authority", server)
    # And this is how the right one looks: it was asked.
    ask(f"https://127.0.0.1:{server.port}/data", "--ca-bundle", str(root / "ca.pem"))
    if not server.received:
        raise SystemExit("a good certificate was refused")
    old_protocols()

    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.settimeout(0.5)
        target = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/data"
        for status in (301, 302, 303, 307, 308):
            server = Server(status=status, headers=[("Location", target)])
            expect(f"redirect {status}", ask(f"http://127.0.0.1:{server.port}/data"), 128, "redirect")
        try:
            elsewhere.accept()
            raise SystemExit("the other host was asked")
        except TimeoutError:
            pass
    print("the other host received 0 bytes")


try:
    main()
finally:
    shutil.rmtree(root)
