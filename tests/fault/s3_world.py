"""What the tests of dsctl against faulty storage share: a Ceph, users' homes, datasets, and the fault proxy.

The cluster is that of CEPH_RUN (the fixture of ctest, shared: it is never harmed), or one of the test's own.
"""
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
# What may come of trouble with the storage: done, conflict, worth retrying or not known, corrupt data.
DONE, NOT_FOUND, AUTH, RETRY, CONFLICT, CORRUPT, FAILURE = 0, 3, 4, 5, 6, 7, 128


class Failed(Exception):
    """A test found what must not be."""


def read_variables(path):
    found = {}
    for line in pathlib.Path(path).read_text(encoding="ascii").splitlines():
        name, equals, value = line.removeprefix("export ").partition("=")
        if equals:
            found[name] = value.strip("'")
    return found


class Proxy:
    """A running s3_proxy (see s3_proxy.cpp for its language)."""

    def __init__(self, program, server_port):
        self.process = subprocess.Popen([program, str(server_port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        self.endpoint = f"http://127.0.0.1:{self.process.stdout.readline().strip()}"

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def close(self):
        self.process.stdin.close()
        self.process.wait(30)


def make_files(folder, size, seed):
    """A large file, small ones in a folder, and a link. @returns the folder, which must not be there"""
    (folder / "sub").mkdir(parents=True)
    source = random.Random(seed)
    (folder / "large").write_bytes(source.randbytes(size))
    for number in range(5):
        (folder / f"sub/{number}").write_bytes(source.randbytes(1000 + number))
    (folder / "link").symlink_to("sub/1")
    return folder


class World:
    """A folder with everything in it, removed at the end. `own`: a cluster that the test may harm."""

    def __init__(self, dsctl, own=False):
        self.dsctl = os.path.abspath(dsctl)
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="dsctl-s3.", dir=os.environ.get("TMPDIR", "/var/tmp")))
        self.own = own or "CEPH_RUN" not in os.environ
        self.cluster = self.root / "ceph" if self.own else pathlib.Path(os.environ["CEPH_RUN"])
        if self.own:
            subprocess.run([TESTS / "ceph/up", self.cluster], check=True, stdout=subprocess.DEVNULL)
        cluster = read_variables(self.cluster / "env")
        self.endpoint = cluster["CEPH_HTTP_ENDPOINT"]
        self.rgw_port = int(self.endpoint.rpartition(":")[2])
        self.keys = read_variables(self.cluster / "users/owner")
        self.bucket = "fault-" + os.urandom(6).hex()
        self.run("registry", "init", "lab", f"s3://{self.bucket}", "--record-days", "1", "--pack-days", "1")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.own:
            subprocess.run([TESTS / "ceph/down", self.cluster], check=False)
        subprocess.run(["chattr", "-R", "-i", str(self.root)], capture_output=True, check=False)
        shutil.rmtree(self.root, ignore_errors=True)

    def daemon(self, action, name):
        subprocess.run([TESTS / "ceph/daemon", self.cluster, action, name], check=True)

    def environment(self, home="home", endpoint=None, timeout=5):
        """Of a user with a home of that name, who knows the registry "lab"."""
        folder = self.root / "homes" / home
        if not folder.exists():
            config = folder / ".config/dsctl/config"
            config.parent.mkdir(parents=True)
            if home != "home":
                shutil.copy(self.root / "homes/home/.config/dsctl/config", config)
        return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": str(folder),
                "DSCTL_REGISTRY": "lab", "DSCTL_NAMESPACE": "demo", "DSCTL_AUTHOR_NAME": "Ada",
                "DSCTL_AUTHOR_EMAIL": "ada@example.org", "DSCTL_NO_INPUT": "1", "NO_COLOR": "1",
                "DSCTL_TIMEOUT": str(timeout), "AWS_ENDPOINT_URL_S3": endpoint or self.endpoint, **self.keys}

    def start(self, *words, cwd=None, **who):
        return subprocess.Popen([self.dsctl, *words], cwd=cwd or self.root, env=self.environment(**who), text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)

    def end(self, process, codes=(DONE,), seconds=120):
        """Waits for what start() began. @raises Failed when it hangs, or ends in another way than `codes`"""
        words = " ".join(process.args[1:])
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise Failed(f"dsctl {words} hung for {seconds} s\n{out}{err}") from None
        if codes is not None and process.returncode not in codes:
            raise Failed(f"dsctl {words}: exit {process.returncode}, not {codes}\n{out}{err}")
        if process.returncode not in (0, 1, -signal.SIGKILL) and "error: " not in err:
            raise Failed(f"dsctl {words}: exit {process.returncode} without an error\n{out}{err}")
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def run(self, *words, codes=(DONE,), seconds=120, **how):
        return self.end(self.start(*words, **how), codes, seconds)

    def subjects(self, folder, **how):
        """Of a checkout's commits, the newest first."""
        commits = json.loads(self.run("log", "--json", cwd=folder, **how).stdout)["commits"]
        return [commit["message"].splitlines()[0] for commit in commits]

    def dataset(self, name, size=1_000_000, seed=1):
        """demo/NAME with one commit on the draft v1. @returns its folder"""
        folder = make_files(self.root / "work" / name, size, seed)
        self.run("init", "-q", "--name", f"demo/{name}", cwd=folder)
        self.run("add", "-A", ".", cwd=folder)
        self.run("commit", "-q", "-m", "First", cwd=folder)
        return folder

    def digest(self, reference, **how):
        """As a reader with a home of his own sees it."""
        return self.run("resolve", "-q", reference, **how).stdout.strip().rpartition("@")[2]

    def check_published(self, name, folder, digest=None):
        """A stranger reads demo/NAME:v1: whole, as `folder` has it, and with its digest."""
        stranger = "stranger-" + name
        got = self.digest(f"demo/{name}:v1", home=stranger)
        mine = self.run("resolve", "-q", "v1", cwd=folder).stdout.strip().rpartition("@")[2]
        if got != mine or digest not in (None, got):
            raise Failed(f"{name}: digest {got} in the registry, {mine} here, {digest} expected")
        self.check_clone(name, folder, stranger)
        self.run("verify", "--locks", f"demo/{name}:v1", home=stranger)

    def check_clone(self, name, folder, home="home"):
        clone = self.root / "clones" / name
        self.run("clone", "-q", f"demo/{name}:v1", str(clone), home=home)
        self.same(folder, clone)
        shutil.rmtree(clone)

    def same(self, folder, other):
        done = subprocess.run(["diff", "-r", "--no-dereference", "--exclude=.dsctl", str(folder), str(other)],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failed(f"{folder} and {other} differ:\n{done.stdout}{done.stderr}")
