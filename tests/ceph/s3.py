#!/usr/bin/env python3
"""A raw S3 client for tests: signs one request and prints what came back. It does what its caller says, also harm.

    s3.py [-u USER] [-H 'Name: value']… [-d TEXT | -f FILE] [-s STATUS] METHOD /BUCKET[/KEY][?QUERY]

Takes CEPH_ENDPOINT and CEPH_CA, and the keys of USER from $CEPH_DIR/users (default: owner). Prints the status, the
headers in lower case, an empty line, the body. With -s the exit code is 0 only for that status (a pattern: 4..).
-b prints the body only.
"""
import argparse
import datetime
import hashlib
import hmac
import http.client
import os
import re
import ssl
import sys
import urllib.parse


def keys_of(user):
    found = {}
    with open(os.path.join(os.environ["CEPH_DIR"], "users", user), encoding="ascii") as lines:
        for line in lines:
            name, _, value = line.strip().partition("=")
            found[name] = value
    return found["AWS_ACCESS_KEY_ID"], found["AWS_SECRET_ACCESS_KEY"]


def signed(method, path, query, headers, body, user, host):
    """Signature Version 4, after AWS's description of it."""
    access, secret = keys_of(user)
    now = datetime.datetime.now(datetime.timezone.utc)
    stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    payload = hashlib.sha256(body).hexdigest()
    headers = dict(headers, **{"host": host, "x-amz-date": stamp, "x-amz-content-sha256": payload})
    names = sorted(headers)
    canonical = "\n".join([method, path, query, "".join(f"{n}:{headers[n].strip()}\n" for n in names),
                           ";".join(names), payload])
    scope = f"{day}/us-east-1/s3/aws4_request"
    to_sign = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + secret).encode()
    for part in (day, "us-east-1", "s3", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    headers["authorization"] = (f"AWS4-HMAC-SHA256 Credential={access}/{scope}, SignedHeaders={';'.join(names)}, "
                                f"Signature={signature}")
    return headers


def request(method, target, headers=None, body=b"", user="owner"):
    """@returns (status, headers in lower case, body)"""
    endpoint = urllib.parse.urlsplit(os.environ["CEPH_ENDPOINT"])
    path, _, raw_query = target.partition("?")
    path = urllib.parse.quote(path, safe="/-_.~")
    pairs = [part.partition("=") for part in raw_query.split("&") if part]
    query = "&".join(sorted(f"{urllib.parse.quote(n, safe='-_.~')}={urllib.parse.quote(v, safe='-_.~')}"
                            for n, _, v in pairs))
    headers = {name.lower(): value for name, value in (headers or {}).items()}
    headers = signed(method, path, query, headers, body, user, endpoint.netloc)
    context = ssl.create_default_context(cafile=os.environ["CEPH_CA"])
    connection = http.client.HTTPSConnection(endpoint.hostname, endpoint.port, context=context, timeout=60)
    try:
        connection.putrequest(method, path + ("?" + query if query else ""), skip_host=True,
                              skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        if body or method in ("PUT", "POST"):
            connection.putheader("content-length", str(len(body)))
        connection.endheaders(body or None)
        reply = connection.getresponse()
        return reply.status, {n.lower(): v for n, v in reply.getheaders()}, reply.read()
    finally:
        connection.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-u", "--user", default="owner")
    parser.add_argument("-H", "--header", action="append", default=[])
    parser.add_argument("-d", "--data", default="")
    parser.add_argument("-f", "--file")
    parser.add_argument("-s", "--status")
    parser.add_argument("-b", "--body-only", action="store_true")
    parser.add_argument("method")
    parser.add_argument("target")
    args = parser.parse_args()
    body = args.data.encode()
    if args.file:
        with open(args.file, "rb") as file:
            body = file.read()
    headers = dict(h.split(": ", 1) for h in args.header)
    status, got, reply = request(args.method, args.target, headers, body, args.user)
    head = "" if args.body_only else "".join(f"{line}\n" for line in (status, *(f"{n}: {v}" for n, v in got.items()), ""))
    # At once: who looks for a header only may have gone before the body comes.
    sys.stdout.buffer.write(head.encode() + reply)
    if args.status and not re.fullmatch(args.status, str(status)):
        print(f"s3.py: {args.method} {args.target} as {args.user}: {status}, not {args.status}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
