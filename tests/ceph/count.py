#!/usr/bin/env python3
"""Runs a command whose S3 endpoint is a relay that counts what passes: dsctl's own counters are not what is to be believed.

    count.py SERVER_PORT COMMAND ARGUMENT...

The command gets AWS_ENDPOINT_URL_S3. Exits as it does, and writes "SENT RECEIVED COPIES" to the file $COUNTED: bytes to the
server, bytes from it (headers included), and requests that ask the server to copy an object inside of itself.
"""
import os
import socket
import subprocess
import sys
import threading

counted = {"sent": 0, "received": 0, "copies": 0}
lock = threading.Lock()


def pump(source, target, what):
    before = b""
    while True:
        try:
            data = source.recv(1 << 16)
        except OSError:
            data = b""
        with lock:
            counted[what] += len(data)
            if what == "sent":
                # A header may be cut in two; a name that ends where the last piece ended was counted then.
                text = (before + data).lower()
                counted["copies"] += text.count(b"x-amz-copy-source:") - before.lower().count(b"x-amz-copy-source:")
                before = (before + data)[-17:]
        if not data:
            break
        try:
            target.sendall(data)
        except OSError:
            break
    for end in (source, target):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def serve(listener, port):
    while True:
        try:
            client, _ = listener.accept()
            server = socket.create_connection(("127.0.0.1", port))
        except OSError:
            return
        for end in (client, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=pump, args=(client, server, "sent"), daemon=True).start()
        threading.Thread(target=pump, args=(server, client, "received"), daemon=True).start()


def main():
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve, args=(listener, int(sys.argv[1])), daemon=True).start()
    endpoint = f"http://127.0.0.1:{listener.getsockname()[1]}"
    code = subprocess.run(sys.argv[2:], env=dict(os.environ, AWS_ENDPOINT_URL_S3=endpoint), check=False).returncode
    with lock, open(os.environ["COUNTED"], "w", encoding="ascii") as out:
        out.write("{sent} {received} {copies}\n".format(**counted))
    sys.exit(code if code >= 0 else 128 - code)


main()
