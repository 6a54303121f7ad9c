#!/usr/bin/env python3
"""kill -9 of push and publish at their requests, and what is left.

s3_kills.py DSCTL S3_PROXY [POINTS]   POINTS per command and way: default 10; 0 for every request

The request, and all that come later, are held in front of the server; dsctl is killed; then the held requests are dropped, or
carried out after all (as those of a client that died while the network was slow). No repair is needed: the same command, run
again, completes, what is published has the digest it had here, and a stranger's clone is equal to the source.
Last, a publisher that is not killed but late.
"""
import signal
import sys

from s3_world import CONFLICT, Failed, Proxy, World


def kill_at(world, proxy, number, way, words, folder):
    """@returns whether it came so far"""
    proxy.tell(f"hold {number}")
    process = world.start(*words, cwd=folder, endpoint=proxy.endpoint, timeout=60)
    for _ in range(600):
        if proxy.tell("wait") == "held":
            process.kill()
            break
        if process.poll() is not None:
            break
    else:
        raise Failed(f"dsctl {words} neither ended nor came to request {number}")
    world.end(process, codes=(0, -signal.SIGKILL))
    proxy.tell(f"release {way}")
    return process.returncode != 0


def late_claim(world, proxy, way):
    """A publisher whose record is held on its way, while somebody else takes the draft over and publishes it: the late one is told
    that it lost, whatever becomes of its record, and readers see the other's."""
    name = f"late-{way}"
    late = world.dataset(name)
    world.run("push", cwd=late)
    proxy.tell(f"hold-put /{name}/records/")
    process = world.start("publish", "--yes", cwd=late, endpoint=proxy.endpoint, timeout=60)
    while proxy.tell("wait") != "held":
        if process.poll() is not None:
            raise Failed(f"the late publisher ended: {process.communicate()}")
    other = world.root / "work" / f"{name}-other"
    world.run("clone", "-q", f"demo/{name}:v1", str(other), home="other")
    (other / "other").write_text("other", encoding="ascii")
    world.run("add", "-A", ".", cwd=other, home="other")
    world.run("commit", "-q", "-m", "Other", cwd=other, home="other")
    world.run("push", cwd=other, home="other")
    world.run("publish", "--yes", cwd=other, home="other")
    proxy.tell(f"release {way}")
    proxy.tell("none")
    world.end(process, codes=(CONFLICT,))
    world.check_published(name, other)
    print(f"late claim, its record held ({way}): told so, and readers see the winner's", flush=True)


def requests_of(world, proxy, command):
    """How many requests each command makes."""
    folder = world.dataset("counted-" + command)
    if command == "publish":
        world.run("push", cwd=folder)
    proxy.tell("none")
    world.run(*WORDS[command], cwd=folder, endpoint=proxy.endpoint)
    return int(proxy.tell("count"))


WORDS = {"push": ("push",), "publish": ("publish", "--yes"), "both": ("publish", "--yes")}


def main():
    points = int(sys.argv[3]) if len(sys.argv) > 3 else 10
    with World(sys.argv[1]) as world:
        proxy = Proxy(sys.argv[2], world.rgw_port)
        digest = None
        for command, words in WORDS.items():
            total = requests_of(world, proxy, command)
            chosen = range(total) if points == 0 or total <= points else [i * total // points for i in range(points)]
            for way in ("drop", "deliver"):
                killed = 0
                for number in chosen:
                    name = f"{command}-{way}-{number}"
                    folder = world.dataset(name)
                    if command == "publish":
                        world.run("push", cwd=folder)
                    killed += kill_at(world, proxy, number, way, words, folder)
                    world.run("fsck", cwd=folder)
                    try:
                        world.run(*words, cwd=folder)
                        if command == "push":
                            world.check_clone(name, folder)
                            world.run("publish", "--yes", cwd=folder)
                        world.check_published(name, folder, digest)
                    except Failed as failed:
                        raise Failed(f"{command} killed at request {number} ({way}): {failed}") from None
                    digest = digest or world.digest(f"demo/{name}:v1")
                print(f"{command}, held requests {way}: {killed} kills at {len(chosen)} of {total} requests, 0 corrupt, 0 stuck",
                      flush=True)
        for way in ("drop", "deliver"):
            late_claim(world, proxy, way)
        proxy.close()


if __name__ == "__main__":
    main()
